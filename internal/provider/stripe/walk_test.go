package stripe_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe/fake"
)

// deliver walks one delivery of a wish as the arrow does, and keeps what was
// learned.
func (b *bank) deliver(p booking.Payment, a booking.Ask, token string) booking.Payment {
	b.t.Helper()
	p, c := p.Next(a, nil, b.now)
	for calls := 0; c != nil; calls++ {
		if calls == 12 {
			b.t.Fatalf("asked without end: %+v", c)
		}
		w, err := b.act(b.t.Context(), *c, token)
		if err != nil {
			return p
		}
		p, c = p.Next(a, &w, b.now)
	}
	return p
}

func (b *bank) act(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	switch c.Verb {
	case booking.VerbCreate:
		return b.Create(ctx, c, token)
	case booking.VerbConfirm:
		return b.Confirm(ctx, c)
	case booking.VerbCancel:
		return b.Cancel(ctx, c)
	case booking.VerbRefund:
		return b.Refund(ctx, c)
	}
	return b.Get(ctx, c)
}

// trouble is a fault, or none.
func trouble(dice *rand.Rand) (faults []fake.Fault) {
	some := []fake.Fault{
		{Lose: true}, {Refuse: true}, {Status: 500}, {Status: 500, Done: true}, {Status: 503}, {Status: 429, After: time.Second},
		{Status: 409}, {Later: 30 * time.Second}, {Body: "<html>"},
	}
	for range dice.IntN(3) {
		faults = append(faults, some[dice.IntN(len(some))])
	}
	return faults
}

func TestPayment_WhateverFails_WhatIsSaidIsWhatWasTaken(t *testing.T) {
	methods := []string{
		"pm_card_visa", "pm_card_visa", "pm_fake_tryAgain", "pm_card_visa_chargeDeclined", "pm_fake_delayed", "pm_fake_delayedFails",
		"pm_card_pendingRefund", "pm_fake_refundRefused", "pm_card_authenticationRequired", "pm_nobody",
	}
	price := booking.Money{Amount: 9000, Currency: "EUR"}
	for seed := range uint64(400) {
		dice := rand.New(rand.NewPCG(seed, seed))
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			b, token, due := open(t), methods[dice.IntN(len(methods))], int64(dice.IntN(2))*4500+4500
			var p booking.Payment
			of := booking.Booking{ID: "booking-2", Price: price}
			undo := booking.Undo{Due: booking.Money{Amount: due, Currency: "EUR"}, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer}
			wish, undone := booking.WishCharge, dice.IntN(2) == 1
			for n := range 40 {
				if n < 12 {
					b.fake.Fail(trouble(dice)...)
				}
				if n == 6 && undone {
					wish = booking.WishRefund
				}
				p = b.deliver(p, booking.Ask{Wish: wish, Booking: of, Undo: undo}, token)
				if dice.IntN(3) == 0 {
					for _, i := range b.fake.Intents() {
						_ = b.fake.Authenticate(i.ID, dice.IntN(4) > 0) // no bank asks, mostly
					}
				}
				if wish = booking.WishSettle; n < 6 && dice.IntN(2) == 0 {
					wish = booking.WishCharge
				}
				b.now = b.now.Add(time.Duration(dice.IntN(90)) * time.Second)
				if n > 30 {
					b.now = b.now.Add(12 * time.Hour) // and the keys are forgotten
				}
			}
			b.adds(p, undone, due)
		})
	}
}

// adds checks that the ledger holds what the payment says.
func (b *bank) adds(p booking.Payment, undone bool, due int64) {
	b.t.Helper()
	charges := 0
	for _, i := range b.fake.Intents() {
		charges += i.Charges
	}
	taken, want := b.fake.Taken()["eur"], int64(0)
	switch {
	case p.Refunded != nil:
		want = price.Amount - due
	case p.Voided != nil, p.Failed != nil && p.Undo == nil:
	case p.Succeeded != nil && !undone:
		want = price.Amount
	default:
		b.t.Errorf("nothing is settled: %+v", p)
	}
	if taken != want || charges > 1 {
		b.t.Errorf("%d was taken in %d charges, want %d: %+v\n%+v", taken, charges, want, p, b.fake.Intents())
	}
}
