package book_test

import (
	"errors"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/book"
	"tourbillon/functions/compensate"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// office is book, with the undo whose records it shares.
func office(d *desk) []arrow.Function {
	return append(compensate.Functions(d.records, nil), book.Function())
}

var held = booking.Booking{
	ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Choreography,
	Status: booking.StatusOnHold, ExpiresAt: noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"},
	StartsAt: noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Policy: booking.Policy{{HoursBefore: 48, Percent: 50}},
}

// on is n about the held booking. Facts carry what their schemas ask of them.
func (d *desk) on(n events.Name) events.Event {
	data := events.Data{Booking: held}
	switch n {
	case events.SpotsReserved:
		data.Moved, data.Stock = 2, &booking.Stock{Capacity: 4, Held: 2, Available: 2}
	case events.PaymentSucceeded:
		data.Attempt, data.Intent, data.Amount = 1, "pi_1", &held.Price
	}
	return d.event(n, data)
}

func (d *desk) closing(as booking.Status, why booking.Reason) events.Event {
	return d.event(events.BookingClose, events.Data{Booking: held, As: as, Reason: why})
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
			d := open(t, office)
			made := d.says(events.BookingCreated, d.on(c.create))
			if made.Status != booking.StatusOnHold || made.Price != held.Price || made.Record != "booking" || made.RecordVersion != 1 {
				t.Errorf("%+v", made)
			}
			d.again(d.on(c.create), made)
			pivot := d.says(events.BookingConfirmed, d.on(c.confirms))
			if pivot.Status != booking.StatusConfirmed || pivot.RecordVersion != 2 {
				t.Errorf("%+v", pivot)
			}
			d.again(d.on(c.confirms), pivot)
			d.again(d.on(c.create), made)
			d.now = held.StartsAt
			done := d.says(events.BookingCompleted, d.on(events.BookingComplete))
			if done.Status != booking.StatusCompleted || done.RecordVersion != 3 {
				t.Errorf("%+v", done)
			}
			d.again(d.on(events.BookingComplete), done)
			d.again(d.on(c.confirms), pivot)
		})
	}
}

func TestBook_BeforeItsTime(t *testing.T) {
	nothing := func(t *testing.T, d *desk, n events.Name) {
		t.Helper()
		before := d.commits
		if said, err := d.hear(d.on(n)); said != nil || !errors.Is(err, events.ErrNothingSaid) {
			t.Errorf("%s is answered by %+v, %v, want ErrNothingSaid", n, said, err)
		}
		if d.commits != before {
			t.Errorf("%s writes", n)
		}
	}
	d := open(t, office)
	t.Run("what was not made cannot be confirmed", func(t *testing.T) { nothing(t, d, events.BookingConfirm) })
	d.says(events.BookingCreated, d.on(events.BookingCreate))
	t.Run("what was not confirmed cannot be completed", func(t *testing.T) { nothing(t, d, events.BookingComplete) })
	d.says(events.BookingConfirmed, d.on(events.BookingConfirm))
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
			d := open(t, office)
			gone := d.says(c.says, d.closing(c.as, c.why))
			if gone.Status != c.as || gone.Reason != c.why {
				t.Errorf("%+v", gone)
			}
			for _, n := range []events.Name{
				events.BookingCreate, events.SpotsReserved, events.BookingConfirm, events.PaymentSucceeded, events.BookingComplete,
			} {
				d.again(d.on(n), gone)
			}
		})
	}
	t.Run("also when it was made, and when it was confirmed, before", func(t *testing.T) {
		d := open(t, office)
		d.says(events.BookingCreated, d.on(events.BookingCreate))
		d.says(events.BookingConfirmed, d.on(events.BookingConfirm))
		gone := d.says(events.BookingCancelled, d.closing(booking.StatusCancelled, booking.ReasonCustomer))
		d.again(d.on(events.BookingCreate), gone)
		d.again(d.on(events.BookingConfirm), gone)
		d.again(d.on(events.BookingComplete), gone)
	})
}
