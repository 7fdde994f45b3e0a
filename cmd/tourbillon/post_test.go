package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// The settings of who sends, as far as each needs.
var sendGridSet = []string{"SENDGRID_API_KEY", "SG.5ecret", "SENDGRID_FROM_EMAIL", "Tours <tours@example.com>"}

var mailgunSet = []string{"MAILGUN_API_KEY", "5ecret", "MAILGUN_DOMAIN", "mg.example.com", "MAILGUN_FROM_EMAIL", "tours@mg.example.com"}

func TestRead_Post(t *testing.T) {
	with := func(all []string, more ...string) []string { return append(slices.Clone(all), more...) }
	for says, c := range map[string]struct {
		env  []string
		want string // "" is that all is well
	}{
		"SendGrid":                         {sendGridSet, ""},
		"SendGrid in the EU, slowly":       {with(sendGridSet, "SENDGRID_API_URL", "https://api.eu.sendgrid.com", "SENDGRID_RATE", "0.5"), ""},
		"SendGrid, and nobody who writes":  {sendGridSet[:2], "SENDGRID_API_KEY: SendGrid sends nothing without SENDGRID_FROM_EMAIL"},
		"who writes, and no SendGrid":      {sendGridSet[2:], "SENDGRID_FROM_EMAIL: SendGrid sends nothing without SENDGRID_API_KEY"},
		"a rate of nothing":                {[]string{"SENDGRID_RATE", "10"}, "SENDGRID_RATE: SendGrid sends nothing without SENDGRID_API_KEY and SENDGRID_FROM_EMAIL"},
		"who writes is no address":         {with(sendGridSet[:2], "SENDGRID_FROM_EMAIL", "5ecret of Tours"), "SENDGRID_FROM_EMAIL: not an address of mail"},
		"a key with a line":                {with(sendGridSet[2:], "SENDGRID_API_KEY", "SG.5ecret\n"), "SENDGRID_API_KEY: the key is empty, or has a character"},
		"an address of an API that is not": {with(sendGridSet, "SENDGRID_API_URL", "sendgrid"), "SENDGRID_API_URL: not a URL"},
		"Mailgun, as its pages write it":   {with(mailgunSet, "MAILGUN_API_BASE", "https://api.eu.mailgun.net/v3", "MAILGUN_RATE", "10"), ""},
		"Mailgun of no domain":             {with(mailgunSet[:2], mailgunSet[4:]...), "MAILGUN_API_KEY, MAILGUN_FROM_EMAIL: Mailgun sends nothing without MAILGUN_DOMAIN"},
		"a base of another version":        {with(mailgunSet, "MAILGUN_API_BASE", "https://api.mailgun.net/v4"), "MAILGUN_API_KEY: the API's address has a version"},
		"a rate that is none":              {with(sendGridSet, "SENDGRID_RATE", "fast"), `SENDGRID_RATE: "fast" is no rate`},
		"a rate of zero":                   {with(sendGridSet, "SENDGRID_RATE", "0"), "SENDGRID_RATE"},
		"a rate that is no number":         {with(sendGridSet, "SENDGRID_RATE", "NaN"), "SENDGRID_RATE"},
	} {
		t.Run(says, func(t *testing.T) {
			_, err := read(env(c.env...))
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case err != nil && strings.Contains(err.Error(), "5ecret"):
				t.Errorf("a secret is in the complaint: %v", err)
			}
		})
	}
}

func TestConfig_SaysWhoSends(t *testing.T) {
	box := "mailbox: nothing leaves"
	for says, c := range map[string]struct {
		env  []string
		want [3]string // mail, text, push
	}{
		"nobody":               {nil, [3]string{box, box, box}},
		"a mailbox elsewhere":  {[]string{"TOURBILLON_MAILBOX_URL", "http://127.0.0.1:2"}, [3]string{box + ", at http://127.0.0.1:2", box + ", at http://127.0.0.1:2", box + ", at http://127.0.0.1:2"}},
		"SendGrid":             {sendGridSet, [3]string{"SendGrid: messages leave", box, box}},
		"SendGrid and Mailgun": {append(slices.Clone(sendGridSet), mailgunSet...), [3]string{"SendGrid, then Mailgun: messages leave", box, box}},
		"Mailgun":              {mailgunSet, [3]string{"Mailgun: messages leave", box, box}},
		"a stand-in": {append(slices.Clone(sendGridSet), "SENDGRID_API_URL", "http://127.0.0.1:1"),
			[3]string{"SendGrid at http://127.0.0.1:1: messages leave", box, box}},
	} {
		t.Run(says, func(t *testing.T) {
			set, err := read(env(c.env...))
			if err != nil {
				t.Fatal(err)
			}
			got := set.standing()[1:4]
			for i, channel := range channels {
				if got[i] != (standing{channel, c.want[i]}) {
					t.Errorf("got %+v, want %s", got[i], c.want[i])
				}
			}
			var out bytes.Buffer
			if err := run(t.Context(), env(c.env...), []string{"config"}, &out); err != nil || strings.Contains(out.String(), "5ecret") || !strings.Contains(out.String(), c.want[0]) {
				t.Errorf("%v: %s", err, &out)
			}
		})
	}
}

func TestConfig_Post(t *testing.T) {
	far := outcometest.Serve(t, outcometest.Answer(http.StatusAccepted, "", "X-Message-Id", "1"))
	set, err := read(env(append(slices.Clone(sendGridSet), "SENDGRID_API_URL", far.URL, "SENDGRID_RATE", "1")...))
	if err != nil {
		t.Fatal(err)
	}
	records := store.New(memory.New())
	box := mailbox.New(records, now)
	m := metrics.New(records)
	var log bytes.Buffer
	sends, err := set.post(box, breaker.New("messages", breaker.Settings{}), m, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	msg := record.Message{Key: "k", BookingID: "b", Channel: "mail", To: "ada@example.com", Subject: "s", Body: "b", Category: booking.CategoryEnding}
	if r, err := sends.Send(t.Context(), msg); err != nil || r.ID != "1" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := sends.Send(t.Context(), msg); err == nil || far.Asked() != 1 {
		t.Errorf("its rate is not obeyed: %v, asked %d", err, far.Asked())
	}
	if mails, _, err := box.List(t.Context(), "", 9); err != nil || len(mails) != 0 {
		t.Errorf("what is sent is in the mailbox: %+v, %v", mails, err)
	}
	msg.Channel, msg.To = "text", "+33612345678"
	if r, err := sends.Send(t.Context(), msg); err != nil || r.ID != "k" {
		t.Errorf("%+v, %v", r, err)
	}
	if mails, _, err := box.List(t.Context(), "", 9); err != nil || len(mails) != 1 {
		t.Errorf("what nobody sends is not in the mailbox: %+v, %v", mails, err)
	}
	if told := log.String(); strings.Contains(told, "ada@") || strings.Contains(told, "+336") || !strings.Contains(told, "provider=sendgrid") {
		t.Errorf("it logs %s", told)
	}
	families, err := m.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			if f.GetName() == "tourbillon_messages_total" {
				key := ""
				for _, l := range one.GetLabel() {
					key += l.GetValue() + " "
				}
				counted[key] = one.GetCounter().GetValue()
			}
		}
	}
	if counted["mail accepted sendgrid "] != 1 || counted["mail not_sent sendgrid "] != 1 || counted["text accepted mailbox "] != 1 {
		t.Errorf("counted %v", counted)
	}
}
