package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strconv"
	"strings"

	"tourbillon/internal/breaker"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/record"
)

// posting is who sends messages, each empty where nothing is set: the mailbox
// takes what nobody sends.
type posting struct {
	SendGrid sendgrid.Settings
	Mailgun  mailgun.Settings
	Rates    map[string]float64 // messages per second, by provider; none: as many as there are
}

// postSettings are of who sends messages.
var postSettings = []setting{
	{name: "SENDGRID_API_KEY", means: "mail by SendGrid, with SENDGRID_FROM_EMAIL; unset: by who else is set, or the mailbox", secret: true,
		take: func(c *config, v string) error { c.SendGrid.Key = v; return nil }},
	{name: "SENDGRID_FROM_EMAIL", means: "who writes: an address that SendGrid has verified, such as Tours <tours@example.com>",
		take: func(c *config, v string) error { return writer(&c.SendGrid.From, v) }},
	{name: "SENDGRID_API_URL", means: "another address of SendGrid's API, such as https://api.eu.sendgrid.com; unset: the global one",
		take: func(c *config, v string) error { return elsewhere(&c.SendGrid.URL, v) }},
	{name: "SENDGRID_RATE", means: "messages per second that SendGrid is asked to send at most, by each process; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("sendgrid", v) }},
	{name: "MAILGUN_API_KEY", means: "mail by Mailgun, with MAILGUN_DOMAIN and MAILGUN_FROM_EMAIL: where SendGrid is set too, what that does not send; unset: by who else is set, or the mailbox", secret: true,
		take: func(c *config, v string) error { c.Mailgun.Key = v; return nil }},
	{name: "MAILGUN_DOMAIN", means: "the domain that Mailgun sends from, such as mg.example.com",
		take: func(c *config, v string) error { c.Mailgun.Domain = v; return nil }},
	{name: "MAILGUN_FROM_EMAIL", means: "who writes by Mailgun, such as Tours <tours@mg.example.com>",
		take: func(c *config, v string) error { return writer(&c.Mailgun.From, v) }},
	{name: "MAILGUN_API_BASE", means: "another address of Mailgun's API, such as https://api.eu.mailgun.net; unset: the one in the US",
		take: func(c *config, v string) error { return elsewhere(&c.Mailgun.Base, v) }},
	{name: "MAILGUN_RATE", means: "messages per second that Mailgun is asked to send at most, by each process; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("mailgun", v) }},
}

// writer takes over who mail is from. It is not repeated: it may be anybody's.
func writer(to *string, v string) error {
	if v == "" {
		return nil
	}
	if _, err := mail.ParseAddress(v); err != nil {
		return errors.New("not an address of mail: set one such as Tours <tours@example.com>")
	}
	*to = v
	return nil
}

func (c *config) rate(provider, v string) error {
	if v == "" {
		return nil
	}
	rate, err := strconv.ParseFloat(v, 64)
	if err != nil || !(rate >= 0.001 && rate <= 100_000) { // nor is NaN
		return fmt.Errorf("%q is no rate: set messages per second, from 0.001 to 100000, such as 10", v)
	}
	if c.Rates == nil {
		c.Rates = map[string]float64{}
	}
	c.Rates[provider] = rate
	return nil
}

// rated is a provider's rate as a setting has it, empty if it has none.
func (c config) rated(provider string) string {
	if c.Rates[provider] == 0 {
		return ""
	}
	return strconv.FormatFloat(c.Rates[provider], 'g', -1, 64)
}

// set is a setting and what it is set to.
type set struct{ name, value string }

// sender is one who sends messages of one channel, as far as it is set.
type sender struct {
	name, is  string // its name in logs and metrics, and in sentences
	channel   string
	needs     []set // all of them, or it does not send
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
	}}
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
func (s sender) on() bool { return len(names(s.needs, false)) == 0 }

// wrong is what does not go together: settings without those that they need, and
// what the provider cannot work with.
func (s sender) wrong() error {
	given, missing := append(names(s.needs, true), names(s.may, true)...), names(s.needs, false)
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
// own, and the mailbox, behind the one given, for the channels of nobody.
func (c config) post(box record.Messages, guard *breaker.Breaker, m *metrics.Metrics, log *slog.Logger) (*post.Post, error) {
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
		if rate := c.Rates[s.name]; rate > 0 {
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
