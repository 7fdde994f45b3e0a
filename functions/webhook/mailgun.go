package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"tourbillon/events"
)

// mailgunRetries is for how long Mailgun sends again, as it is said with the
// signature of the first attempt.
const mailgunRetries = 8*time.Hour + 15*time.Minute

// mailgunEvent is what Mailgun posts. Its signature covers the timestamp and
// the token, and not the event: who has one signature can write any event under
// it, once, for tokens are remembered. So it only leads to facts about messages
// whose reference it knows, and the address in it stands for nobody.
type mailgunEvent struct {
	Signature struct {
		Timestamp json.Number `json:"timestamp"`
		Token     string      `json:"token"`
		Signature string      `json:"signature"`
	} `json:"signature"`
	Data struct {
		ID        string          `json:"id"`
		Event     string          `json:"event"`
		Severity  string          `json:"severity"`
		At        json.Number     `json:"timestamp"`
		Variables json.RawMessage `json:"user-variables"` // an object, if there are any
		Status    struct {
			Code     json.Number `json:"code"`
			Enhanced string      `json:"enhanced-code"`
		} `json:"delivery-status"`
	} `json:"event-data"`
}

func (d *desk) mailgun(_ context.Context, in delivery) ([]notice, error) {
	var e mailgunEvent
	if err := json.Unmarshal(in.body, &e); err != nil {
		return nil, malformed("it is not an event")
	}
	if err := e.signed(d.Secrets.Mailgun, in.now); err != nil {
		return nil, err
	}
	if !ids.MatchString(e.Data.ID) || e.Data.Event == "" || !ids.MatchString(e.Signature.Token) {
		return nil, malformed("it is not an event")
	}
	n := notice{id: e.Data.ID, once: e.Signature.Token, kind: e.Data.Event, outcome: Ignored}
	t := tidings{names: e.facts(), ref: e.reference(), at: unix(e.Data.At)}
	if t.names != nil {
		t.code = e.code(t.names[0])
		n.say = d.telling("mailgun", e.Data.ID, t)
	}
	return []notice{n}, nil
}

func (e *mailgunEvent) signed(secrets []string, now time.Time) error {
	s := e.Signature
	mac, err := hex.DecodeString(s.Signature)
	at, err2 := strconv.ParseInt(s.Timestamp.String(), 10, 64)
	if err != nil || err2 != nil || s.Token == "" {
		return forged("it has no signature")
	}
	if !signed(sha256.New, secrets, mac, []byte(s.Timestamp), []byte(s.Token)) {
		return forged("its signature is by no key of ours")
	}
	return fresh(at, now, mailgunRetries)
}

func (e *mailgunEvent) facts() []events.Name {
	switch e.Data.Event {
	case "delivered":
		return []events.Name{events.Delivered}
	case "rejected":
		return []events.Name{events.Bounced}
	case "failed":
		if e.Data.Severity == "permanent" {
			return []events.Name{events.Bounced}
		}
	case "complained", "unsubscribed":
		return []events.Name{events.OptedOut}
	}
	return nil
}

// code is why a message came back.
func (e *mailgunEvent) code(n events.Name) string {
	if n != events.Bounced {
		return ""
	}
	for _, c := range []string{e.Data.Status.Enhanced, e.Data.Status.Code.String()} {
		if c = code(c); c != "" {
			return c
		}
	}
	return e.Data.Event
}

func (e *mailgunEvent) reference() string {
	var of map[string]json.RawMessage
	var ref string
	if json.Unmarshal(e.Data.Variables, &of) == nil {
		_ = json.Unmarshal(of[Reference], &ref) // what is no text is no reference
	}
	return ref
}
