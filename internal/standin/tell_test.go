package standin_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/webhook"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/postfake"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/provider/twilio"
	"tourbillon/internal/record"
	"tourbillon/internal/standin"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

const (
	public = "https://tours.example/shop"
	phone  = "+33612345678"
	bookID = "q7Xw2LrT9vKcMz4J"
	mailed = "ada@example.com"
)

// scene is providers that are none and a system that hears their webhooks: its
// door, and the records of its messages.
type scene struct {
	t     *testing.T
	post  *standin.Post
	door  *httptest.Server
	ports arrow.Ports
	by    map[string]record.Messages
	heard []events.Event
}

// Publish keeps what the door says.
func (s *scene) Publish(_ context.Context, es ...events.Event) error {
	s.heard = append(s.heard, es...)
	return nil
}

func set(t *testing.T, change ...func(*standin.PostSettings)) *scene {
	t.Helper()
	settings := standin.PostSettings{Mailgun: "mg-key", Twilio: "tw0token", Public: public + "/"}
	for _, c := range change {
		c(&settings)
	}
	p, err := standin.NewPost(settings)
	if err != nil {
		t.Fatal(err)
	}
	records := store.New(memory.New())
	s := &scene{t: t, post: p, ports: arrow.Ports{Records: records, Now: time.Now, Lease: time.Minute}}
	s.door = httptest.NewServer(webhook.Door{
		Records: records, Broker: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), PublicURL: public,
		Secrets: webhook.Secrets{SendGrid: []string{p.SendGridKey()}, Mailgun: []string{"mg-key"}, Twilio: []string{"tw0token"}},
		Phone:   func(e164 string) string { return events.EffectID("phone", e164) },
	}.Handler())
	t.Cleanup(s.door.Close)
	s.clients()
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return s
}

// clients are ours, of each provider.
func (s *scene) clients() {
	far := httptest.NewServer(s.post)
	s.t.Cleanup(far.Close)
	sg, err := sendgrid.New(sendgrid.Settings{Key: "SG.1", From: "tours@example.com", URL: far.URL})
	s.check(err)
	mg, err := mailgun.New(mailgun.Settings{Key: "1", Domain: "mg.example.com", From: "tours@mg.example.com", Base: far.URL})
	s.check(err)
	tw, err := twilio.New(twilio.Settings{Account: "AC1", Token: "tw0token", Number: "+15005550006", Public: public, URL: far.URL})
	s.check(err)
	s.by = map[string]record.Messages{postfake.SendGrid: sg, postfake.Mailgun: mg, postfake.Twilio: tw}
}

func (s *scene) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// sent has notify send a message by a provider, and returns its reference.
func (s *scene) sent(provider string) (ref string) {
	s.t.Helper()
	channel, to := "mail", mailed
	if provider == postfake.Twilio {
		channel, to = "text", phone
	}
	f := record.Notification("notify", func(ctx context.Context, n booking.Notification, at booking.Sending) (booking.Receipt, error) {
		ref = at.Key
		return s.by[provider].Send(ctx, record.Message{Key: ref, Channel: channel, To: to, Subject: "It is on", Body: "Reference: " + n.Booking.ID})
	})
	_, err := f.Handle(s.t.Context(), s.ports, events.Event{ID: "ask", Name: events.Send, Data: events.Data{
		Booking: booking.Booking{ID: bookID}, Occurrence: "booking.confirmed", Channel: channel, Recipient: "3f1c09a7b25e4d68",
	}})
	s.check(err)
	return ref
}

// tells has a provider tell, and returns what the system says then.
func (s *scene) tells(w standin.Word) []events.Event {
	s.t.Helper()
	hook, err := s.post.Tell(w)
	s.check(err)
	s.heard = nil
	for range 2 { // as those who got no answer
		s.posts(hook)
	}
	return s.heard
}

func (s *scene) posts(hook standin.Hook) {
	s.t.Helper()
	r, err := hook.Request(s.t.Context(), s.door.URL+"/", time.Now())
	s.check(err)
	resp, err := http.DefaultClient.Do(r)
	s.check(err)
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK { // told all the same
		s.t.Errorf("%s answers %s: %s", hook.Path, resp.Status, body)
	}
}

func TestPost_Tell(t *testing.T) {
	for _, c := range []struct {
		word standin.Word
		name events.Name
		code string
	}{
		{standin.Word{Provider: "sendgrid", Kind: "delivered", To: mailed}, events.Delivered, ""},
		{standin.Word{Provider: "sendgrid", Kind: "bounce", Booking: bookID}, events.Bounced, "5.1.1"},
		{standin.Word{Provider: "sendgrid", Kind: "bounce", Booking: bookID, Code: "5.2.2"}, events.Bounced, "5.2.2"},
		{standin.Word{Provider: "sendgrid", Kind: "dropped", To: mailed}, events.Bounced, "dropped"},
		{standin.Word{Provider: "sendgrid", Kind: "spamreport", To: mailed}, events.OptedOut, ""},
		{standin.Word{Provider: "sendgrid", Kind: "unsubscribe", To: mailed}, events.OptedOut, ""},
		{standin.Word{Provider: "mailgun", Kind: "delivered", Booking: bookID}, events.Delivered, ""},
		{standin.Word{Provider: "mailgun", Kind: "failed", Booking: bookID}, events.Bounced, "5.1.1"},
		{standin.Word{Provider: "mailgun", Kind: "complained", Booking: bookID}, events.OptedOut, ""},
		{standin.Word{Provider: "mailgun", Kind: "unsubscribed", Booking: bookID}, events.OptedOut, ""},
		{standin.Word{Provider: "twilio", Kind: "delivered", To: phone}, events.Delivered, ""},
		{standin.Word{Provider: "twilio", Kind: "undelivered", To: phone}, events.Bounced, "30005"},
		{standin.Word{Provider: "twilio", Kind: "failed", To: phone, Code: "30003"}, events.Bounced, "30003"},
	} {
		t.Run(c.word.Provider+" tells "+c.word.Kind+" "+c.word.Code+", which is heard once", func(t *testing.T) {
			s := set(t)
			s.sent(c.word.Provider)
			got := s.tells(c.word)
			if len(got) != 1 || got[0].Name != c.name || got[0].Code != c.code || got[0].Recipient != "3f1c09a7b25e4d68" {
				t.Errorf("heard %+v", got)
			}
		})
	}
	t.Run("a message is named by our reference", func(t *testing.T) {
		s := set(t)
		ref := s.sent(postfake.SendGrid)
		if got := s.tells(standin.Word{Provider: "sendgrid", Kind: "delivered", Notification: ref}); len(got) != 1 || got[0].Data.ID != bookID {
			t.Errorf("heard %+v", got)
		}
	})
}

func TestPost_StopAndStart(t *testing.T) {
	s := set(t)
	s.sent(postfake.Twilio)
	for _, c := range []struct {
		kind    string
		name    events.Name
		refused string
	}{{"STOP", events.OptedOut, booking.OptedOut}, {"START", events.OptedIn, ""}} {
		got := s.tells(standin.Word{Provider: "twilio", Kind: c.kind, From: phone})
		if len(got) != 1 || got[0].Name != c.name || got[0].Recipient != events.EffectID("phone", phone) || got[0].Channel != "text" {
			t.Errorf("after %s heard %+v", c.kind, got)
		}
		r, err := s.by[postfake.Twilio].Send(t.Context(), record.Message{Key: strings.Repeat("0", 32), To: phone, Body: "b"})
		if err != nil || r.Refused != c.refused {
			t.Errorf("after %s: %+v, %v", c.kind, r, err)
		}
	}
}

func TestPost_TellRefuses(t *testing.T) {
	s := set(t)
	for _, p := range []string{postfake.SendGrid, postfake.Twilio} {
		s.sent(p)
	}
	mute := set(t, func(s *standin.PostSettings) { *s = standin.PostSettings{} })
	mute.sent(postfake.Mailgun)
	mute.sent(postfake.Twilio)
	for says, c := range map[string]struct {
		by   *scene
		word standin.Word
		want string
	}{
		"one who tells nothing":         {s, standin.Word{Provider: "sns", Kind: "delivered", To: "x"}, `"sns" tells nothing: mailgun, sendgrid, twilio do`},
		"what is not told":              {s, standin.Word{Provider: "sendgrid", Kind: "lost", To: mailed}, `bounce, delivered, dropped, spamreport, unsubscribe`},
		"no message":                    {s, standin.Word{Provider: "sendgrid", Kind: "bounce"}, "name the message"},
		"a message that there is not":   {s, standin.Word{Provider: "mailgun", Kind: "failed", To: mailed}, "has accepted no such message"},
		"who is no number":              {s, standin.Word{Provider: "twilio", Kind: "STOP", From: "0612345678"}, "from:"},
		"STOP, and no token":            {mute, standin.Word{Provider: "twilio", Kind: "STOP", From: phone}, "TWILIO_AUTH_TOKEN"},
		"a text, and no token":          {mute, standin.Word{Provider: "twilio", Kind: "delivered", To: phone}, "TWILIO_AUTH_TOKEN"},
		"a mail, and no key of Mailgun": {mute, standin.Word{Provider: "mailgun", Kind: "failed", To: mailed}, "MAILGUN_WEBHOOK_KEY"},
	} {
		if _, err := c.by.post.Tell(c.word); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", says, err, c.want)
		}
	}
}

func TestStripeHook(t *testing.T) {
	body := []byte(`{"id":"evt_1"}`)
	hook := standin.StripeHook("whsec_1", body)
	body[0] = 'x' // whoever made it has it back
	at := time.Unix(1_800_000_000, 0)
	r, err := hook.Request(t.Context(), "http://127.0.0.1:1/", at)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r.Body)
	if err != nil || string(got) != `{"id":"evt_1"}` || r.URL.String() != "http://127.0.0.1:1/webhooks/stripe" {
		t.Errorf("%s %s, %v", r.URL, got, err)
	}
	if want := webhook.SignStripe("whsec_1", got, at); r.Header.Get("Stripe-Signature") != want {
		t.Errorf("%v, want %s", r.Header, want)
	}
}
