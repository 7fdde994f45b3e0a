package standin

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tourbillon/functions/webhook"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/provider/postfake"
)

// Word is what a provider is to tell: of a message that it has accepted, which is
// the newest of those that fit, or that somebody wrote to us.
type Word struct {
	Provider     string `json:"provider"`
	Kind         string `json:"kind"`                   // the provider's own: see [Kinds]
	Notification string `json:"notification,omitempty"` // a message, by our reference
	Booking      string `json:"booking,omitempty"`      // or by the booking that it names
	To           string `json:"to,omitempty"`           // or by who it is for
	Code         string `json:"code,omitempty"`         // why it came back; empty: there is nobody at the address
	From         string `json:"from,omitempty"`         // Twilio's STOP and START: who says so
}

// kinds are what each provider tells, with the code of what comes back.
var kinds = map[string]map[string]string{
	postfake.SendGrid: {"delivered": "", "bounce": "5.1.1", "dropped": "", "spamreport": "", "unsubscribe": ""},
	postfake.Mailgun:  {"delivered": "", "failed": "5.1.1", "complained": "", "unsubscribed": ""},
	postfake.Twilio:   {"delivered": "", "undelivered": "30005", "failed": "30005", stop: "", start: ""},
}

// What people write to Twilio.
const (
	stop  = "STOP"
	start = "START"
)

// Kinds returns what a provider tells, in order; none where it tells nothing.
func Kinds(provider string) []string { return slices.Sorted(maps.Keys(kinds[provider])) }

// Tell is the webhook by which a provider tells its word. It happens at once that
// somebody says STOP or START, whoever hears of it.
func (p *Post) Tell(w Word) (Hook, error) {
	known, ok := kinds[w.Provider]
	if !ok {
		return Hook{}, fmt.Errorf("%q tells nothing: %s do", w.Provider, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	code, ok := known[w.Kind]
	if !ok {
		return Hook{}, fmt.Errorf("%s does not tell %q: it tells %s", w.Provider, w.Kind, strings.Join(Kinds(w.Provider), ", "))
	}
	w.Code = cmp.Or(w.Code, code)
	if w.Kind == stop || w.Kind == start {
		return p.written(w)
	}
	which := postfake.Which{Provider: w.Provider, Reference: w.Notification, To: w.To, About: w.Booking}
	if which == (postfake.Which{Provider: w.Provider}) {
		return Hook{}, errors.New("name the message: notification, booking or to")
	}
	all := p.Messages(which)
	if len(all) == 0 {
		return Hook{}, fmt.Errorf("%s has accepted no such message", w.Provider)
	}
	switch w.Provider {
	case postfake.SendGrid:
		return p.bySendGrid(w, all[0])
	case postfake.Mailgun:
		return p.byMailgun(w, all[0])
	}
	return p.byTwilio(w, all[0])
}

// object is a JSON object of a webhook's.
type object = map[string]any

// written is what somebody wrote to us, by Twilio.
func (p *Post) written(w Word) (Hook, error) {
	switch {
	case !outcome.IsNumber(w.From):
		return Hook{}, errors.New("from: name the number that says so, as +33612345678")
	case p.Twilio == "" || p.Public == "":
		return Hook{}, errors.New("TWILIO_AUTH_TOKEN and TOURBILLON_PUBLIC_URL are not set: set the same for the system and for this command")
	case w.Kind == stop:
		p.Stop(w.From)
	default:
		p.Start(w.From)
	}
	form := map[string]string{
		"MessageSid": "SM" + rand.Text(), "From": w.From, "Body": w.Kind, "OptOutType": w.Kind, "SmsStatus": "received",
		"NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
	}
	if all := p.Messages(postfake.Which{Provider: postfake.Twilio, To: w.From}); len(all) > 0 {
		form["To"], form["AccountSid"] = all[0].From, all[0].Account
	}
	return p.formed(strings.TrimRight(p.Public, "/")+"/webhooks/twilio", form)
}

// byTwilio is how a text message fares.
func (p *Post) byTwilio(w Word, m postfake.Message) (Hook, error) {
	switch {
	case p.Twilio == "":
		return Hook{}, errors.New("TWILIO_AUTH_TOKEN is not set: set the same for the system and for this command")
	case m.Callback == "":
		return Hook{}, errors.New("the message does not say where its status is to be told: set TOURBILLON_PUBLIC_URL for the system")
	}
	form := map[string]string{
		"MessageSid": m.ID, "SmsSid": m.ID, "MessageStatus": w.Kind, "SmsStatus": w.Kind, "To": m.To, "From": m.From,
		"AccountSid": m.Account, "ApiVersion": "2010-04-01",
	}
	if w.Code != "" {
		form["ErrorCode"] = w.Code
	}
	return p.formed(m.Callback, form)
}

// formed is a form of Twilio's. It is signed for the address that Twilio knows,
// and goes to where that leads.
func (p *Post) formed(address string, form map[string]string) (Hook, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Hook{}, fmt.Errorf("where Twilio posts to: %w", err)
	}
	to := url.URL{Path: "/webhooks/twilio", RawQuery: u.RawQuery}
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	signature := webhook.SignTwilio(p.Twilio, address, form)
	return Hook{Path: to.String(), Kind: "application/x-www-form-urlencoded", Body: []byte(values.Encode()), Sign: func(h http.Header, _ time.Time) error {
		h.Set("X-Twilio-Signature", signature)
		return nil
	}}, nil
}

func (p *Post) bySendGrid(w Word, m postfake.Message) (Hook, error) {
	event := object{
		"email": m.To, "timestamp": p.Now().Unix(), "event": w.Kind, "sg_event_id": rand.Text(), "sg_message_id": m.ID + ".0",
		"smtp-id": "<" + m.ID + "@sendgrid.example>", webhook.Reference: m.Reference,
	}
	if w.Kind == "dropped" { // SendGrid has not even tried, as it had come back before
		event["reason"] = "Bounced Address"
	}
	if w.Code != "" {
		event["status"], event["reason"], event["type"] = w.Code, "550 "+w.Code+" <"+m.To+">: the recipient is not known", "bounce"
	}
	return jsonHook(postfake.SendGrid, []object{event}, func(body []byte) func(http.Header, time.Time) error {
		return func(h http.Header, at time.Time) error {
			signature, stamp, err := webhook.SignSendGrid(p.key, body, at)
			h.Set(webhook.SendGridSignature, signature)
			h.Set(webhook.SendGridTimestamp, stamp)
			return err
		}
	})
}

func (p *Post) byMailgun(w Word, m postfake.Message) (Hook, error) {
	if p.Mailgun == "" {
		return Hook{}, errors.New("MAILGUN_WEBHOOK_KEY is not set: set the same for the system and for this command")
	}
	at := p.Now()
	data := object{
		"id": rand.Text(), "event": w.Kind, "timestamp": float64(at.UnixMilli()) / 1000, "recipient": m.To,
		"message": object{"headers": object{"message-id": m.ID, "to": m.To}}, "user-variables": object{webhook.Reference: m.Reference},
	}
	if w.Code != "" {
		data["severity"], data["reason"] = "permanent", "bounce"
		data["delivery-status"] = object{"code": 550, "enhanced-code": w.Code, "message": w.Code + " <" + m.To + ">: the recipient is not known"}
	}
	whole := object{"signature": webhook.SignMailgun(p.Mailgun, rand.Text(), at), "event-data": data}
	return jsonHook(postfake.Mailgun, whole, func([]byte) func(http.Header, time.Time) error {
		return func(http.Header, time.Time) error { return nil } // it is in the body, and the same whenever it is sent again
	})
}

// jsonHook is a hook in JSON.
func jsonHook(provider string, v any, sign func(body []byte) func(http.Header, time.Time) error) (Hook, error) {
	body, err := json.Marshal(v)
	return Hook{Path: "/webhooks/" + provider, Kind: "application/json", Body: body, Sign: sign(body)}, err
}
