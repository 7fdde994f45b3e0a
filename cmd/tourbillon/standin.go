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

	"golang.org/x/sync/errgroup"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe/fake"
)

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

// fail has a mishap happen to a stand-in's calls.
func fail(acts *fake.Fake, m mishap) error {
	f := fake.Fault{Method: m.Method, Path: m.Path, Times: m.Times, Status: m.Status, Lose: m.Lose}
	if m.Later != "" {
		var err error
		if f.Later, err = time.ParseDuration(m.Later); err != nil {
			return err
		}
	}
	acts.Fail(f)
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
	callsKept   = 10_000
	callsAtOnce = 16
	callTries   = 60
	callAgain   = time.Second
	callWaits   = 100 * time.Millisecond
	callAnswer  = 10 * time.Second
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

// run posts until ctx ends, several at once: who waits for one does not hold up
// the others, and no order is kept.
func (c *caller) run(ctx context.Context) error {
	var all errgroup.Group
	for range callsAtOnce {
		all.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case body := <-c.events:
					c.tell(ctx, body)
				}
			}
		})
	}
	return all.Wait()
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
