package book_test

import (
	"errors"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/book"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// office is book, with the undo whose records it shares.
func office(d *functionstest.Desk) []arrow.Function {
	return append(compensate.Functions(d.Records, nil), book.Function())
}

// desk is where book hears of the held booking.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "book", office)} }

var held = booking.Booking{
	ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Choreography,
	Status: booking.StatusOnHold, ExpiresAt: functionstest.Noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"},
	StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Policy: booking.Policy{{HoursBefore: 48, Percent: 50}},
}

// on is n about the held booking. Facts carry what their schemas ask of them.
func (d desk) on(n events.Name) events.Event {
	data := events.Data{Booking: held}
	switch n {
	case events.SpotsReserved:
		data.Moved, data.Stock = 2, &booking.Stock{Capacity: 4, Held: 2, Available: 2}
	case events.PaymentSucceeded:
		data.Attempt, data.Intent, data.Amount = 1, "pi_1", &held.Price
	}
	return d.Event(n, data)
}

func (d desk) closing(as booking.Status, why booking.Reason) events.Event {
	return d.Event(events.BookingClose, events.Data{Booking: held, As: as, Reason: why})
}

func TestBook_Forward(t *testing.T) {
	for _, c := range []struct {
		name             string
		create, confirms events.Name
	}{
		{"by command", events.BookingCreate, events.BookingConfirm},
		{"by what others say", events.SpotsReserved, events.PaymentSucceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			made := d.Says(events.BookingCreated, d.on(c.create))
			if made.Status != booking.StatusOnHold || made.Price != held.Price || made.Record != "booking" || made.RecordVersion != 1 {
				t.Errorf("%+v", made)
			}
			d.Again(d.on(c.create), made)
			pivot := d.Says(events.BookingConfirmed, d.on(c.confirms))
			if pivot.Status != booking.StatusConfirmed || pivot.RecordVersion != 2 {
				t.Errorf("%+v", pivot)
			}
			d.Again(d.on(c.confirms), pivot)
			d.Again(d.on(c.create), made)
			d.Now = held.StartsAt
			done := d.Says(events.BookingCompleted, d.on(events.BookingComplete))
			if done.Status != booking.StatusCompleted || done.RecordVersion != 3 {
				t.Errorf("%+v", done)
			}
			d.Again(d.on(events.BookingComplete), done)
			d.Again(d.on(c.confirms), pivot)
		})
	}
}

func TestBook_BeforeItsTime(t *testing.T) {
	nothing := func(t *testing.T, d desk, n events.Name) {
		t.Helper()
		before := d.Commits
		if said, err := d.Hear(d.on(n)); said != nil || !errors.Is(err, events.ErrNothingSaid) {
			t.Errorf("%s is answered by %+v, %v, want ErrNothingSaid", n, said, err)
		}
		if d.Commits != before {
			t.Errorf("%s writes", n)
		}
	}
	d := open(t)
	t.Run("what was not made cannot be confirmed", func(t *testing.T) { nothing(t, d, events.BookingConfirm) })
	d.Says(events.BookingCreated, d.on(events.BookingCreate))
	t.Run("what was not confirmed cannot be completed", func(t *testing.T) { nothing(t, d, events.BookingComplete) })
	d.Says(events.BookingConfirmed, d.on(events.BookingConfirm))
	t.Run("a tour that has not begun was not taken", func(t *testing.T) { nothing(t, d, events.BookingComplete) })
}

func TestBook_AfterTheClose(t *testing.T) {
	for _, c := range []struct {
		as   booking.Status
		why  booking.Reason
		says events.Name
	}{
		{booking.StatusCancelled, booking.ReasonCustomer, events.BookingCancelled},
		{booking.StatusExpired, booking.ReasonTimeout, events.BookingExpired},
		{booking.StatusRejected, booking.ReasonSoldOut, events.BookingRejected},
	} {
		t.Run("every wish is answered by "+string(c.says), func(t *testing.T) {
			d := open(t)
			gone := d.Says(c.says, d.closing(c.as, c.why))
			if gone.Status != c.as || gone.Reason != c.why {
				t.Errorf("%+v", gone)
			}
			for _, n := range []events.Name{
				events.BookingCreate, events.SpotsReserved, events.BookingConfirm, events.PaymentSucceeded, events.BookingComplete,
			} {
				d.Again(d.on(n), gone)
			}
		})
	}
	t.Run("also when it was made, and when it was confirmed, before", func(t *testing.T) {
		d := open(t)
		d.Says(events.BookingCreated, d.on(events.BookingCreate))
		d.Says(events.BookingConfirmed, d.on(events.BookingConfirm))
		gone := d.Says(events.BookingCancelled, d.closing(booking.StatusCancelled, booking.ReasonCustomer))
		d.Again(d.on(events.BookingCreate), gone)
		d.Again(d.on(events.BookingConfirm), gone)
		d.Again(d.on(events.BookingComplete), gone)
	})
}
