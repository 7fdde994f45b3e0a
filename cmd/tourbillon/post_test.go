package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// The settings of who sends, as far as each needs.
var sendGridSet = []string{"SENDGRID_API_KEY", "SG.5ecret", "SENDGRID_FROM_EMAIL", "Tours <tours@example.com>"}

var mailgunSet = []string{"MAILGUN_API_KEY", "5ecret", "MAILGUN_DOMAIN", "mg.example.com", "MAILGUN_FROM_EMAIL", "tours@mg.example.com"}

var (
	door      = []string{"TOURBILLON_PUBLIC_URL", "https://book.example.com"}
	twilioSet = append(slices.Clone(door), "TWILIO_AUTH_TOKEN", "5ecret,01d5ecret", "TWILIO_ACCOUNT_SID", "AC0123", "TWILIO_PHONE_NUMBER", "+15005550006")
	snsSet    = []string{"AWS_REGION", "eu-west-1", "AWS_ACCESS_KEY_ID", "AKIA0", "AWS_SECRET_ACCESS_KEY", "5ecret"}
)

func TestRead_Post(t *testing.T) {
	with := func(all []string, more ...string) []string { return append(slices.Clone(all), more...) }
	for says, c := range map[string]struct {
		env  []string
		want string // "" is that all is well
	}{
		"SendGrid":                         {with(sendGridSet, door...), ""},
		"SendGrid, and no address of ours": {sendGridSet, "SENDGRID_API_KEY: mail leads its readers to a page of their preferences"},
		"SendGrid, and one by http":        {with(sendGridSet, "TOURBILLON_PUBLIC_URL", "http://book.example.com"), "set TOURBILLON_PUBLIC_URL to an address that begins with https://"},
		"a stand-in needs none":            {with(sendGridSet, "SENDGRID_API_URL", "http://127.0.0.1:3010"), ""},
		"SendGrid in the EU, slowly":       {with(sendGridSet, "TOURBILLON_PUBLIC_URL", "https://book.example.com", "SENDGRID_API_URL", "https://api.eu.sendgrid.com", "SENDGRID_RATE", "0.5"), ""},
		"SendGrid, and nobody who writes":  {sendGridSet[:2], "SENDGRID_API_KEY: SendGrid sends nothing without SENDGRID_FROM_EMAIL"},
		"who writes, and no SendGrid":      {sendGridSet[2:], "SENDGRID_FROM_EMAIL: SendGrid sends nothing without SENDGRID_API_KEY"},
		"a rate of nothing":                {[]string{"SENDGRID_RATE", "10"}, "SENDGRID_RATE: SendGrid sends nothing without SENDGRID_API_KEY and SENDGRID_FROM_EMAIL"},
		"who writes is no address":         {with(sendGridSet[:2], "SENDGRID_FROM_EMAIL", "5ecret of Tours"), "SENDGRID_FROM_EMAIL: not an address of mail"},
		"a key with a line":                {with(sendGridSet[2:], "SENDGRID_API_KEY", "SG.5ecret\n"), "SENDGRID_API_KEY: the key is empty, or has a character"},
		"an address of an API that is not": {with(sendGridSet, "SENDGRID_API_URL", "sendgrid"), "SENDGRID_API_URL: not a URL"},
		"Mailgun, as its pages write it":   {with(mailgunSet, "TOURBILLON_PUBLIC_URL", "https://book.example.com", "MAILGUN_API_BASE", "https://api.eu.mailgun.net/v3", "MAILGUN_RATE", "10"), ""},
		"Mailgun of no domain":             {with(mailgunSet[:2], mailgunSet[4:]...), "MAILGUN_API_KEY, MAILGUN_FROM_EMAIL: Mailgun sends nothing without MAILGUN_DOMAIN"},
		"a base of another version":        {with(mailgunSet, "MAILGUN_API_BASE", "https://api.mailgun.net/v4"), "MAILGUN_API_KEY: the API's address has a version"},
		"Twilio":                           {twilioSet, ""},
		"Twilio by a service":              {append(with(twilioSet[:6]), "TWILIO_MESSAGING_SERVICE_SID", "MG0"), ""},
		"Twilio's webhooks alone":          {twilioSet[:4], ""},
		"Twilio of nobody who writes":      {twilioSet[:6], "TWILIO_ACCOUNT_SID: Twilio sends nothing without TWILIO_PHONE_NUMBER"},
		"a service of nobody's":            {[]string{"TWILIO_MESSAGING_SERVICE_SID", "MG0"}, "TWILIO_MESSAGING_SERVICE_SID: Twilio sends nothing without TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"},
		"Twilio of two who write":          {with(twilioSet, "TWILIO_MESSAGING_SERVICE_SID", "MG0"), "TWILIO_ACCOUNT_SID: who writes is a number or a messaging service, and one"},
		"Twilio without its token":         {with(twilioSet[4:], "TWILIO_RATE", "1"), "TWILIO_ACCOUNT_SID, TWILIO_PHONE_NUMBER, TWILIO_RATE: Twilio sends nothing without TWILIO_AUTH_TOKEN"},
		"an account that is none":          {with(twilioSet[:4], "TWILIO_ACCOUNT_SID", "SK5ecret", "TWILIO_PHONE_NUMBER", "+15005550006"), "TWILIO_ACCOUNT_SID: the account is none"},
		"SNS":                              {snsSet, ""},
		"a region alone":                   {snsSet[:2], ""},
		"half of a key":                    {snsSet[:4], "AWS_ACCESS_KEY_ID: Amazon SNS sends nothing without AWS_SECRET_ACCESS_KEY"},
		"the other half":                   {snsSet[4:], "AWS_SECRET_ACCESS_KEY: Amazon SNS sends nothing without AWS_ACCESS_KEY_ID and AWS_REGION"},
		"SNS somewhere":                    {with(snsSet[2:], "AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:1"), "without AWS_REGION"},
		"a region that is none":            {with(snsSet[2:], "AWS_REGION", "Ireland"), "AWS_ACCESS_KEY_ID: the region is none"},
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
		"SendGrid":             {append(slices.Clone(sendGridSet), door...), [3]string{"SendGrid: messages leave", box, box}},
		"SendGrid and Mailgun": {slices.Concat(sendGridSet, mailgunSet, door), [3]string{"SendGrid, then Mailgun: messages leave", box, box}},
		"Mailgun":              {append(slices.Clone(mailgunSet), door...), [3]string{"Mailgun: messages leave", box, box}},
		"all of them": {slices.Concat(sendGridSet, mailgunSet, twilioSet, snsSet, []string{"TWILIO_API_URL", "http://127.0.0.1:3/"}),
			[3]string{"SendGrid, then Mailgun: messages leave", "Twilio at http://127.0.0.1:3: messages leave", "Amazon SNS: messages leave"}},
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

// office is a config's post over a mailbox, with what it logs.
type office struct {
	*post.Post
	box     *mailbox.Mailbox
	metrics *metrics.Metrics
	log     bytes.Buffer
}

func openOffice(t *testing.T, set ...string) *office {
	t.Helper()
	c, err := read(env(set...))
	if err != nil {
		t.Fatal(err)
	}
	records := store.New(memory.New())
	o := &office{box: mailbox.New(records, now), metrics: metrics.New(records)}
	o.Post, err = c.post(o.box, breaker.New("messages", breaker.Settings{}), nil, o.metrics, slog.New(slog.NewTextHandler(&o.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// kept is how many messages are in the mailbox.
func (o *office) kept(t *testing.T) int {
	t.Helper()
	mails, _, err := o.box.List(t.Context(), "", 9)
	if err != nil {
		t.Fatal(err)
	}
	return len(mails)
}

// counted are the messages by channel, outcome and provider.
func (o *office) counted(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := o.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			if f.GetName() != "tourbillon_messages_total" {
				continue
			}
			var key []string
			for _, l := range one.GetLabel() {
				key = append(key, l.GetValue())
			}
			all[strings.Join(key, " ")] = one.GetCounter().GetValue()
		}
	}
	return all
}

const phone, device = "+33612345678", "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/tours/5e3e9847-3183-3f18-a7e8-671c3a57d4b3"

func message(channel, to string) record.Message {
	return record.Message{Key: "0123456789abcdef0123456789abcdef", BookingID: "booking-2", Channel: channel, To: to, Subject: "s", Body: "b", Category: booking.CategoryEnding}
}

func TestConfig_Post(t *testing.T) {
	far := outcometest.Serve(t, outcometest.Answer(http.StatusAccepted, "", "X-Message-Id", "1"))
	o := openOffice(t, append(slices.Clone(sendGridSet), "SENDGRID_API_URL", far.URL, "SENDGRID_RATE", "0.01")...)
	if r, err := o.Send(t.Context(), message("mail", "ada@example.com")); err != nil || r.ID != "1" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := o.Send(t.Context(), message("mail", "ada@example.com")); err == nil || far.Asked() != 1 {
		t.Errorf("its rate is not obeyed: %v, asked %d", err, far.Asked())
	}
	if n := o.kept(t); n != 0 {
		t.Errorf("what is sent is in the mailbox: %d", n)
	}
	if _, err := o.Send(t.Context(), message("text", phone)); err != nil || o.kept(t) != 1 {
		t.Errorf("what nobody sends is not in the mailbox: %v", err)
	}
	if told := o.log.String(); strings.Contains(told, "ada@") || strings.Contains(told, phone) || !strings.Contains(told, "provider=sendgrid") {
		t.Errorf("it logs %s", told)
	}
	if got := o.counted(t); got["mail accepted sendgrid"] != 1 || got["mail not_sent sendgrid"] != 1 || got["text accepted mailbox"] != 1 {
		t.Errorf("counted %v", got)
	}
}

func TestConfig_PostTakesTurnsWithOtherProcesses(t *testing.T) {
	at, closer, err := ownRedis()
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	far := outcometest.Serve(t, outcometest.Answer(http.StatusAccepted, "", "X-Message-Id", "1"))
	for i := range 2 {
		c, err := read(env(append(slices.Clone(sendGridSet), "SENDGRID_API_URL", far.URL, "SENDGRID_RATE", "0.01", "REDIS_URL", at)...))
		if err != nil {
			t.Fatal(err)
		}
		s, err := wire(t.Context(), c, func(string) arrow.Sink { return nil }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.wiring.Messages.Send(t.Context(), message("mail", "ada@example.com"))
		if _, after := arrow.Status(err); (i == 0) != (err == nil) || (i == 1) != (after > time.Minute) {
			t.Errorf("process %d: %v, not before %v", i, err, after)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	if far.Asked() != 1 {
		t.Errorf("asked %d times", far.Asked())
	}
}

func TestConfig_PostByAll(t *testing.T) {
	down := outcometest.Serve(t, outcometest.Answer(http.StatusUnauthorized, ""))
	mails := outcometest.Serve(t, outcometest.Answer(http.StatusOK, `{"id":"<1@mg.example.com>"}`))
	texts := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, token, _ := r.BasicAuth(); token != "5ecret" || r.FormValue("StatusCallback") != "https://hooks.example.com/webhooks/twilio?tourbillon_id=0123456789abcdef0123456789abcdef" {
			t.Errorf("Twilio is asked with another token, or to tell %s", r.FormValue("StatusCallback"))
		}
		outcometest.Answer(http.StatusCreated, `{"sid":"SM1"}`)(w, r)
	})
	pushes := outcometest.Serve(t, outcometest.Answer(http.StatusOK, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`))
	o := openOffice(t, slices.Concat(sendGridSet, mailgunSet, twilioSet, snsSet, []string{
		"SENDGRID_API_URL", down.URL, "MAILGUN_API_BASE", mails.URL, "TWILIO_API_URL", texts.URL, "AWS_ENDPOINT_URL_SNS", pushes.URL,
		"TOURBILLON_WEBHOOK_URL", "https://hooks.example.com",
	})...)
	for _, c := range []struct{ channel, to, id string }{
		{"mail", "ada@example.com", "1@mg.example.com"}, {"text", phone, "SM1"}, {"push", device, "1"},
	} {
		if r, err := o.Send(t.Context(), message(c.channel, c.to)); err != nil || r.ID != c.id {
			t.Errorf("%s: %+v, %v", c.channel, r, err)
		}
	}
	want := map[string]float64{"mail not_sent sendgrid": 1, "mail accepted mailgun": 1, "text accepted twilio": 1, "push accepted sns": 1}
	if diff := cmp.Diff(want, o.counted(t)); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	for _, secret := range []string{"5ecret", "ada@", phone, device} {
		if strings.Contains(o.log.String(), secret) {
			t.Errorf("%q is told: %s", secret, o.log.String())
		}
	}
	if n := o.kept(t); n != 0 {
		t.Errorf("%d messages are in the mailbox", n)
	}
}
