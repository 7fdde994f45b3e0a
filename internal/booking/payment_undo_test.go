package booking_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

func undone(amount int64, attempt int, intent string) *booking.Said {
	return &booking.Said{
		At: noon, Attempt: attempt, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer,
		Intent: intent, Amount: new(eur(amount)),
	}
}

// voided checks that the undo ended without money having moved.
func (c *paying) voided(intent string) {
	c.t.Helper()
	want := undone(0, 1, intent)
	want.Version = c.p.Version
	same(c.t, c.p.Voided, want)
	before := c.p
	same(c.t, c.silent().asks(booking.WishCharge).silent().asks(booking.WishSettle).silent().p, before)
}

func TestPayment_Undo(t *testing.T) {
	made := func(t *testing.T) *paying { // confirm is out
		return charging(t).calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed))
	}
	t.Run("of nothing voids nothing, and no late charge follows", func(t *testing.T) {
		charging(t).undoes().silent().voided("")
	})
	t.Run("before any price is known is in no currency", func(t *testing.T) {
		c := charging(t).undoes()
		c.ask.Booking = party("a", 3)
		same(t, c.silent().p.Voided.Amount, &booking.Money{Currency: "XXX"})
	})
	t.Run("of one begun makes it under the same key, and cancels it", func(t *testing.T) {
		charging(t).calls(booking.VerbCreate, "a:1:create").undoes().
			calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbCancel, "a:1:cancel", says(booking.WordUnconfirmed)).
			silent(says(booking.WordCancelled)).voided("pi-1")
	})
	t.Run("of one begun that cannot be made is done", func(t *testing.T) {
		charging(t).calls(booking.VerbCreate, "a:1:create").undoes().
			calls(booking.VerbCreate, "a:1:create").
			silent(booking.Word{Status: booking.WordDeclined, Code: "no_token"}).voided("")
	})
	t.Run("of one that the provider forgot and will not make is done", func(t *testing.T) {
		made(t).undoes().calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbCreate, "a:1:create", booking.Word{Status: booking.WordUnknown}).
			silent(booking.Word{Status: booking.WordDeclined, Code: "no_token"}).voided("")
	})
	t.Run("of one confirming looks first, and cancels what was not taken", func(t *testing.T) {
		made(t).undoes().calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbCancel, "a:1:cancel", says(booking.WordUnconfirmed)).
			silent(says(booking.WordCancelled)).voided("pi-1")
	})
	t.Run("of one confirming looks first, and gives back what was taken", func(t *testing.T) {
		made(t).undoes().calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbRefund, "a:1:refund-1", says(booking.WordSucceeded))
	})
	t.Run("of one pending tries to cancel, and looks again later", func(t *testing.T) {
		c := made(t).silent(says(booking.WordProcessing)).undoes().
			calls(booking.VerbCancel, "a:1:cancel").silent(says(booking.WordProcessing))
		if c.p.Voided != nil || c.p.Refunded != nil {
			t.Errorf("%+v", c.p)
		}
		c.calls(booking.VerbCancel, "a:1:cancel").silent(says(booking.WordCancelled)).voided("pi-1")
	})
	t.Run("of one declined cancels its intent", func(t *testing.T) {
		made(t).silent(says(booking.WordDeclined, "do_not_honor")).undoes().
			calls(booking.VerbCancel, "a:1:cancel").silent(says(booking.WordCancelled)).voided("pi-1")
	})
	t.Run("of one declined that has no intent is done", func(t *testing.T) {
		charging(t).calls(booking.VerbCreate, "a:1:create").
			silent(booking.Word{Status: booking.WordDeclined, Code: "invalid_token"}).undoes().silent().voided("")
	})
	t.Run("of one cancelled by the provider is done", func(t *testing.T) {
		made(t).silent(says(booking.WordCancelled)).undoes().silent().voided("pi-1")
	})
	t.Run("is taken once: a second asking cannot owe more", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1")
		c.ask.Undo.Due = eur(13500)
		c.calls(booking.VerbRefund, "a:1:refund-1")
		same(t, c.p.Undo.Due, eur(6750))
	})
}

func TestPayment_Refund(t *testing.T) {
	refund := func(s booking.RefundStatus, code string) booking.Word {
		return booking.Word{Intent: "pi-1", Status: booking.WordSucceeded, Refund: s, Code: code}
	}
	t.Run("what is owed is given back", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundDone, ""))
		want := undone(6750, 1, "pi-1")
		want.Version = 2
		same(t, c.p.Refunded, want)
		before := c.p
		same(t, c.silent().asks(booking.WishCharge).silent().asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").silent(refund(booking.RefundDone, "")).p, before)
	})
	t.Run("what was given back and came back days later has failed, and is given anew", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundDone, ""))
		c.asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").silent(refund(booking.RefundRefused, "lost_or_stolen_card"))
		want := undone(6750, 1, "pi-1")
		want.Version, want.Code = 3, "lost_or_stolen_card"
		same(t, []any{c.p.RefundFailed, c.p.Refunded, c.p.LookAgain()}, []any{want, (*booking.Said)(nil), noon.Add(24 * time.Hour)})
		failed := c.p
		t.Run("but not by who passes a word on", func(t *testing.T) {
			same(t, c.asks(booking.WishLook).calls(booking.VerbGet, "a:1:get").silent(refund(booking.RefundRefused, "lost_or_stolen_card")).p, failed)
		})
		t.Run("or it was given back by hand", func(t *testing.T) {
			word := refund(booking.RefundRefused, "lost_or_stolen_card")
			word.Returned = 6750
			c.calls(booking.VerbGet, "a:1:get").silent(word)
			same(t, []any{c.p.Refunded.Attempt, c.p.Refunded.Version, c.p.RefundFailed}, []any{2, uint64(4), (*booking.Said)(nil)})
		})
		c.p = failed
		c.asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbRefund, "a:1:refund-2", refund(booking.RefundRefused, "lost_or_stolen_card")).silent(refund(booking.RefundDone, ""))
		same(t, []any{c.p.Refunded.Attempt, c.p.Refunded.Version, c.p.RefundFailed}, []any{2, uint64(4), (*booking.Said)(nil)})
	})
	t.Run("what was given back is looked at after a day, a week and a month, and then no more", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundDone, ""))
		for _, after := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour} {
			same(t, c.p.LookAgain(), noon.Add(after))
			for _, at := range []time.Time{noon.Add(after - 1), noon.Add(after)} { // too early it is no look
				looked, call := c.p.Next(booking.Ask{Wish: booking.WishSettle}, nil, at)
				same(t, call.Verb, booking.VerbGet)
				c.p, _ = looked.Next(booking.Ask{Wish: booking.WishSettle}, new(refund(booking.RefundDone, "")), at)
			}
		}
		same(t, []any{c.p.Looks, c.p.LookAgain(), c.p.Version}, []any{3, time.Time{}, uint64(2)})
	})
	t.Run("where nothing is owed nothing is asked", func(t *testing.T) {
		c := paid(t).undoes()
		c.ask.Undo.Due = eur(0)
		want := undone(0, 1, "pi-1")
		want.Version = 2
		same(t, c.silent().p.Refunded, want)
	})
	t.Run("one that is pending is asked for again, under its key", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundPending, ""))
		same(t, c.p.Refunded, (*booking.Said)(nil))
		c.asks(booking.WishSettle).calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundDone, ""))
		same(t, c.p.Refunded.Attempt, 1)
	})
	t.Run("one that is refused waits for a settle, which is another attempt", func(t *testing.T) {
		c := paid(t).undoes().calls(booking.VerbRefund, "a:1:refund-1").silent(refund(booking.RefundRefused, "no_balance"))
		want := undone(6750, 1, "pi-1")
		want.Version, want.Code = 2, "no_balance"
		same(t, c.p.RefundFailed, want)
		before := c.p
		same(t, c.silent().asks(booking.WishCharge).silent().p, before)
		c.asks(booking.WishSettle).calls(booking.VerbGet, "a:1:get").
			calls(booking.VerbRefund, "a:1:refund-2", refund(booking.RefundRefused, "no_balance"))
		same(t, c.p.RefundFailed, (*booking.Said)(nil))
		c.calls(booking.VerbRefund, "a:1:refund-2") // crashed: the same attempt
		c.silent(refund(booking.RefundRefused, "no_balance"))
		same(t, []any{c.p.RefundFailed.Attempt, c.p.RefundFailed.Version}, []any{2, uint64(3)})
		c.calls(booking.VerbGet, "a:1:get").calls(booking.VerbRefund, "a:1:refund-3", says(booking.WordSucceeded)).silent(refund(booking.RefundDone, ""))
		same(t, []any{c.p.Refunded.Attempt, c.p.Refunded.Version, c.p.RefundFailed}, []any{3, uint64(4), (*booking.Said)(nil)})
	})
	t.Run("one that we did not ask for is not ours", func(t *testing.T) {
		for _, s := range []booking.RefundStatus{booking.RefundDone, booking.RefundPending, booking.RefundRefused} {
			charging(t).calls(booking.VerbCreate, "a:1:create").
				calls(booking.VerbConfirm, "a:1:confirm", says(booking.WordUnconfirmed)).
				undoes().calls(booking.VerbGet, "a:1:get").
				calls(booking.VerbRefund, "a:1:refund-1", refund(s, ""))
		}
	})
	t.Run("after a second attempt it carries that attempt's key", func(t *testing.T) {
		charging(t).calls(booking.VerbCreate, "a:1:create").
			calls(booking.VerbCreate, "a:2:create", booking.Word{Status: booking.WordDeclined, Code: "try_again_later"}).
			calls(booking.VerbConfirm, "a:2:confirm", says(booking.WordUnconfirmed)).
			silent(says(booking.WordSucceeded)).
			undoes().calls(booking.VerbRefund, "a:2:refund-1")
	})
}
