package booking_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// maxCalls is how many calls one delivery may make (arrow.MaxCalls, which is
// a floor above).
const maxCalls = 12

// walk is one payment's way, watched: whatever the provider says and whoever
// crashes, each step must be one that may be taken.
type walk struct {
	t      testing.TB
	pick   pick
	shop   acts
	booked booking.Booking
	p      booking.Payment
	due    booking.Money // owed back, once undone
	now    time.Time

	calls  map[string]booking.Call // by key
	paid   map[int]bool            // attempts that the provider said are paid
	again  map[int]bool            // attempts declined for a reason that allows another
	failed bool
	trace  []string
}

func newWalk(t testing.TB, p pick, shop acts) *walk {
	return &walk{
		t: t, pick: p, shop: shop, booked: bought(), now: noon,
		calls: make(map[string]booking.Call), paid: make(map[int]bool), again: make(map[int]bool),
	}
}

func (w *walk) fail(says string, args ...any) {
	w.t.Helper()
	w.failed = true
	w.t.Errorf("%s\n%s", fmt.Sprintf(says, args...), strings.Join(w.trace, "\n"))
}

// deliver takes one delivery to its end, or to its crash before or after any
// call.
func (w *walk) deliver(wish booking.Wish) {
	w.trace = append(w.trace, "asked to "+string(wish))
	ask := booking.Ask{Wish: wish, Booking: w.booked, Undo: booking.Undo{
		Due: w.due, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer,
	}}
	var word *booking.Word
	for range maxCalls + 1 {
		call := w.next(ask, word)
		if call == nil || w.failed {
			return
		}
		crash := w.pick(3)
		if crash == 1 {
			w.trace = append(w.trace, "  crashes before it")
			return
		}
		said := w.shop.act(*call)
		w.trace = append(w.trace, fmt.Sprintf("  %+v", said))
		if crash == 2 {
			w.trace = append(w.trace, "  crashes after it")
			return
		}
		word = &said
	}
	if _, sane := w.shop.(*provider); sane {
		w.fail("more than %d calls in one delivery", maxCalls)
	}
}

// next takes one step and watches it.
func (w *walk) next(a booking.Ask, word *booking.Word) *booking.Call {
	w.now = w.now.Add(time.Second)
	before, frozen := w.p, frozen(w.p)
	if n := len(before.Attempts); word != nil {
		w.paid[n] = w.paid[n] || word.Status == booking.WordSucceeded
		if word.Status == booking.WordDeclined {
			w.again[n] = word.Code == "try_again_later" || word.Code == "processing_error"
		}
	}
	after, call := before.Next(a, word, w.now)
	if !reflect.DeepEqual(before, frozen) {
		w.fail("the value passed in was changed: %+v, was %+v", before, frozen)
	}
	w.facts(before, after)
	w.state(after)
	if call != nil {
		w.trace = append(w.trace, fmt.Sprintf("  %+v", *call))
		w.call(*call, after)
	}
	w.p = after
	return call
}

// stamps are the fields of a payment that hold its facts, the two that may be
// cleared last.
func stamps(p *booking.Payment) []**booking.Said {
	return []**booking.Said{&p.Initiated, &p.Succeeded, &p.Failed, &p.Voided, &p.Disputed, &p.Refunded, &p.RefundFailed}
}

// frozen is a copy that shares nothing.
func frozen(p booking.Payment) booking.Payment {
	p.Attempts = slices.Clone(p.Attempts)
	for _, s := range stamps(&p) {
		if *s != nil {
			said := **s
			if said.Amount != nil {
				said.Amount = new(*said.Amount)
			}
			*s = &said
		}
	}
	if p.Undo != nil {
		p.Undo = new(*p.Undo)
	}
	return p
}

// facts compares what was said before and after a step.
func (w *walk) facts(before, after booking.Payment) {
	was, is := stamps(&before), stamps(&after)
	var fresh []uint64
	for i := range is {
		switch {
		case *was[i] == *is[i]:
		case *was[i] == nil:
			fresh = append(fresh, (*is[i]).Version)
			if !(*is[i]).At.Equal(w.now) {
				w.fail("a fact has another time than its own: %+v", **is[i])
			}
		case *is[i] == nil && i == len(is)-1 && after.Refunds == before.Refunds+1:
			// the refusal is taken back by the next refund
		case *is[i] == nil && i == len(is)-2 && after.RefundFailed != nil && after.RefundFailed.Attempt == before.Refunded.Attempt:
			// what was given back came back
		default:
			w.fail("what was said has changed: %+v, was %+v", *is[i], **was[i])
		}
	}
	slices.Sort(fresh)
	for i, v := range fresh {
		if v != before.Version+uint64(i)+1 {
			w.fail("versions %v after %d", fresh, before.Version)
		}
	}
	if after.Version != before.Version+uint64(len(fresh)) {
		w.fail("versions have holes: %d, then %v, then %d", before.Version, fresh, after.Version)
	}
}

// state says what is true of a payment at any time.
func (w *walk) state(p booking.Payment) {
	n := len(p.Attempts)
	switch {
	case n > booking.MaxAttempts:
		w.fail("%d attempts", n)
	case p.Succeeded != nil && p.Failed != nil:
		w.fail("both succeeded and failed")
	case p.Refunded != nil && p.Voided != nil:
		w.fail("both refunded and voided")
	case (p.Refunded != nil || p.Voided != nil) && (p.Undo == nil || p.RefundFailed != nil):
		w.fail("undone, but not asked, or failed too")
	case p.Succeeded != nil && p.Booking.Price.Amount > 0 && !w.paid[n]:
		w.fail("said to have succeeded, which the provider did not say")
	case p.Voided != nil && (w.paid[n] || p.Voided.Amount.Amount != 0):
		w.fail("voided, though money was taken: %+v", p.Voided)
	case p.Refunded != nil && (!w.paid[n] || *p.Refunded.Amount != p.Undo.Due):
		w.fail("refunded %v of what is not paid, or not owed", p.Refunded.Amount)
	case p.Refunded != nil && p.Undo.Due.Amount > 0 && p.Refunds == 0 || p.RefundFailed != nil && p.Refunds == 0:
		w.fail("told of a refund that was not asked for")
	}
}

// call says which calls may be made, under which keys.
func (w *walk) call(c booking.Call, p booking.Payment) {
	n := len(p.Attempts)
	key, amount := fmt.Sprintf("%s:%d:%s", p.Booking.ID, n, c.Verb), p.Booking.Price
	if c.Verb == booking.VerbRefund {
		key, amount = fmt.Sprintf("%s-%d", key, p.Refunds), p.Undo.Due
	}
	first, twice := w.calls[c.Key]
	w.calls[c.Key] = c
	switch {
	case c.Key != key || c.Amount != amount || c.BookingID != p.Booking.ID:
		w.fail("%+v, want the key %s and %v", c, key, amount)
	case twice && first != c && c.Verb != booking.VerbGet: // which has no effect
		w.fail("one key stands for two calls: %+v and %+v", first, c)
	case c.Verb == booking.VerbCreate && c.Intent != "":
		w.fail("made with the id of another: %+v", c)
	case c.Verb == booking.VerbCreate && n > 1 && !w.again[n-1]:
		w.fail("attempt %d without a decline that allows it", n)
	case c.Verb == booking.VerbCreate && (w.paid[n] || w.paid[n-1]):
		w.fail("made again, though it is paid")
	case c.Verb == booking.VerbCreate && n > 1 && p.Attempts[n-2].State != booking.AttemptCancelled && p.Attempts[n-2].Intent != "":
		w.fail("made again, though the one before may still take money")
	case c.Verb == booking.VerbConfirm && (p.Undo != nil || w.paid[n] || p.Failed != nil):
		w.fail("confirmed what is undone, paid or failed")
	case c.Verb == booking.VerbCancel && (w.paid[n] || p.Undo == nil && (!w.again[n] || n == booking.MaxAttempts)):
		w.fail("cancelled what is paid, or not to be undone")
	case c.Verb == booking.VerbRefund && (p.Undo == nil || !w.paid[n]):
		w.fail("refunded what the provider did not say is paid")
	}
}

// natural is what the saga would ask next.
func (w *walk) natural() booking.Wish {
	switch {
	case w.p.Undo != nil && w.p.RefundFailed == nil:
		return booking.WishRefund
	case w.p.Booking.ID == "":
		return booking.WishCharge
	}
	return booking.WishSettle
}

func (w *walk) ended() bool {
	if w.p.Undo != nil {
		return w.p.Refunded != nil || w.p.Voided != nil
	}
	return w.p.Succeeded != nil || w.p.Failed != nil
}

// wish is what is asked next: what the saga would, or anything else.
func (w *walk) wish() booking.Wish {
	wish := []booking.Wish{w.natural(), booking.WishRefund, booking.WishSettle, booking.WishCharge}[w.pick(4)]
	if wish == booking.WishRefund && w.p.Undo == nil {
		w.due = []booking.Money{w.booked.Price, w.booked.Price.Percent(50), w.booked.Price.Percent(0)}[w.pick(3)]
	}
	return wish
}
