package main

import (
	"errors"
	"fmt"
	"net/mail"
	"strconv"

	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/provider/sns"
	"tourbillon/internal/provider/twilio"
)

// posting is who sends messages, each empty where nothing is set: the mailbox
// takes what nobody sends.
type posting struct {
	SendGrid sendgrid.Settings
	Mailgun  mailgun.Settings
	Twilio   twilio.Settings // its token is the first of those that sign webhooks
	SNS      sns.Settings
	Rates    map[string]float64 // messages per second, by provider; none: as many as there are
}

// postSettings are of who sends messages.
var postSettings = []setting{
	{name: "SENDGRID_API_KEY", means: "mail by SendGrid, with SENDGRID_FROM_EMAIL; unset: by who else is set, or the mailbox", secret: true,
		take: func(c *config, v string) error { c.SendGrid.Key = v; return nil }},
	{name: "SENDGRID_FROM_EMAIL", means: "who writes: an address that SendGrid has verified, such as Tours <tours@example.com>",
		take: func(c *config, v string) error { return writer(&c.SendGrid.From, v) }},
	{name: "SENDGRID_API_URL", means: "another address of SendGrid's API, such as https://api.eu.sendgrid.com; unset: the global one",
		take: func(c *config, v string) error { return api(&c.SendGrid.URL, v) }},
	{name: "SENDGRID_RATE", means: "messages per second that SendGrid is asked to send at most, by all processes with the same Redis together, or by each; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("sendgrid", v) }},
	{name: "MAILGUN_API_KEY", means: "mail by Mailgun, with MAILGUN_DOMAIN and MAILGUN_FROM_EMAIL: where SendGrid is set too, what that does not send; unset: by who else is set, or the mailbox", secret: true,
		take: func(c *config, v string) error { c.Mailgun.Key = v; return nil }},
	{name: "MAILGUN_DOMAIN", means: "the domain that Mailgun sends from, such as mg.example.com",
		take: func(c *config, v string) error { c.Mailgun.Domain = v; return nil }},
	{name: "MAILGUN_FROM_EMAIL", means: "who writes by Mailgun, such as Tours <tours@mg.example.com>",
		take: func(c *config, v string) error { return writer(&c.Mailgun.From, v) }},
	{name: "MAILGUN_API_BASE", means: "another address of Mailgun's API, such as https://api.eu.mailgun.net; unset: the one in the US",
		take: func(c *config, v string) error { return api(&c.Mailgun.Base, v) }},
	{name: "MAILGUN_RATE", means: "messages per second that Mailgun is asked to send at most, by all processes with the same Redis together, or by each; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("mailgun", v) }},
	{name: "TWILIO_ACCOUNT_SID", means: "text messages by Twilio, with TWILIO_AUTH_TOKEN and who writes; unset: the mailbox",
		take: func(c *config, v string) error { c.Twilio.Account = v; return nil }},
	{name: "TWILIO_PHONE_NUMBER", means: "who writes: a number such as +15005550006, a short code or a name",
		take: func(c *config, v string) error { c.Twilio.Number = v; return nil }},
	{name: "TWILIO_MESSAGING_SERVICE_SID", means: "who writes, instead of a number: a messaging service, MG...",
		take: func(c *config, v string) error { c.Twilio.Service = v; return nil }},
	{name: "TWILIO_API_URL", means: "another address that speaks as Twilio's API does, for tests; unset: Twilio's",
		take: func(c *config, v string) error { return api(&c.Twilio.URL, v) }},
	{name: "TWILIO_RATE", means: "messages per second that Twilio is asked to send at most, by all processes with the same Redis together, or by each; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("twilio", v) }},
	{name: "AWS_REGION", means: "where Amazon SNS is asked, such as eu-west-1",
		take: func(c *config, v string) error { c.SNS.Region = v; return nil }},
	{name: "AWS_ACCESS_KEY_ID", means: "pushes by Amazon SNS, with AWS_SECRET_ACCESS_KEY and AWS_REGION: the key must be allowed sns:Publish to endpoints; unset: the mailbox",
		take: func(c *config, v string) error { c.SNS.ID = v; return nil }},
	{name: "AWS_SECRET_ACCESS_KEY", means: "of that key", secret: true,
		take: func(c *config, v string) error { c.SNS.Secret = v; return nil }},
	{name: "AWS_SESSION_TOKEN", means: "of that key, where it is one that ends; unset: it does not", secret: true,
		take: func(c *config, v string) error { c.SNS.Session = v; return nil }},
	{name: "AWS_ENDPOINT_URL_SNS", means: "another address that speaks as SNS does, for tests; unset: the region's",
		take: func(c *config, v string) error { return api(&c.SNS.URL, v) }},
	{name: "AWS_SNS_RATE", means: "messages per second that SNS is asked to push at most, by all processes with the same Redis together, or by each; unset: as many as there are",
		take: func(c *config, v string) error { return c.rate("sns", v) }},
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

// api takes over the address of a provider's API.
func api(at *string, v string) error {
	if v != "" && elsewhere(at, v) != nil {
		return errors.New("not a URL: set one such as https://api.example.com")
	}
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
