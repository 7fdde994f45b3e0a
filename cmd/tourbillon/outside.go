package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
)

// outside is the providers that are real, and how their word comes in; each
// empty where something embedded stands for it, or nothing comes in.
type outside struct {
	Stripe       string   // the secret key
	keyless      bool     // what was set as the key is none, which is said already
	StripeAPI    string   // URL of the API; empty: Stripe's
	StripeReturn string   // the page that a bank sends customers back to, with {booking} in it
	BookingPage  string   // that on which they look at a booking, likewise; empty: there is none
	StripeHooks  []string // the signing secrets of its webhooks
	SendGridKeys []string // the public keys that sign its webhooks
	MailgunKeys  []string // the signing keys of its webhooks
	TwilioTokens []string // the auth tokens that sign its webhooks
	Topics       []string // ARNs of the SNS topics that may speak
	HooksURL     string   // where /webhooks is reached, if not below the public door
	Origins      []string // who may post CloudEvents after a handshake
}

// outsideSettings are of the world outside.
var outsideSettings = []setting{
	{name: "STRIPE_SECRET_KEY", means: "real payments: a key that begins with sk_test_ or sk_live_; unset: the sandbox, where no money moves", secret: true,
		take: func(c *config, v string) error { return c.stripe(v) }},
	{name: "STRIPE_API_URL", means: "another address that speaks as Stripe's API does, for tests; unset: Stripe's",
		take: func(c *config, v string) error { return elsewhere(&c.StripeAPI, v) }},
	{name: "TOURBILLON_BOOKING_URL", means: "the page of yours on which customers look at their booking, such as https://shop.example.com/orders/{booking}; unset: messages lead to none",
		take: func(c *config, v string) error { return page(&c.BookingPage, v) }},
	{name: "STRIPE_RETURN_URL", means: "the page that a bank sends customers back to, such as https://shop.example.com/orders/{booking}; unset: TOURBILLON_BOOKING_URL, or the booking, below TOURBILLON_PUBLIC_URL",
		take: func(c *config, v string) error { return page(&c.StripeReturn, v) }},
	{name: "STRIPE_WEBHOOK_SECRET", means: "what signs Stripe's webhooks (whsec_...), several separated by commas while one is rolled; unset: none is taken", secret: true,
		take: func(c *config, v string) error { return c.hookSecrets(v) }},
	{name: "SENDGRID_WEBHOOK_KEY", means: "the public key that SendGrid's webhooks are signed for, several separated by commas; unset: none is taken",
		take: func(c *config, v string) error { c.SendGridKeys = several(v); return nil }},
	{name: "MAILGUN_WEBHOOK_KEY", means: "the signing key of Mailgun's webhooks, several separated by commas; unset: none is taken", secret: true,
		take: func(c *config, v string) error { c.MailgunKeys = several(v); return nil }},
	{name: "TWILIO_AUTH_TOKEN", means: "what signs Twilio's webhooks, several separated by commas, and needs TOURBILLON_PUBLIC_URL; with TWILIO_ACCOUNT_SID, the first is what we ask Twilio with; unset: none is taken", secret: true,
		take: func(c *config, v string) error { c.TwilioTokens = several(v); return nil }},
	{name: "AWS_SNS_TOPICS", means: "ARNs of the Amazon SNS topics that are taken, separated by commas; unset: none is",
		take: func(c *config, v string) error { c.Topics = several(v); return nil }},
	{name: "TOURBILLON_WEBHOOK_URL", means: "where providers reach /webhooks, if that is another host than the door's, such as https://hooks.example.com; unset: TOURBILLON_PUBLIC_URL",
		take: func(c *config, v string) error { return elsewhere(&c.HooksURL, v) }},
	{name: "TOURBILLON_WEBHOOK_ORIGINS", means: "who may ask to deliver CloudEvents to POST /events (the names that they send as WebHook-Request-Origin), separated by commas",
		take: func(c *config, v string) error { c.Origins = several(v); return nil }},
}

// several are the values between commas.
func several(v string) (all []string) {
	for one := range strings.SplitSeq(v, ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

func (c *config) stripe(v string) error {
	if v == "" {
		return nil
	}
	if err := stripe.CheckKey(v); err != nil {
		c.keyless = true
		return err // which does not have it in it
	}
	c.Stripe = v
	return nil
}

func (c *config) hookSecrets(v string) error {
	for _, s := range several(v) {
		if len(s) <= len("whsec_") || !strings.HasPrefix(s, "whsec_") {
			return errors.New("a secret of Stripe's begins with whsec_: take the signing secret of the endpoint")
		}
		c.StripeHooks = append(c.StripeHooks, s)
	}
	return nil
}

// forBooking stands for a booking's id in an address.
const forBooking = "{booking}"

// page takes over the address of a booking's page.
func page(to *string, v string) error {
	u, err := url.Parse(strings.ReplaceAll(v, forBooking, "id"))
	if v != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("not a URL: set one such as https://shop.example.com/orders/" + forBooking)
	}
	*to = v
	return nil
}

// live reports whether money moves.
func (o outside) live() bool { return stripe.Live(o.Stripe) }

// outsideErrors say what does not go together.
func (c *config) outsideErrors() (wrong []error) {
	if c.live() && c.Redis == "" {
		wrong = append(wrong, errors.New("STRIPE_SECRET_KEY: the key is live and records are in memory, so that who was charged would be forgotten: set REDIS_URL, or use a key that begins with sk_test_"))
	}
	if c.live() && !strings.HasPrefix(c.returning(""), "https://") {
		wrong = append(wrong, errors.New("STRIPE_SECRET_KEY: the key is live, and banks must send customers back to a page by https: set TOURBILLON_PUBLIC_URL or STRIPE_RETURN_URL to one that begins with https://"))
	}
	if c.live() && c.StripeAPI != "" {
		wrong = append(wrong, errors.New("STRIPE_API_URL: the key is live, and is told to nobody but Stripe: unset this, or use a key that begins with sk_test_"))
	}
	if c.Stripe != "" && c.Sandbox != "" {
		wrong = append(wrong, errors.New("TOURBILLON_SANDBOX_URL: payments are Stripe's by STRIPE_SECRET_KEY: unset one of them"))
	}
	if c.Stripe == "" && c.StripeAPI != "" && !c.keyless {
		wrong = append(wrong, errors.New("STRIPE_API_URL: payments are the sandbox's: set STRIPE_SECRET_KEY too, or unset this"))
	}
	if len(c.TwilioTokens) > 0 && c.hooksAt() == "" {
		wrong = append(wrong, errors.New("TWILIO_AUTH_TOKEN: Twilio signs the address that it calls, which no request can be believed about: set TOURBILLON_PUBLIC_URL, or TOURBILLON_WEBHOOK_URL"))
	}
	d := c.door()
	if c.hooksAt() == "" {
		d.Secrets.Twilio = nil // which is said above
	}
	if err := d.Check(); err != nil {
		wrong = append(wrong, fmt.Errorf("SENDGRID_WEBHOOK_KEY, TWILIO_AUTH_TOKEN or AWS_SNS_TOPICS: %w", err))
	}
	return wrong
}

// door is where providers post to, as far as settings say.
func (c *config) door() webhook.Door {
	d := webhook.Door{
		Topics:  c.Topics,
		Secrets: webhook.Secrets{Stripe: c.StripeHooks, SendGrid: c.SendGridKeys, Mailgun: c.MailgunKeys, Twilio: c.TwilioTokens},
	}
	d.PublicURL = c.hooksAt()
	return d
}

// hooksAt is what is before /webhooks in the address where providers post, or
// empty where that is not known.
func (c *config) hooksAt() string {
	switch {
	case c.HooksURL != "":
		return c.HooksURL
	case c.Public != nil:
		return strings.TrimRight(c.Public.String(), "/")
	}
	return ""
}

// returning is the page that a bank sends a booking's customer back to.
func (c *config) returning(booking string) string {
	return ofBooking(cmp.Or(c.StripeReturn, c.BookingPage, c.doorAt()+"bookings/"+forBooking), booking)
}

// shows is the page on which a booking's customer looks at it, or "".
func (c *config) shows(booking string) string { return ofBooking(c.BookingPage, booking) }

func ofBooking(page, booking string) string {
	return strings.ReplaceAll(page, forBooking, url.PathEscape(booking))
}

// doorAt is where customers reach the door, with a slash at the end.
func (c *config) doorAt() string {
	if c.Public != nil {
		return c.Public.String()
	}
	return strings.TrimRight(c.URL, "/") + "/"
}

// money says where payments are made, in words.
func (o outside) money() string {
	switch {
	case o.Stripe == "":
		return "sandbox: no money moves"
	case o.live():
		return "Stripe, live: money moves"
	case o.StripeAPI != "":
		return fmt.Sprintf("Stripe's API at %s, test key: no money moves", o.StripeAPI)
	}
	return "Stripe, test key: no money moves"
}

// standing is what a part of the system is.
type standing struct {
	Part string `json:"part"`
	On   string `json:"on"`
}

// standing tells of each part whether it is real or embedded.
func (c config) standing() []standing {
	pays := c.money()
	if c.Sandbox != "" {
		pays += ", at " + c.Sandbox
	}
	all := []standing{{"payments", pays}}
	for _, channel := range channels {
		all = append(all, standing{channel, c.told(channel)})
	}
	return append(all, standing{"servers", c.servers.String()})
}

// told says where the messages of a channel go, in words.
func (c config) told(channel string) string {
	who := c.sending(channel)
	switch {
	case who != "":
		return who + ": messages leave"
	case c.Mailbox != "":
		return "mailbox: nothing leaves, at " + c.Mailbox
	}
	return "mailbox: nothing leaves"
}

// hooked is where providers post their webhooks, over a system.
func (s system) hooked(to publisher, log *slog.Logger) webhook.Door {
	d := s.hooks
	d.Records, d.Broker, d.Now, d.Log = s.records, sink{to}, now, log
	d.Payments, d.Count = s.payments, s.metrics.Webhook
	d.Customer = func(email string) string { return s.request.CustomerID(booking.Customer{Email: email}) }
	d.Phone = s.request.PhoneID
	return d
}
