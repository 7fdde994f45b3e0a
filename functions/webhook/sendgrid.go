package webhook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// sendGridRetries is for how long SendGrid sends again. It does not say whether
// it then signs anew; what was published is remembered for longer than that.
const sendGridRetries = 24 * time.Hour

// sendGridFacts is what each event leads to; all others only tell how a message
// fares, or that it is read.
var sendGridFacts = map[string][]events.Name{
	"delivered": {events.Delivered}, "bounce": {events.Bounced}, "dropped": {events.Bounced},
	"spamreport": {events.OptedOut}, "unsubscribe": {events.OptedOut}, "group_unsubscribe": {events.OptedOut},
}

// sendGridEvent is one element of what SendGrid posts. Why a message came back
// is there in words too, which quote addresses.
type sendGridEvent struct {
	ID     string      `json:"sg_event_id"`
	Event  string      `json:"event"`
	Ref    string      `json:"tourbillon_id"`
	Email  string      `json:"email"`
	Status string      `json:"status"`
	Type   string      `json:"type"` // of a bounce: "blocked" is one that may not be the next time
	Reason string      `json:"reason"`
	At     json.Number `json:"timestamp"`
}

// sendGrid reads a batch of SendGrid's, element by element: one that cannot be
// read does not lose the others.
func (d *desk) sendGrid(_ context.Context, in delivery) ([]notice, error) {
	if err := sendGridSigned(in, d.Secrets.SendGrid); err != nil {
		return nil, err
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(in.body, &batch); err != nil || batch == nil {
		return nil, malformed("it is not a list")
	}
	all := make([]notice, len(batch))
	for i, raw := range batch {
		all[i] = d.sendGridOne(raw)
	}
	return all, nil
}

func (d *desk) sendGridOne(raw json.RawMessage) notice {
	var e sendGridEvent
	if err := json.Unmarshal(raw, &e); err != nil || e.Event == "" {
		return notice{outcome: Malformed}
	}
	n := notice{id: e.ID, kind: e.Event, outcome: Ignored}
	names, ok := sendGridFacts[e.Event]
	switch {
	case !ok:
		return n
	case !ids.MatchString(e.ID):
		n.outcome = Malformed
		return n
	}
	t := tidings{names: names, ref: e.Ref, at: unix(e.At), channel: booking.ChannelMail, who: hashed(d.Customer, e.Email)}
	if names[0] == events.Bounced {
		t.code = e.code()
	}
	n.say = d.telling("sendgrid", e.ID, t)
	return n
}

// sendGridNever are why SendGrid drops a message because of who it is for, by its
// own list of those: they are written to no more. It drops others because of what
// is in them, or because a plan is used up.
var sendGridNever = []string{"Bounced Address", "Invalid", "Spam Reporting Address", "Unsubscribed Address"}

// sendGridBlocked is the code of what came back, and may not the next time.
const sendGridBlocked = "blocked"

// code is why a message came back.
func (e sendGridEvent) code() string {
	switch status := code(e.Status); {
	case e.Type == sendGridBlocked, e.Event == "dropped" && !slices.Contains(sendGridNever, e.Reason):
		return sendGridBlocked
	case e.Event == "dropped" || status == "": // whatever status it had when it first came back
		return e.Event
	default:
		return status
	}
}

func sendGridSigned(in delivery, keys []string) error {
	stamp := in.header.Get(SendGridTimestamp)
	sig, err := base64.StdEncoding.DecodeString(in.header.Get(SendGridSignature))
	at, err2 := strconv.ParseInt(stamp, 10, 64)
	if err != nil || err2 != nil {
		return forged("it has no signature")
	}
	h := sha256.New()
	h.Write([]byte(stamp))
	h.Write(in.body)
	sum := h.Sum(nil)
	good := false
	for _, k := range keys {
		if key, err := sendGridKey(k); err == nil {
			good = ecdsa.VerifyASN1(key, sum, sig) || good
		}
	}
	if !good {
		return forged("its signature is by no key of ours")
	}
	return fresh(at, in.now, sendGridRetries)
}

// sendGridKey reads a public key as SendGrid shows it: base64, without lines
// before and after.
func sendGridKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("is not base64")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("is not a public key")
	}
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, errors.New("is not a key of ECDSA on P-256")
	}
	return ec, nil
}
