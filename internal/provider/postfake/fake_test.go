package postfake_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/provider/postfake"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/provider/sns"
	"tourbillon/internal/provider/twilio"
	"tourbillon/internal/record"
)

const (
	address = "ada@example.com"
	phone   = "+33612345678"
	device  = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/tours/5e3e9847-3183-3f18-a7e8-671c3a57d4b3"
	ours    = "0123456789abcdef0123456789abcdef"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is the four providers, with a client of ours for each.
type world struct {
	*postfake.Fake
	url string
	by  map[string]record.Messages
}

// full is what each is asked to send.
var full = map[string]record.Message{
	postfake.SendGrid: {Channel: "mail", To: address, Subject: "It is on", Body: "Dear Ada,\nsee you.", HTML: "<p>Dear Ada</p>", Calendar: "BEGIN:VCALENDAR\r\n", Unsubscribe: "https://b.example/u/1"},
	postfake.Mailgun:  {Channel: "mail", To: address, Subject: "It is on", Body: "Dear Ada,\nsee you.", HTML: "<p>Dear Ada</p>", Calendar: "BEGIN:VCALENDAR\r\n", Unsubscribe: "https://b.example/u/1"},
	postfake.Twilio:   {Channel: "text", To: phone, Body: "It is on & é +1"},
	postfake.SNS:      {Channel: "push", To: device, Subject: "It is on", Body: "See you <soon>"},
}

func open(t *testing.T) world {
	t.Helper()
	w := world{Fake: postfake.New(func() time.Time { return noon }), by: map[string]record.Messages{}}
	far := httptest.NewServer(w.Fake)
	t.Cleanup(far.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	w.url = far.URL
	add := func(name string, m record.Messages, err error) {
		if err != nil {
			t.Fatal(err)
		}
		w.by[name] = m
	}
	sg, err := sendgrid.New(sendgrid.Settings{Key: "SG.any", From: "Tours <tours@example.com>", URL: far.URL})
	add(postfake.SendGrid, sg, err)
	mg, err := mailgun.New(mailgun.Settings{Key: "any", Domain: "mg.example.com", From: "Tours <tours@mg.example.com>", Base: far.URL})
	add(postfake.Mailgun, mg, err)
	tw, err := twilio.New(twilio.Settings{Account: "AC1", Token: "any", Number: "+15005550006", Public: "https://tours.example/shop", URL: far.URL})
	add(postfake.Twilio, tw, err)
	push, err := sns.New(sns.Settings{Region: "eu-west-1", ID: "AKIA1", Secret: "any", URL: far.URL})
	add(postfake.SNS, push, err)
	return w
}

// send has a provider send its message, under our reference.
func (w world) send(t *testing.T, provider, ref string, change ...func(*record.Message)) (booking.Receipt, error) {
	t.Helper()
	m := full[provider]
	m.Key = ref
	for _, c := range change {
		c(&m)
	}
	return w.by[provider].Send(t.Context(), m)
}

// set is how a provider is from now on.
func (w world) set(t *testing.T, provider string, s postfake.State) {
	t.Helper()
	if err := w.Set(provider, s); err != nil {
		t.Fatal(err)
	}
}

// each runs a test with each of the providers.
func each(t *testing.T, with func(t *testing.T, w world, provider string)) {
	for _, p := range postfake.Providers() {
		t.Run(p, func(t *testing.T) { with(t, open(t), p) })
	}
}

func TestFake_AMessageIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		r, err := w.send(t, p, ours)
		if err != nil || r.Refused != "" || r.ID == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		all := w.Messages(postfake.Which{Provider: p})
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		m, want := all[0], full[p]
		if m.Provider != p || m.Reference != ours || m.ID != r.ID || m.To != want.To || m.Subject != want.Subject || m.Body != want.Body || m.Accepted != 1 || !m.At.Equal(noon) {
			t.Errorf("%+v, %+v", m, r)
		}
		if p == postfake.Twilio && m.Callback != "https://tours.example/shop/webhooks/twilio?"+webhook.Reference+"="+ours {
			t.Errorf("its status is told to %s", m.Callback)
		}
	})
}

func TestFake_AcceptsAgainAndCounts(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		var ids []string
		for _, ref := range []string{ours, strings.Repeat("1", 32), ours} {
			r, err := w.send(t, p, ref)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
		}
		all := w.Messages(postfake.Which{})
		if len(all) != 2 || all[1].Accepted != 2 || all[1].ID != ids[2] || ids[0] == ids[2] || all[0].Accepted != 1 {
			t.Errorf("%v, %+v", ids, all)
		}
		if got := w.Accepted(); len(got) != 2 || got[ours] != 2 || w.Standings()[p].Asked != 3 {
			t.Errorf("accepted %v, asked %d", got, w.Standings()[p].Asked)
		}
	})
}

func TestFake_Messages(t *testing.T) {
	w := open(t)
	for i, p := range postfake.Providers() {
		if _, err := w.send(t, p, strings.Repeat(string('a'+rune(i)), 32)); err != nil {
			t.Fatal(err)
		}
	}
	for says, c := range map[string]struct {
		which postfake.Which
		want  []string
	}{
		"all, the newest first":    {postfake.Which{}, []string{postfake.SNS, postfake.Twilio, postfake.Mailgun, postfake.SendGrid}},
		"those of a provider":      {postfake.Which{Provider: postfake.Twilio}, []string{postfake.Twilio}},
		"those to somebody":        {postfake.Which{To: address}, []string{postfake.Mailgun, postfake.SendGrid}},
		"the one of our reference": {postfake.Which{Reference: strings.Repeat("b", 32)}, []string{postfake.Mailgun}},
		"those that say something": {postfake.Which{About: "soon"}, []string{postfake.SNS}},
		"none":                     {postfake.Which{Provider: postfake.SNS, To: address}, nil},
	} {
		var got []string
		for _, m := range w.Messages(c.which) {
			got = append(got, m.Provider)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", says, got, c.want)
		}
	}
}

func TestFake_Down(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		w.set(t, p, postfake.State{Is: postfake.Down})
		_, err := w.send(t, p, ours)
		outcometest.Unknown(t, err)
		w.nothing(t)
		for _, other := range postfake.Providers() {
			if _, err := w.send(t, other, ours); (err == nil) == (other == p) {
				t.Errorf("%s: %v", other, err)
			}
		}
	})
}

func (w world) nothing(t *testing.T) {
	t.Helper()
	if all := w.Messages(postfake.Which{}); len(all) > 0 {
		t.Errorf("it has accepted %+v", all)
	}
}

func TestFake_Unavailable(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		w.set(t, p, postfake.State{Is: postfake.Unavailable})
		_, err := w.send(t, p, ours)
		if outcometest.Unknown(t, err); err == nil || err.Error() != p+": answered 503" {
			t.Error(err)
		}
		w.nothing(t)
	})
}

func TestFake_Busy(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		for after, want := range map[int]time.Duration{0: time.Second, 7: 7 * time.Second} {
			w.set(t, p, postfake.State{Is: postfake.Busy, RetryAfter: after})
			_, err := w.send(t, p, ours)
			if no := outcometest.NotSent(t, err); no.After != want {
				t.Errorf("not before %v, want %v", no.After, want)
			}
		}
		w.nothing(t)
	})
}

func TestFake_Lose(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		w.set(t, p, postfake.State{Is: postfake.Lose, Times: 1})
		_, err := w.send(t, p, ours)
		outcometest.Unknown(t, err)
		if w.Accepted()[ours] != 1 {
			t.Errorf("accepted %v", w.Accepted())
		}
		if _, err := w.send(t, p, ours); err != nil || w.Accepted()[ours] != 2 {
			t.Errorf("the second time: %v, accepted %v", err, w.Accepted())
		}
	})
}

func TestFake_IsUpAfterAFewTimes(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		w.set(t, p, postfake.State{Is: postfake.Unavailable, Times: 2})
		var failed int
		for range 4 {
			if _, err := w.send(t, p, ours); err != nil {
				failed++
			}
		}
		if failed != 2 || w.Accepted()[ours] != 2 {
			t.Errorf("failed %d times, accepted %v", failed, w.Accepted())
		}
	})
}

func TestFake_Refuses(t *testing.T) {
	each(t, func(t *testing.T, w world, p string) {
		w.set(t, p, postfake.State{Refuses: []string{full[p].To}})
		want := booking.BadAddress
		if p == postfake.SNS {
			want = booking.EndpointDisabled
		}
		if r, err := w.send(t, p, ours); err != nil || r.Refused != want {
			t.Errorf("%+v, %v", r, err)
		}
		w.nothing(t)
		w.set(t, p, postfake.State{Is: postfake.Up})
		if r, err := w.send(t, p, ours); err != nil || r.Refused != "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestFake_Stop(t *testing.T) {
	w := open(t)
	w.Stop(phone)
	if r, err := w.send(t, postfake.Twilio, ours); err != nil || r.Refused != booking.OptedOut {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := w.send(t, postfake.Twilio, ours, func(m *record.Message) { m.To = "+33612345679" }); err != nil || r.Refused != "" {
		t.Errorf("somebody else: %+v, %v", r, err)
	}
	w.Start(phone)
	if r, err := w.send(t, postfake.Twilio, ours); err != nil || r.Refused != "" {
		t.Errorf("after START: %+v, %v", r, err)
	}
}

func TestFake_SetRefuses(t *testing.T) {
	w := open(t)
	w.set(t, postfake.SendGrid, postfake.State{Is: postfake.Down})
	for says, err := range map[string]error{
		"a provider that is none": w.Set("pigeon", postfake.State{}),
		"a state that is none":    w.Set(postfake.SendGrid, postfake.State{Is: "tired"}),
		"times below none":        w.Set(postfake.SendGrid, postfake.State{Times: -1}),
		"a time that is over":     w.Set(postfake.SendGrid, postfake.State{RetryAfter: -1}),
	} {
		if err == nil {
			t.Errorf("%s is taken", says)
		}
	}
	if _, err := w.send(t, postfake.SendGrid, ours); err == nil {
		t.Error("what was refused has set it up again")
	}
	all := w.Standings()
	if is := all[postfake.SendGrid]; is.Is != postfake.Down || is.Asked != 1 || all[postfake.Twilio].Is != postfake.Up || len(all) != len(postfake.Providers()) {
		t.Errorf("%+v", all)
	}
}

// TestFake_LooksAtWhatIsOurs has each refuse what a client of ours can get wrong:
// that is never the recipient's fault, and is to be tried by somebody else.
func TestFake_LooksAtWhatIsOurs(t *testing.T) {
	w := open(t)
	for p, change := range map[string]func(*record.Message){
		postfake.SendGrid: func(m *record.Message) { m.Subject = "" },
		postfake.Mailgun:  func(m *record.Message) { m.Body, m.HTML = "", "" },
		postfake.Twilio:   func(m *record.Message) { m.Body = strings.Repeat("é", 1601) },
		postfake.SNS:      func(m *record.Message) { m.Body = "" },
	} {
		t.Run(p, func(t *testing.T) {
			_, err := w.send(t, p, ours, change)
			outcometest.NotSent(t, err)
		})
	}
	w.nothing(t)
}
