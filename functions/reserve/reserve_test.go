package reserve_test

import (
	"errors"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/catalog"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// sale is reserve, with those who open departures and give seats back.
func sale(d *functionstest.Desk) []arrow.Function {
	fs := append(catalog.Functions(), compensate.Functions(d.Records, nil)...)
	return append(fs, reserve.Function())
}

// desk is where reserve hears of the departure.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "reserve", sale)} }

var terms = booking.Terms{
	TourID: "old-town", StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: 4,
	Price: booking.Money{Amount: 4500, Currency: "EUR"}, Policy: booking.Policy{{HoursBefore: 48, Percent: 100}},
}

// opened puts the departure on sale.
func (d desk) opened() desk {
	d.Says(events.DepartureOpened, d.manage(events.DepartureOpen, &terms))
	return d
}

// manage is a catalog command about the departure.
func (d desk) manage(n events.Name, t *booking.Terms) events.Event {
	return d.Event(n, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: t})
}

// on is n about a booking of the departure.
func (d desk) on(n events.Name, id string, seats int) events.Event {
	return d.Event(n, events.Data{Booking: booking.Booking{
		ID: id, DepartureID: "lyon-0900", Seats: seats, Flow: booking.Choreography,
		Status: booking.StatusPending, ExpiresAt: functionstest.Noon.Add(15 * time.Minute),
	}})
}

func two(d desk, n events.Name) events.Event { return d.on(n, "booking-2", 2) }

func TestReserve_Hold(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(desk)
		seats  int
		says   events.Name
		reason booking.Reason
		left   int
	}{
		{"seats that are there are held", nil, 3, events.SpotsReserved, "", 1},
		{"the last seat may be held", nil, 4, events.SpotsReserved, "", 0},
		{"more than are left are refused, all of them", nil, 5, events.SpotsRejected, booking.ReasonSoldOut, 4},
		{"a departure that left takes nobody", func(d desk) { d.Now = terms.StartsAt }, 1, events.SpotsRejected, booking.ReasonDeparted, 4},
		{"a closed departure takes nobody", func(d desk) {
			d.Says(events.DepartureClosed, d.manage(events.DepartureClose, nil))
		}, 1, events.SpotsRejected, booking.ReasonDepartureClosed, 0},
		{"a cancelled departure takes nobody", func(d desk) {
			d.Says(events.DepartureCancelled, d.manage(events.DepartureCancel, nil))
		}, 1, events.SpotsRejected, booking.ReasonDepartureCancelled, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t).opened()
			if c.before != nil {
				c.before(d)
			}
			e := d.on(events.SpotsReserve, "booking-1", c.seats)
			said := d.Says(c.says, e)
			if said.Reason != c.reason || said.Stock.Available != c.left {
				t.Errorf("reason %q with %d left, want %q with %d", said.Reason, said.Stock.Available, c.reason, c.left)
			}
			d.Again(e, said)
			d.Again(d.on(events.BookingRequested, "booking-1", c.seats), said)
		})
	}
	t.Run("a departure nobody opened is unknown", func(t *testing.T) {
		d := open(t)
		e := two(d, events.SpotsReserve)
		said := d.Says(events.SpotsRejected, e)
		if said.Reason != booking.ReasonDepartureUnknown {
			t.Errorf("reason %q", said.Reason)
		}
		d.opened()
		d.Again(e, said) // refused is refused, though it is on sale now
	})
}

func TestReserve_HoldTellsWhatWasBought(t *testing.T) {
	d := open(t).opened()
	e := two(d, events.BookingRequested)
	said := d.Says(events.SpotsReserved, e)
	b := said.Booking
	if b.Price != (booking.Money{Amount: 9000, Currency: "EUR"}) || !b.StartsAt.Equal(terms.StartsAt) ||
		b.TimeZone != terms.TimeZone || b.TourID != terms.TourID || len(b.Policy) != 1 || b.Status != booking.StatusOnHold {
		t.Errorf("booking %+v", b)
	}
	if said.Moved != 2 || said.Record != "departure" || said.Source != "/tourbillon/departure" || said.RecordVersion != 2 || !said.Step {
		t.Errorf("fact %+v", said)
	}
	t.Run("and tells the same when the terms and the counters have changed", func(t *testing.T) {
		dearer := terms
		dearer.Price.Amount, dearer.Capacity = 9900, 40
		d.Says(events.DepartureChanged, d.manage(events.DepartureChange, &dearer))
		d.Says(events.SpotsReserved, d.on(events.SpotsReserve, "booking-3", 7))
		d.Again(e, said)
		d.Says(events.SpotsSold, two(d, events.SpotsSell))
		d.Again(e, said)
	})
}

func TestReserve_Sell(t *testing.T) {
	t.Run("held seats are sold, once", func(t *testing.T) {
		d := open(t).opened()
		d.Says(events.SpotsReserved, two(d, events.SpotsReserve))
		e := two(d, events.BookingConfirmed)
		said := d.Says(events.SpotsSold, e)
		if want := (booking.Stock{Capacity: 4, Sold: 2, Available: 2}); *said.Stock != want || said.Moved != 2 || said.Status != booking.StatusConfirmed {
			t.Errorf("%+v", said)
		}
		d.Again(e, said)
		d.Again(two(d, events.SpotsSell), said)
	})
	t.Run("seats that were never asked for wait for the asking", func(t *testing.T) {
		d := open(t).opened()
		said, err := d.Hear(two(d, events.SpotsSell))
		if said != nil || !errors.Is(err, events.ErrNothingSaid) {
			t.Errorf("%+v, %v, want ErrNothingSaid", said, err)
		}
		if code, _ := arrow.Status(err); code != 503 {
			t.Errorf("status %d, want 503: a broker asks again", code)
		}
	})
	t.Run("seats that were refused stay refused", func(t *testing.T) {
		d := open(t).opened()
		no := d.Says(events.SpotsRejected, d.on(events.SpotsReserve, "booking-2", 5))
		d.Again(two(d, events.SpotsSell), no)
	})
}

func TestReserve_AfterTheUndo(t *testing.T) {
	t.Run("a late reserve of what was never held is answered by the release", func(t *testing.T) {
		d := open(t).opened()
		gone := d.Says(events.SpotsReleased, two(d, events.SpotsRelease))
		if gone.Moved != 0 || gone.Stock.Available != 4 {
			t.Errorf("%d seats given back, %d available", gone.Moved, gone.Stock.Available)
		}
		d.Again(two(d, events.SpotsReserve), gone)
		d.Again(two(d, events.BookingRequested), gone)
		d.Again(two(d, events.SpotsSell), gone)
	})
	t.Run("a late sell of what was held is answered by the release", func(t *testing.T) {
		d := open(t).opened()
		d.Says(events.SpotsReserved, two(d, events.SpotsReserve))
		gone := d.Says(events.SpotsReleased, two(d, events.SpotsRelease))
		if gone.Moved != 2 || gone.Stock.Available != 4 {
			t.Errorf("%d seats given back, %d available", gone.Moved, gone.Stock.Available)
		}
		d.Again(two(d, events.SpotsSell), gone)
		d.Again(two(d, events.SpotsReserve), gone)
	})
}
