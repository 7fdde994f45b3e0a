package booking_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// bus is a departure with a few bookings and what was asked of its catalog.
type bus struct {
	d       booking.Departure
	seats   [5]booking.Seat
	changes [4]booking.Change
}

// does takes one operation, read from three bytes.
func (b *bus) does(op, who, n byte, now time.Time) {
	i, c := int(who)%len(b.seats), int(who)%len(b.changes)
	id := string(rune('a' + i))
	to := terms()
	to.Capacity = int(n % 16)
	switch op % 10 {
	case 0, 1, 2:
		b.d, b.seats[i] = b.d.Hold(b.seats[i], party(id, int(n%8)-1), now)
	case 3, 4:
		b.d, b.seats[i] = b.d.Sell(b.seats[i], now)
	case 5:
		b.d, b.seats[i] = b.d.Release(b.seats[i], party(id, 1), why(), now)
	case 6:
		b.d, b.changes[c] = b.d.Open(b.changes[c], "lyon-0900", to, now)
	case 7:
		b.d, b.changes[c] = b.d.Change(b.changes[c], to, now)
	case 8:
		b.d, b.changes[c] = b.d.Close(b.changes[c], now)
	case 9:
		b.d, b.changes[c] = b.d.Cancel(b.changes[c], now)
	}
}

// said is every fact of the bus's record, by version.
func (b *bus) said() []*booking.Said {
	var all []*booking.Said
	for _, s := range b.seats {
		all = append(all, s.Held, s.Sold, s.Refused, s.Released)
	}
	for _, c := range b.changes {
		all = append(all, c.Opened, c.Changed, c.Closed, c.Cancelled, c.Refused)
	}
	all = slices.DeleteFunc(all, func(s *booking.Said) bool { return s == nil })
	slices.SortFunc(all, func(a, b *booking.Said) int { return int(a.Version) - int(b.Version) })
	return all
}

func (b *bus) check(t *testing.T) {
	t.Helper()
	var held, sold int
	for _, s := range b.seats {
		if s.Holding() {
			held += s.Taken()
		} else {
			sold += s.Taken()
		}
		if s.Refused != nil && (s.Held != nil || s.Sold != nil) || s.Sold != nil && s.Held == nil {
			t.Fatalf("a seat is two things: %+v", s)
		}
	}
	if held != b.d.Held || sold != b.d.Sold {
		t.Fatalf("entries have %d held and %d sold, the head %d and %d", held, sold, b.d.Held, b.d.Sold)
	}
	if b.d.Held < 0 || b.d.Sold < 0 || b.d.Held+b.d.Sold > b.d.Terms.Capacity {
		t.Fatalf("oversold, or below nothing: %+v", b.d)
	}
	said := b.said()
	if len(said) != int(b.d.Version) {
		t.Fatalf("%d facts at version %d", len(said), b.d.Version)
	}
	for i, s := range said {
		if s.Version != uint64(i)+1 || s.Stock.Held+s.Stock.Sold+s.Stock.Available > s.Stock.Capacity {
			t.Fatalf("fact %d is %+v of %+v", i+1, s, s.Stock)
		}
	}
}

func FuzzDeparture(f *testing.F) {
	f.Add([]byte{6, 0, 10, 0, 0, 4, 0, 1, 4, 0, 2, 4, 3, 0, 0, 5, 1, 0, 0, 2, 4})
	f.Add([]byte{5, 0, 0, 6, 0, 3, 0, 0, 2, 7, 1, 1, 8, 2, 0, 0, 1, 2})
	f.Add([]byte{0, 0, 2, 6, 1, 9, 0, 1, 7, 3, 1, 0, 7, 2, 2, 9, 3, 0, 5, 1, 0})
	f.Fuzz(func(t *testing.T, ops []byte) {
		b, now := bus{}, noon
		ops = ops[:min(len(ops), 300)]
		for ; len(ops) >= 3; ops = ops[3:] {
			now = now.Add(time.Duration(ops[2]) * 10 * time.Minute)
			b.does(ops[0], ops[1], ops[2], now)
			b.check(t)
			again := b
			if again.does(ops[0], ops[1], ops[2], now.Add(time.Second)); !reflect.DeepEqual(b, again) {
				t.Fatalf("asked twice: %+v, then %+v", b, again)
			}
		}
	})
}

// picked reads its picks from bytes; when they run out, all goes well.
func picked(ways []byte) pick {
	return func(n int) int {
		if len(ways) == 0 {
			return 0
		}
		way := int(ways[0]) % n
		ways = ways[1:]
		return way
	}
}

// The first byte says which provider it is, and the price.
func FuzzPayment(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{0, 0, 0, 0, 0, 2, 0, 1, 1, 0, 2, 0, 0})
	f.Add([]byte{1, 0, 0, 3, 0, 4, 1, 0, 0, 0, 7, 2, 0, 8})
	f.Add([]byte{2, 1, 1, 0, 0})
	f.Fuzz(func(t *testing.T, ways []byte) {
		if len(ways) == 0 || len(ways) > 200 {
			return
		}
		p := picked(ways[1:])
		w := newWalk(t, p, nil)
		if ways[0]&2 != 0 {
			w.booked.Price = eur(0)
		}
		if ways[0]&1 != 0 {
			w.shop = madman{p}
			for range rounds {
				w.deliver(w.wish())
			}
			return
		}
		shop := newProvider(p)
		w.shop = shop
		for range rounds { // anything may happen
			w.deliver(w.wish())
		}
		w.pick, shop.pick = picked(nil), picked(nil) // then all goes well
		if w.toItsEnd(); !w.failed {
			w.money(shop)
		}
	})
}
