package main

import (
	"context"
	"errors"
	"time"

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
