package booking_test

import (
	"testing"

	"tourbillon/internal/booking"
)

// paying is a payment asked one thing, step by step.
type paying struct {
	t   *testing.T
	p   booking.Payment
	ask booking.Ask
}

func charging(t *testing.T) *paying {
	return &paying{t: t, ask: booking.Ask{Wish: booking.WishCharge, Booking: bought()}}
}

// asks begins another delivery.
func (c *paying) asks(w booking.Wish) *paying {
	c.ask.Wish = w
	return c
}

// undoes begins the delivery of an undo that owes half.
func (c *paying) undoes() *paying {
	c.ask.Undo = booking.Undo{Due: eur(6750), Status: booking.StatusCancelled, Reason: booking.ReasonCustomer}
	return c.asks(booking.WishRefund)
}

// calls takes a step, and checks which call it is, "" for none.
func (c *paying) calls(verb booking.Verb, key string, word ...booking.Word) *paying {
	c.t.Helper()
	var said *booking.Word
	if len(word) > 0 {
		said = &word[0]
	}
	p, call := c.p.Next(c.ask, said, noon)
	c.p = p
	if call == nil {
		call = &booking.Call{}
	}
	if call.Verb != verb || call.Key != key {
		c.t.Fatalf("it calls %q under %q, want %q under %q", call.Verb, call.Key, verb, key)
	}
	return c
}

func (c *paying) silent(word ...booking.Word) *paying {
	c.t.Helper()
	return c.calls("", "", word...)
}

func says(s booking.IntentStatus, code ...string) booking.Word {
	w := booking.Word{Intent: "pi-1", Status: s}
	if len(code) > 0 {
		w.Code = code[0]
	}
	return w
}

// paid is a payment that was paid at its first attempt.
func paid(t *testing.T) *paying {
	return charging(t).
		calls(booking.VerbCreate, "a:1:create").
		calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
		silent(says(booking.WordSucceeded))
}

func TestPayment_Charge(t *testing.T) {
	t.Run("a card that answers at once", func(t *testing.T) {
		same(t, paid(t).p, booking.Payment{
			Booking: bought(), Version: 1, Attempts: []booking.Attempt{{State: booking.AttemptPaid, Intent: "pi-1"}},
			Succeeded: &booking.Said{Version: 1, At: noon, Attempt: 1, Status: booking.StatusOnHold, Intent: "pi-1", Amount: new(eur(13500))},
		})
	})
	t.Run("a free booking is paid without anybody being asked", func(t *testing.T) {
		c := charging(t)
		c.ask.Booking.Price = eur(0)
		same(t, c.silent().p.Succeeded, &booking.Said{Version: 1, At: noon, Status: booking.StatusOnHold, Amount: new(eur(0))})
		same(t, c.undoes().silent().p.Voided.Amount, new(eur(0)))
	})
	t.Run("without a price nothing is begun", func(t *testing.T) {
		for _, w := range []booking.Wish{booking.WishCharge, booking.WishSettle} {
			c := charging(t).asks(w)
			c.ask.Booking = party("a", 3)
			same(t, c.silent().p, booking.Payment{})
		}
	})
	t.Run("a slow method is initiated, said once, and settled later", func(t *testing.T) {
		c := charging(t).
			calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
			silent(says(booking.WordProcessing))
		first := c.p.Initiated
		same(t, first.Version, uint64(1))
		c.silent()
		c.asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").silent(says(booking.WordProcessing))
		c.calls(booking.VerbGet, "a:1:get").silent(says(booking.WordSucceeded))
		same(t, c.p.Initiated, first)
		same(t, c.p.Succeeded.Version, uint64(2))
	})
	t.Run("a settle of what was never begun takes the charge up", func(t *testing.T) {
		charging(t).asks(booking.WishSettle).calls(booking.VerbCreate, "a:1:create")
	})
	t.Run("a word for nobody changes nothing but what was asked", func(t *testing.T) {
		c := charging(t).calls(booking.VerbCreate, "a:1:create", says(booking.WordSucceeded))
		same(t, c.p.Attempts, []booking.Attempt{{State: booking.AttemptBegun}})
	})
	t.Run("a dispute is told once, and what is paid stays so", func(t *testing.T) {
		c := paid(t).asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get")
		w := says(booking.WordSucceeded)
		w.Disputed = true
		c.silent(w)
		same(t, c.p.Disputed, &booking.Said{Version: 2, At: noon, Attempt: 1, Status: booking.StatusConfirmed, Intent: "pi-1", Amount: new(eur(13500))})
		before := c.p
		same(t, c.calls(booking.VerbGet, "a:1:get").silent(w).p, before)
	})
}

func TestPayment_Charge_Declined(t *testing.T) {
	for code, why := range map[string]booking.Reason{
		"do_not_honor": booking.ReasonCardDeclined, "insufficient_funds": booking.ReasonInsufficientFunds, "": booking.ReasonCardDeclined,
	} {
		t.Run("a card declined for "+code+" is not tried again", func(t *testing.T) {
			c := charging(t).
				calls(booking.VerbCreate, "a:1:create").
				calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
				silent(says(booking.WordDeclined, code))
			same(t, c.p.Failed, &booking.Said{Version: 1, At: noon, Attempt: 1, Status: booking.StatusOnHold, Reason: why, Code: code, Intent: "pi-1"})
			before := c.p
			same(t, c.silent().asks(booking.WishSettle).silent().p, before)
		})
	}
	for _, code := range []string{"processing_error", "try_again_later", "issuer_not_available", "reenter_transaction"} {
		t.Run("a network in the way ("+code+") is tried three times", func(t *testing.T) {
			c := charging(t).calls(booking.VerbCreate, "a:1:create")
			c.calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed))
			c.calls(booking.VerbCancel, "a:1:cancel", says(booking.WordDeclined, code)) // a sleeping worker could still confirm it
			c.calls(booking.VerbCreate, "a:2:create", says(booking.WordCancelled))
			c.calls(booking.VerbCreate, "a:3:create", booking.Word{Status: booking.WordDeclined, Code: code}) // at create already
			c.calls(booking.VerbConfirm, "a:3:confirm", booking.Word{Status: booking.WordUnconfirmed, Intent: "pi-3"})
			c.silent(booking.Word{Status: booking.WordDeclined, Intent: "pi-3", Code: code})
			same(t, c.p.Attempts, []booking.Attempt{
				{State: booking.AttemptCancelled, Intent: "pi-1", Code: code},
				{State: booking.AttemptDeclined, Code: code},
				{State: booking.AttemptDeclined, Intent: "pi-3", Code: code},
			})
			same(t, []any{c.p.Failed.Attempt, c.p.Failed.Intent, c.p.Failed.Code}, []any{3, "pi-3", code})
		})
	}
	t.Run("what the provider cancelled has failed", func(t *testing.T) {
		c := charging(t).calls(booking.VerbCreate, "a:1:create").silent(says(booking.WordCancelled))
		same(t, []any{c.p.Failed.Reason, c.p.Failed.Code}, []any{booking.ReasonCardDeclined, "canceled"})
		same(t, c.undoes().silent().p.Voided.Amount, new(eur(0)))
	})
}

// At each call the worker may crash before or after it; the next delivery
// does not know, and goes on safely.
func TestPayment_Charge_Crashed(t *testing.T) {
	t.Run("at create, it is made again under its key", func(t *testing.T) {
		charging(t).calls(booking.VerbCreate, "a:1:create").calls(booking.VerbCreate, "a:1:create")
	})
	t.Run("at confirm, it is looked up before anything else", func(t *testing.T) {
		c := charging(t).calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
			calls(booking.VerbGet, "a:1:get")
		c.calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)). // it never arrived
			calls(booking.VerbGet, "a:1:get").
			silent(says(booking.WordSucceeded))
	})
	t.Run("a provider that knows of no such attempt is asked to make it, without the old id", func(t *testing.T) {
		c := charging(t).calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
			calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbCreate, "a:1:create", booking.Word{Status: booking.WordUnknown})
		same(t, c.p.Attempts, []booking.Attempt{{State: booking.AttemptBegun}})
		if _, call := c.p.Next(c.ask, nil, noon); call.Intent != "" {
			t.Errorf("it names %s", call.Intent)
		}
	})
}

func TestPayment_Paid(t *testing.T) {
	for _, w := range []booking.Word{
		says(booking.WordUnconfirmed), says(booking.WordUnknown), says(booking.WordProcessing), says(booking.WordCancelled),
		says(booking.WordDeclined, "do_not_honor"), says(booking.WordDeclined, "try_again_later"), {},
	} {
		t.Run("a provider that says "+string(w.Status)+" "+w.Code+" later does not charge again", func(t *testing.T) {
			before := paid(t).p
			c := paid(t).asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").silent(w)
			same(t, c.p, before)
			t.Run("and can still be asked for a refund", func(t *testing.T) {
				c.undoes().calls(booking.VerbRefund, "a:1:refund-1")
			})
		})
	}
}
