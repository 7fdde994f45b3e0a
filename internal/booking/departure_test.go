package booking_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

func TestDeparture_Hold(t *testing.T) {
	t.Run("seats are held, at the terms of the moment", func(t *testing.T) {
		d, s := held()
		want := party("a", 3)
		want.TourID, want.Price, want.StartsAt, want.TimeZone, want.Policy = "old-town", eur(13500), leaves, "Europe/Paris", terms().Policy
		same(t, s, booking.Seat{Booking: want, Held: &booking.Said{
			Version: 2, At: noon, Status: booking.StatusOnHold, Seats: 3, Stock: &booking.Stock{Capacity: 10, Held: 3, Available: 7},
		}})
		same(t, []int{d.Held, d.Sold, d.Available(), s.Taken(), int(d.Version)}, []int{3, 0, 7, 3, 2})
		if !s.Holding() {
			t.Error("it does not hold them")
		}
	})
	t.Run("the last seat goes to one", func(t *testing.T) {
		d, _ := onSale().Hold(booking.Seat{}, party("a", 9), noon)
		d, last := d.Hold(booking.Seat{}, party("b", 1), noon)
		d, late := d.Hold(booking.Seat{}, party("c", 1), noon)
		if last.Held == nil || late.Held != nil || late.Refused.Reason != booking.ReasonSoldOut {
			t.Errorf("%+v, %+v", last, late)
		}
		same(t, []int{d.Held, d.Available(), late.Taken()}, []int{10, 0, 0})
	})
	t.Run("a second asking changes nothing, sold out or gone meanwhile", func(t *testing.T) {
		d, s := held()
		again := func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
			return d.Hold(s, party("a", 3), later)
		}
		changesNothing(t, d, s, again)
		full, _ := d.Hold(booking.Seat{}, party("b", 7), noon)
		changesNothing(t, full, s, again)
		gone, _ := d.Cancel(booking.Change{}, noon)
		changesNothing(t, gone, s, again)
		changesNothing(t, d, s, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
			return d.Hold(s, party("a", 5), leaves.Add(time.Hour)) // another number, and too late
		})
	})
	t.Run("seats that were sold are not held again", func(t *testing.T) {
		d, s := sold()
		changesNothing(t, d, s, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
			return d.Hold(s, party("a", 3), later)
		})
	})
}

func TestDeparture_Hold_Refused(t *testing.T) {
	open := onSale()
	closed, cancelled := open, open
	closed.State, cancelled.State = booking.DepartureClosed, booking.DepartureCancelled
	for _, c := range []struct {
		says  string
		of    booking.Departure
		seats int
		at    time.Time
		why   booking.Reason
	}{
		{"a departure nobody opened is unknown", booking.Departure{}, 1, noon, booking.ReasonDepartureUnknown},
		{"a closed departure sells nothing", closed, 1, noon, booking.ReasonDepartureClosed},
		{"a cancelled departure sells nothing", cancelled, 1, noon, booking.ReasonDepartureCancelled},
		{"a departure is gone at its own moment", open, 1, leaves, booking.ReasonDeparted},
		{"a departure is gone after it", open, 1, leaves.Add(time.Second), booking.ReasonDeparted},
		{"a party larger than the bus gets nothing", open, 11, noon, booking.ReasonSoldOut},
		{"no seats is none", open, 0, noon, booking.ReasonSoldOut},
		{"fewer than no seats is none", open, -3, noon, booking.ReasonSoldOut},
	} {
		t.Run(c.says, func(t *testing.T) {
			d, s := c.of.Hold(booking.Seat{}, party("a", c.seats), c.at)
			stock := c.of.Stock()
			same(t, s, booking.Seat{Booking: party("a", c.seats), Refused: &booking.Said{
				Version: c.of.Version + 1, At: c.at, Status: booking.StatusPending, Reason: c.why, Stock: &stock,
			}})
			if s.Holding() || s.Taken() != 0 || d.Held != 0 {
				t.Errorf("seats moved: %+v", d)
			}
			reopened := onSale()
			reopened.Version = d.Version
			changesNothing(t, reopened, s, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
				return d.Hold(s, party("a", 1), noon)
			})
		})
	}
	t.Run("the second before it leaves is early enough", func(t *testing.T) {
		if _, s := open.Hold(booking.Seat{}, party("a", 10), leaves.Add(-time.Second)); s.Held == nil {
			t.Errorf("%+v", s.Refused)
		}
	})
}

func TestDeparture_Sell(t *testing.T) {
	t.Run("held seats are sold", func(t *testing.T) {
		d, s := sold()
		same(t, s.Sold, &booking.Said{
			Version: 3, At: noon, Status: booking.StatusConfirmed, Seats: 3, Stock: &booking.Stock{Capacity: 10, Sold: 3, Available: 7},
		})
		same(t, []int{d.Held, d.Sold, s.Taken(), int(d.Version)}, []int{0, 3, 3, 3})
		if s.Holding() {
			t.Error("it still holds them")
		}
	})
	t.Run("a departure that closed or left meanwhile still sells what it holds", func(t *testing.T) {
		d, s := held()
		d.State = booking.DepartureClosed
		if d, s = d.Sell(s, leaves.Add(time.Hour)); s.Sold == nil || d.Sold != 3 || s.Sold.Stock.Available != 0 {
			t.Errorf("%+v, %+v", d, s.Sold)
		}
	})
	released := func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
		return d.Release(s, party("a", 3), why(), noon)
	}
	for _, c := range []struct {
		says string
		of   func() (booking.Departure, booking.Seat)
	}{
		{"a second asking changes nothing", sold},
		{"what was never held is not sold", func() (booking.Departure, booking.Seat) { return onSale(), booking.Seat{} }},
		{"what was refused is not sold", func() (booking.Departure, booking.Seat) {
			return onSale().Hold(booking.Seat{}, party("a", 11), noon)
		}},
		{"what was released is not sold", func() (booking.Departure, booking.Seat) { return released(held()) }},
		{"what was sold and released is not sold again", func() (booking.Departure, booking.Seat) { return released(sold()) }},
		{"what was released before it was held is not sold", func() (booking.Departure, booking.Seat) {
			return released(onSale(), booking.Seat{})
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			d, s := c.of()
			changesNothing(t, d, s, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
				return d.Sell(s, later)
			})
		})
	}
}

func TestDeparture_Release(t *testing.T) {
	for _, c := range []struct {
		says  string
		of    func() (booking.Departure, booking.Seat)
		seats int
	}{
		{"held seats are given back", held, 3},
		{"sold seats are given back", sold, 3},
		{"a refused booking gives back none", func() (booking.Departure, booking.Seat) {
			return onSale().Hold(booking.Seat{}, party("a", 11), noon)
		}, 0},
		{"an undo that comes first leaves a tombstone", func() (booking.Departure, booking.Seat) {
			return onSale(), booking.Seat{}
		}, 0},
		{"an undo of a departure nobody opened leaves one too", func() (booking.Departure, booking.Seat) {
			return booking.Departure{}, booking.Seat{}
		}, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			before, s := c.of()
			d, gone := before.Release(s, party("a", 3), why(), later)
			stock := d.Stock()
			want := why()
			want.Version, want.At, want.Seats, want.Stock = before.Version+1, later, c.seats, &stock
			same(t, gone.Released, &want)
			same(t, []int{d.Held, d.Sold, gone.Taken()}, []int{0, 0, 0})
			if gone.Booking.ID != "a" || gone.Holding() {
				t.Errorf("%+v", gone)
			}
			changesNothing(t, d, gone, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
				return d.Release(s, party("a", 3), booking.Said{Reason: booking.ReasonTimeout}, leaves)
			})
			changesNothing(t, d, gone, func(d booking.Departure, s booking.Seat) (booking.Departure, booking.Seat) {
				return d.Hold(s, party("a", 3), later) // overtaken by its undo
			})
		})
	}
	t.Run("what it bought is kept as bought", func(t *testing.T) {
		d, s := held()
		_, gone := d.Release(s, party("a", 9), why(), later)
		same(t, gone.Booking, bought())
	})
	t.Run("the seats given back can be had by another", func(t *testing.T) {
		d, s := onSale().Hold(booking.Seat{}, party("a", 10), noon)
		d, _ = d.Release(s, s.Booking, why(), noon)
		if d, other := d.Hold(booking.Seat{}, party("b", 10), noon); other.Held == nil || d.Available() != 0 {
			t.Errorf("%+v", other)
		}
	})
}

func TestDeparture_Available(t *testing.T) {
	for _, c := range []struct {
		says string
		d    booking.Departure
		want int
	}{
		{"nothing is available of nothing", booking.Departure{Terms: booking.Terms{Capacity: 5}}, 0},
		{"nothing is available of a closed one", booking.Departure{State: booking.DepartureClosed, Terms: booking.Terms{Capacity: 5}}, 0},
		{"nothing is available of a cancelled one", booking.Departure{State: booking.DepartureCancelled, Terms: booking.Terms{Capacity: 5}}, 0},
		{"what is neither held nor sold is available", booking.Departure{State: booking.DepartureOpen, Terms: booking.Terms{Capacity: 5}, Held: 1, Sold: 2}, 2},
		{"it never falls below nothing", booking.Departure{State: booking.DepartureOpen, Terms: booking.Terms{Capacity: 5}, Held: 4, Sold: 4}, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			same(t, c.d.Available(), c.want)
			same(t, c.d.Stock(), booking.Stock{Capacity: 5, Held: c.d.Held, Sold: c.d.Sold, Available: c.want})
		})
	}
}
