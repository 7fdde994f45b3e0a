package main

import (
	"fmt"
	"log/slog"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/provider/sns"
	"tourbillon/internal/provider/twilio"
	"tourbillon/internal/record"
	"tourbillon/internal/store/redis"
)

// set is a setting and what it is set to.
type set struct{ name, value string }

// sender is one who sends messages of one channel, as far as it is set.
type sender struct {
	name, is  string // its name in logs and metrics, and in sentences
	channel   string
	needs     []set // all of them, or it does not send
	also      []set // needed too, and set for other reasons as well
	may       []set // only with the others
	elsewhere string
	open      func() (record.Messages, error)
}

// channels are the ways by which customers are told.
var channels = []string{"mail", "text", "push"}

// senders are all that there are, the first choice of each channel first.
func (c config) senders() []sender {
	return []sender{{
		name: "sendgrid", is: "SendGrid", channel: "mail",
		needs:     []set{{"SENDGRID_API_KEY", c.SendGrid.Key}, {"SENDGRID_FROM_EMAIL", c.SendGrid.From}},
		may:       []set{{"SENDGRID_API_URL", c.SendGrid.URL}, {"SENDGRID_RATE", c.rated("sendgrid")}},
		elsewhere: c.SendGrid.URL,
		open:      func() (record.Messages, error) { return sendgrid.New(c.SendGrid) },
	}, {
		name: "mailgun", is: "Mailgun", channel: "mail",
		needs:     []set{{"MAILGUN_API_KEY", c.Mailgun.Key}, {"MAILGUN_DOMAIN", c.Mailgun.Domain}, {"MAILGUN_FROM_EMAIL", c.Mailgun.From}},
		may:       []set{{"MAILGUN_API_BASE", c.Mailgun.Base}, {"MAILGUN_RATE", c.rated("mailgun")}},
		elsewhere: c.Mailgun.Base,
		open:      func() (record.Messages, error) { return mailgun.New(c.Mailgun) },
	}, c.twilio(), {
		name: "sns", is: "Amazon SNS", channel: "push",
		needs:     []set{{"AWS_ACCESS_KEY_ID", c.SNS.ID}, {"AWS_SECRET_ACCESS_KEY", c.SNS.Secret}},
		also:      []set{{"AWS_REGION", c.SNS.Region}},
		may:       []set{{"AWS_ENDPOINT_URL_SNS", c.SNS.URL}, {"AWS_SNS_RATE", c.rated("sns")}},
		elsewhere: c.SNS.URL,
		open:      func() (record.Messages, error) { return sns.New(c.SNS) },
	}}
}

// twilio has its token from the webhooks', of which the first is to be the one
// that is not on its way out, and its door from where we are reached.
func (c config) twilio() sender {
	s := c.Twilio
	if len(c.TwilioTokens) > 0 {
		s.Token = c.TwilioTokens[0]
	}
	s.Public = c.hooksAt()
	writer := set{"TWILIO_PHONE_NUMBER", s.Number}
	if s.Number == "" && s.Service != "" {
		writer = set{"TWILIO_MESSAGING_SERVICE_SID", s.Service}
	}
	return sender{
		name: "twilio", is: "Twilio", channel: "text",
		needs: []set{{"TWILIO_ACCOUNT_SID", s.Account}, writer}, also: []set{{"TWILIO_AUTH_TOKEN", s.Token}},
		may: []set{{"TWILIO_API_URL", s.URL}, {"TWILIO_RATE", c.rated("twilio")}}, elsewhere: s.URL,
		open: func() (record.Messages, error) { return twilio.New(s) },
	}
}

// names are the settings that are set, or that are not.
func names(all []set, given bool) (of []string) {
	for _, s := range all {
		if (s.value != "") == given {
			of = append(of, s.name)
		}
	}
	return of
}

// on reports whether it sends.
func (s sender) on() bool { return len(s.missing()) == 0 }

func (s sender) missing() []string { return append(names(s.needs, false), names(s.also, false)...) }

// wrong is what does not go together: settings without those that they need, and
// what the provider cannot work with.
func (s sender) wrong() error {
	given, missing := append(names(s.needs, true), names(s.may, true)...), s.missing()
	switch {
	case len(given) == 0:
		return nil
	case len(missing) > 0:
		return fmt.Errorf("%s: %s sends nothing without %s: set that too, or unset this",
			strings.Join(given, ", "), s.is, strings.Join(missing, " and "))
	}
	if _, err := s.open(); err != nil {
		return fmt.Errorf("%s: %w", s.needs[0].name, err)
	}
	return nil
}

// postErrors say what does not go together of who sends messages.
func (c config) postErrors() (wrong []error) {
	for _, s := range c.senders() {
		wrong = append(wrong, s.wrong())
		real := s.channel == booking.ChannelMail && s.on() && !strings.HasPrefix(s.elsewhere, "http://")
		if real && !strings.HasPrefix(c.doorAt(), "https://") {
			wrong = append(wrong, fmt.Errorf("%s: mail leads its readers to a page of their preferences, and mail programs to one click by https: set TOURBILLON_PUBLIC_URL to an address that begins with https://", strings.ToUpper(s.name)+"_API_KEY"))
		}
	}
	return wrong
}

// sending says who sends the messages of a channel, in words; empty is nobody
// but the mailbox.
func (c config) sending(channel string) string {
	var all []string
	for _, s := range c.senders() {
		switch {
		case s.channel != channel || !s.on():
		case s.elsewhere != "":
			all = append(all, s.is+" at "+s.elsewhere)
		default:
			all = append(all, s.is)
		}
	}
	return strings.Join(all, ", then ")
}

// post is who sends messages: those that are set, each behind a breaker of its
// own, and the mailbox, behind the one given, for the channels of nobody. Where
// there is a shared store, its turns are shared too.
func (c config) post(box record.Messages, guard *breaker.Breaker, shared *redis.Store, m *metrics.Metrics, log *slog.Logger) (*post.Post, error) {
	by := map[string][]post.Provider{}
	settings := c.Breaker
	settings.Log = log
	for _, s := range c.senders() {
		if !s.on() {
			continue
		}
		to, err := s.open()
		if err != nil {
			return nil, err
		}
		b := breaker.New(s.name, settings)
		m.Breaker(b)
		p := post.Provider{Name: s.name, Messages: breaker.Messages(b, to)}
		switch rate := c.Rates[s.name]; {
		case rate == 0: // as many as there are
		case shared != nil:
			p.Limit = shared.Turns(s.name, rate)
		default:
			p.Limit = post.PerSecond(rate)
		}
		by[s.channel] = append(by[s.channel], p)
	}
	for _, channel := range channels {
		if len(by[channel]) == 0 {
			by[channel] = []post.Provider{{Name: "mailbox", Messages: breaker.Messages(guard, box), Keyed: true}}
		}
	}
	return post.New(post.Settings{Channels: by, Log: log, Count: m.Message}), nil
}
