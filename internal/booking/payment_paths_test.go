package booking_test

import (
	"reflect"
	"testing"

	"tourbillon/internal/booking"
)

// rounds is how many deliveries a payment may need, the provider being slow
// and we crashing as often as these tests have it.
const rounds = 14

// toItsEnd asks until there is no more to ask, and once more; an undo may
// come at any time, the last one after it succeeded or failed.
func (w *walk) toItsEnd() {
	for range rounds {
		if w.deliver(w.wish()); w.failed {
			return
		}
		if w.ended() && (w.p.Undo != nil || w.pick(2) == 0) {
			w.askedAgain()
			return
		}
	}
	w.fail("it does not end: %+v", w.p)
}

// askedAgain says that what has ended stays as it is, whatever is asked.
func (w *walk) askedAgain() {
	wishes := []booking.Wish{booking.WishCharge, booking.WishSettle}
	if w.p.Undo != nil {
		wishes = append(wishes, booking.WishRefund)
	}
	for _, wish := range wishes {
		before := w.p
		call := w.next(booking.Ask{Wish: wish, Booking: w.booked}, nil)
		if !reflect.DeepEqual(w.p, before) {
			w.fail("asked to %s once more, it changes: %+v, was %+v", wish, w.p, before)
		}
		kept := w.p.Undo == nil && w.p.Succeeded != nil && w.booked.Price.Amount > 0
		looks := wish == booking.WishSettle && (kept || w.p.Refunded != nil && w.p.Refunds > 0)
		if looks != (call != nil) || looks && call.Verb != booking.VerbGet {
			w.fail("asked to %s once more, it calls %+v", wish, call)
		}
	}
}

// money compares what the provider holds with what we said.
func (w *walk) money(shop *provider) {
	holds, intents := shop.taken()
	want := int64(0)
	switch {
	case w.p.Refunded != nil:
		want = w.booked.Price.Amount - w.p.Refunded.Amount.Amount
	case w.p.Undo == nil && w.p.Succeeded != nil:
		want = w.booked.Price.Amount
	}
	if holds != want || intents > 1 {
		w.fail("the provider holds %d in %d intents, want %d", holds, intents, want)
	}
	for id, i := range shop.intents {
		if i.status == booking.WordProcessing || i.status == booking.WordUnconfirmed {
			w.fail("%s may still take money: it is %s", id, i.status)
		}
	}
}

func TestPayment_EveryPath(t *testing.T) {
	for _, price := range []booking.Money{eur(13500), eur(0)} {
		t.Run("a price of "+price.String(), func(t *testing.T) {
			t.Parallel()
			paths, c := 0, &choices{odd: odd(t, 4)}
			for more := true; more && !t.Failed(); more = c.next() {
				paths++
				shop := newProvider(c.pick)
				w := newWalk(t, c.pick, shop)
				w.booked.Price = price
				if w.toItsEnd(); !w.failed {
					w.money(shop)
				}
				if price.Amount == 0 && len(w.calls) > 0 {
					w.fail("a free booking called the provider")
				}
			}
			t.Logf("%d paths", paths)
		})
	}
}

// A provider that breaks its contract may keep a payment from ending, and
// lie about the money; it never makes us charge twice or say two endings.
func TestPayment_EveryWord(t *testing.T) {
	t.Parallel()
	paths, c := 0, &choices{odd: odd(t, 3)}
	for more := true; more && !t.Failed(); more = c.next() {
		paths++
		w := newWalk(t, c.pick, madman{c.pick})
		for range 2 {
			if w.deliver(w.wish()); w.failed {
				break
			}
		}
	}
	t.Logf("%d paths", paths)
}

// odd is how many picks of a path may be other than the good one.
func odd(t *testing.T, n int) int {
	if testing.Short() {
		return n - 1
	}
	return n
}
