package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tourbillon/functions/webhook"
	"tourbillon/internal/operator"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// late is when the sandbox decides a payment that it had left open.
const late = 5 * time.Second

// messages is a message provider whose mail can be looked at.
type messages interface {
	record.Messages
	operator.Mailbox
}

// absolute reports whether an address says all of where something is.
func absolute(v string) bool {
	u, err := url.Parse(v)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// elsewhere takes over the address of a provider that runs elsewhere.
func elsewhere(at *string, v string) error {
	if v != "" && !absolute(v) {
		return errors.New("not a URL: set what `tourbillon sandbox` printed, such as http://127.0.0.1:3010")
	}
	*at = strings.TrimRight(v, "/")
	return nil
}

// providers are those of the settings: with their books in these records, or
// elsewhere. Without a sandbox, books is nil.
func (c config) providers(ctx context.Context, r *store.Records, log *slog.Logger) (pays payments, books sandbox.Payments, tells messages, err error) {
	tells = mailbox.New(r, now)
	if c.Mailbox != "" {
		tells = mailbox.Remote{At: c.at(c.Mailbox)}
	}
	switch {
	case c.Stripe != "":
		pays, err = c.real(ctx, log)
		return pays, nil, tells, err
	case c.Sandbox != "":
		books = sandbox.Remote{At: c.at(c.Sandbox)}
	default:
		books = newSandbox(r)
	}
	return sandboxed{books}, books, tells, nil
}

// payments is a payment provider that knows whose its intents are.
type payments interface {
	record.Payments
	webhook.Payments
}

// sandboxed is a sandbox as a webhook asks it.
type sandboxed struct{ sandbox.Payments }

// Booking implements [webhook.Payments].
func (s sandboxed) Booking(ctx context.Context, intent string) (string, error) {
	all, err := s.Ledger(ctx)
	for _, i := range all {
		if i.ID == intent {
			return i.BookingID, err
		}
	}
	return "", err
}

// checkTime bounds how long the start waits for Stripe to say whether it knows
// the key.
const checkTime = 5 * time.Second

// real is Stripe. A key that it refuses is said at once; that it does not answer
// is no reason not to start.
func (c config) real(ctx context.Context, log *slog.Logger) (payments, error) {
	s := stripe.New(stripe.Settings{Key: c.Stripe, URL: c.StripeAPI, Return: c.returning})
	if c.Child { // its parent has asked
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	switch err := s.Check(ctx); {
	case errors.Is(err, stripe.ErrKeyUnknown):
		return nil, errors.New("STRIPE_SECRET_KEY: Stripe does not know this key: was it rolled, or is it another account's?")
	case errors.Is(err, stripe.ErrKeyForbidden):
		return nil, errors.New("STRIPE_SECRET_KEY: the key may not read payment intents: give it the right to read and write PaymentIntents and Refunds")
	case err != nil:
		log.Warn("Stripe does not say whether it knows the key: payments wait until it answers", "err", err)
	}
	if c.live() && len(c.StripeHooks) == 0 {
		log.Warn("STRIPE_WEBHOOK_SECRET is not set: what Stripe decides later is known only when its deadline has passed")
	}
	return s, nil
}

func newSandbox(r *store.Records) *sandbox.Sandbox {
	return sandbox.New(r, sandbox.Settings{Now: now, Sleep: sleep, Slow: lease + deadline, Late: late})
}

func (c config) at(u string) remote.Client {
	return remote.Client{URL: u, Token: c.Token, HTTP: &http.Client{
		CheckRedirect: client.CheckRedirect, Transport: client.Transport,
	}}
}
