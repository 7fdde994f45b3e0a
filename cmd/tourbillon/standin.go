package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe/fake"
)

// standIn is a Stripe that is none, with its books open.
type standIn struct{ *fake.Fake }

// Ledger implements [sandbox.Books]. Amounts are as Stripe writes them.
func (s standIn) Ledger(context.Context) ([]sandbox.Intent, error) {
	asked := s.Requests()
	intents := s.Intents()
	all := make([]sandbox.Intent, 0, len(intents))
	for _, i := range intents {
		all = append(all, entered(i, asked))
	}
	return all, nil
}

// stripeWords are Stripe's words for how an intent stands, as ours.
var stripeWords = map[string]booking.IntentStatus{
	"requires_payment_method": booking.WordDeclined, "requires_confirmation": booking.WordUnconfirmed, "requires_action": booking.WordProcessing,
	"processing": booking.WordProcessing, "succeeded": booking.WordSucceeded, "canceled": booking.WordCancelled,
}

// refundWords are those for how a refund stands.
var refundWords = map[string]booking.RefundStatus{
	"succeeded": booking.RefundDone, "pending": booking.RefundPending, "failed": booking.RefundRefused, "canceled": booking.RefundRefused,
}

// entered is an intent as the sandbox would keep it.
func entered(i fake.Intent, asked map[string]int) sandbox.Intent {
	currency := strings.ToUpper(i.Currency)
	line := sandbox.Intent{
		ID: i.ID, BookingID: i.BookingID, Token: i.Method, Amount: booking.Money{Amount: i.Amount, Currency: currency},
		Status: stripeWords[i.Status], Code: i.Code, Confirms: i.Confirms, Disputed: i.Disputed, Requests: map[string]int{},
	}
	for _, r := range i.Refunds {
		line.Refunds = append(line.Refunds, sandbox.Refund{
			Key: r.Key, Amount: booking.Money{Amount: r.Amount, Currency: currency}, Status: refundWords[r.Status],
		})
	}
	for key, n := range asked {
		if strings.HasPrefix(key, i.BookingID+":") {
			line.Requests[key] = n
		}
	}
	return line
}

// Authenticate implements [sandbox.Books].
func (s standIn) Authenticate(ctx context.Context, intent string, shown *bool) (booking.Word, error) {
	if shown != nil {
		_ = s.Fake.Authenticate(intent, *shown) // where nobody waits for them, that is told below
	}
	all, err := s.Ledger(ctx)
	for i, line := range all {
		if line.ID == intent {
			w := booking.Word{Intent: intent, Status: line.Status}
			if s.Intents()[i].Status == "requires_action" {
				w.Action = &booking.Action{Type: booking.ActionRedirect}
			}
			return w, err
		}
	}
	return booking.Word{Status: booking.WordUnknown}, err
}

// Dispute implements [sandbox.Books].
func (s standIn) Dispute(_ context.Context, intent string) error { return s.Fake.Dispute(intent) }

// shelves are several books as one.
type shelves []sandbox.Books

// Ledger implements [sandbox.Books].
func (s shelves) Ledger(ctx context.Context) (all []sandbox.Intent, err error) {
	for _, b := range s {
		some, e := b.Ledger(ctx)
		all, err = append(all, some...), errors.Join(err, e)
	}
	return all, err
}

// Authenticate implements [sandbox.Books].
func (s shelves) Authenticate(ctx context.Context, intent string, shown *bool) (w booking.Word, err error) {
	for _, b := range s {
		if w, err = b.Authenticate(ctx, intent, shown); err != nil || w.Status != booking.WordUnknown {
			break
		}
	}
	return w, err
}

// Dispute implements [sandbox.Books].
func (s shelves) Dispute(ctx context.Context, intent string) (err error) {
	for _, b := range s {
		if err = b.Dispute(ctx, intent); err == nil {
			break
		}
	}
	return err
}

// mishap is what goes wrong with the next calls of Stripe's API that it is for.
type mishap struct {
	Method string `json:"method"` // empty: any
	Path   string `json:"path"`   // a pattern, as /v1/payment_intents/*/confirm; empty: any
	Times  int    `json:"times"`  // how many; 0: one
	Status int    `json:"status"` // answered, and nothing is done
	Lose   bool   `json:"lose"`   // it is done, and the answer is lost
	Later  string `json:"later"`  // the answer is lost, and it is done after that time, as 3s
}

// fail has a mishap happen.
func (s standIn) fail(m mishap) error {
	f := fake.Fault{Method: m.Method, Path: m.Path, Times: m.Times, Status: m.Status, Lose: m.Lose}
	if m.Later != "" {
		var err error
		if f.Later, err = time.ParseDuration(m.Later); err != nil {
			return err
		}
	}
	s.Fail(f)
	return nil
}

// caller posts the stand-in's events to a system, signed as Stripe's are, and
// again until they are taken. What happens before it knows where waits.
type caller struct {
	secret string
	events chan []byte
	log    *slog.Logger

	mu    sync.Mutex
	hooks hooks
}

// hooks is where events are posted, and how.
type hooks struct {
	To    string `json:"to"`    // a system; empty: they wait
	Twice bool   `json:"twice"` // each is posted again after it was taken
}

// What the caller keeps, how often it tries each, and what it waits between.
const (
	callsKept  = 10_000
	callTries  = 60
	callAgain  = time.Second
	callWaits  = 100 * time.Millisecond
	callAnswer = 10 * time.Second
)

func newCaller(to, secret string, log *slog.Logger) *caller {
	return &caller{hooks: hooks{To: to}, secret: secret, events: make(chan []byte, callsKept), log: log}
}

// set is where events go from now on.
func (c *caller) set(h hooks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks = h
}

func (c *caller) where() hooks {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hooks
}

// emit takes an event that is to be told. Whoever is told nothing for long loses
// some, as with Stripe.
func (c *caller) emit(body []byte) {
	select {
	case c.events <- bytes.Clone(body):
	default:
		c.log.Warn("a webhook is lost: too many wait to be taken")
	}
}

// run posts until ctx ends.
func (c *caller) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case body := <-c.events:
			c.tell(ctx, body)
		}
	}
}

func (c *caller) tell(ctx context.Context, body []byte) {
	var err error
	for tries := 0; tries < callTries && ctx.Err() == nil; {
		to, wait := c.where(), callAgain
		switch {
		case to.To == "":
			wait = callWaits
		default:
			tries++
			if err = c.post(ctx, to.To, body); err == nil && to.Twice {
				err = c.post(ctx, to.To, body)
			}
			if err == nil {
				return
			}
		}
		_ = sleep(ctx, wait) // which the loop looks at
	}
	if ctx.Err() == nil {
		c.log.Warn("a webhook is given up", "err", err)
	}
}

func (c *caller) post(ctx context.Context, to string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callAnswer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(to, "/")+"/webhooks/stripe", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Stripe-Signature", webhook.SignStripe(c.secret, body, now()))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, most))
	if resp.StatusCode/100 != 2 {
		err = fmt.Errorf("it was answered %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}
