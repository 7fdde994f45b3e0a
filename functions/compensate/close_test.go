package compensate_test

import (
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/book"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// office is compensate, with the function that makes bookings.
func office(d *functionstest.Desk) []arrow.Function {
	return append(compensate.Functions(d.Records, nil), book.Function())
}

// desk is where compensate hears of the held booking.
type desk struct{ *functionstest.Desk }

func open(t *testing.T, wire func(*functionstest.Desk) []arrow.Function) desk {
	return desk{functionstest.Open(t, "compensate", wire)}
}

var held = booking.Booking{
	ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Choreography,
	Status: booking.StatusOnHold, ExpiresAt: functionstest.Noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"},
	StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris",
	Policy: booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 2, Percent: 50}},
}

func (d desk) on(n events.Name) events.Event { return d.Event(n, events.Data{Booking: held}) }

func (d desk) closing(as booking.Status, why booking.Reason) events.Event {
	return d.Event(events.BookingClose, events.Data{Booking: held, As: as, Reason: why})
}

func created(d desk)   { d.Says(events.BookingCreated, d.on(events.BookingCreate)) }
func confirmed(d desk) { created(d); d.Says(events.BookingConfirmed, d.on(events.BookingConfirm)) }
func completed(d desk) {
	confirmed(d)
	d.Now = held.StartsAt
	d.Says(events.BookingCompleted, d.on(events.BookingComplete))
}

func TestCompensate_Close(t *testing.T) {
	const all = 9000
	for _, c := range []struct {
		name   string
		before func(desk)
		wait   time.Duration
		as     booking.Status
		why    booking.Reason
		says   events.Name
		reason booking.Reason
		due    int64
	}{
		{"an expired one is closed", created, 0, booking.StatusExpired, booking.ReasonTimeout, events.BookingExpired, booking.ReasonTimeout, all},
		{"a refused one is closed", created, 0, booking.StatusRejected, booking.ReasonSoldOut, events.BookingRejected, booking.ReasonSoldOut, all},
		{"one that was never made keeps a tombstone", nil, 0, booking.StatusCancelled, booking.ReasonCustomer, events.BookingCancelled, booking.ReasonCustomer, all},
		{"a clock does not reach past the confirmation", confirmed, 0, booking.StatusExpired, booking.ReasonTimeout, events.BookingConfirmed, "", -1},
		{"nor does a late decline", confirmed, 0, booking.StatusCancelled, booking.ReasonCardDeclined, events.BookingConfirmed, "", -1},
		{"an early customer gets all back", confirmed, 0, booking.StatusCancelled, booking.ReasonCustomer, events.BookingCancelled, booking.ReasonCustomer, all},
		{"a later one half", confirmed, 48 * time.Hour, booking.StatusCancelled, booking.ReasonCustomer, events.BookingCancelled, booking.ReasonCustomer, all / 2},
		{"a late one nothing", confirmed, 71 * time.Hour, booking.StatusCancelled, booking.ReasonCustomer, events.BookingCancelled, booking.ReasonCustomer, 0},
		{"one who comes after the departure is too late", confirmed, 72 * time.Hour, booking.StatusCancelled, booking.ReasonCustomer, events.BookingCloseRefused, booking.ReasonTooLate, -1},
		{"an operator may still", confirmed, 73 * time.Hour, booking.StatusCancelled, booking.ReasonOperator, events.BookingCancelled, booking.ReasonOperator, all},
		{"but not what was completed", completed, 0, booking.StatusCancelled, booking.ReasonOperator, events.BookingCloseRefused, booking.ReasonEnded, -1},
		{"unless its departure was moved, and does not run", completed, 0, booking.StatusCancelled, booking.ReasonDepartureCancelled, events.BookingCancelled, booking.ReasonDepartureCancelled, all},
		{"a departure that does not run gives all back", confirmed, 71 * time.Hour, booking.StatusCancelled, booking.ReasonDepartureCancelled, events.BookingCancelled, booking.ReasonDepartureCancelled, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, office)
			if c.before != nil {
				c.before(d)
			}
			d.Now = d.Now.Add(c.wait)
			e := d.closing(c.as, c.why)
			said := d.Says(c.says, e)
			if said.Reason != c.reason || said.Record != "booking" || !said.Step {
				t.Errorf("%+v, want reason %q", said, c.reason)
			}
			if due := said.Amount; c.due < 0 && due != nil || c.due >= 0 && (due == nil || *due != booking.Money{Amount: c.due, Currency: "EUR"}) {
				t.Errorf("%v owed back, want %d", due, c.due)
			}
			d.Again(e, said)
		})
	}
}

func TestCompensate_CloseAsAsked(t *testing.T) {
	for _, c := range []struct {
		name       string
		asked, now time.Duration // from noon, three days before the departure
		says       events.Name
		due        int64
	}{
		{"who asked in time gets all back, however late it is heard", time.Hour, 71 * time.Hour, events.BookingCancelled, 9000},
		{"also after the departure", time.Hour, 73 * time.Hour, events.BookingCancelled, 9000},
		{"who asked later gets half", 48 * time.Hour, 73 * time.Hour, events.BookingCancelled, 4500},
		{"who asked too late is too late", 72 * time.Hour, 73 * time.Hour, events.BookingCloseRefused, -1},
		{"nobody asks in the future", 73 * time.Hour, 48 * time.Hour, events.BookingCancelled, 4500},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, office)
			confirmed(d)
			d.Now = functionstest.Noon.Add(c.now)
			e := d.closing(booking.StatusCancelled, booking.ReasonCustomer)
			e.AskedAt = functionstest.Noon.Add(c.asked)
			said := d.Says(c.says, e)
			if !said.Time.Equal(d.Now) {
				t.Errorf("said at %v, want %v", said.Time, d.Now)
			}
			if due := said.Amount; c.due < 0 && due != nil || c.due >= 0 && (due == nil || due.Amount != c.due) {
				t.Errorf("%v owed back, want %d", due, c.due)
			}
			d.Again(e, said)
		})
	}
}

func TestCompensate_CloseByFact(t *testing.T) {
	t.Run("seats that were refused reject the booking", func(t *testing.T) {
		d := open(t, office)
		asked := booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: 9, Flow: booking.Choreography, Status: booking.StatusPending}
		e := d.Event(events.SpotsRejected, events.Data{Booking: asked, Reason: booking.ReasonSoldOut, Stock: &booking.Stock{Capacity: 4, Available: 4}})
		said := d.Says(events.BookingRejected, e)
		if said.Status != booking.StatusRejected || said.Reason != booking.ReasonSoldOut || *said.Amount != (booking.Money{Currency: "XXX"}) {
			t.Errorf("%+v, owed %v", said, said.Amount)
		}
		d.Again(e, said)
		d.Again(d.on(events.BookingCreate), said)
	})
	t.Run("a payment that failed cancels it", func(t *testing.T) {
		d := open(t, office)
		created(d)
		e := d.Event(events.PaymentFailed, events.Data{Booking: held, Reason: booking.ReasonInsufficientFunds, Attempt: 1})
		said := d.Says(events.BookingCancelled, e)
		if said.Status != booking.StatusCancelled || said.Reason != booking.ReasonInsufficientFunds {
			t.Errorf("%+v", said)
		}
		d.Again(e, said)
	})
}

func TestCompensate_FirstCloseHolds(t *testing.T) {
	d := open(t, office)
	created(d)
	said := d.Says(events.BookingExpired, d.closing(booking.StatusExpired, booking.ReasonTimeout))
	d.Again(d.closing(booking.StatusCancelled, booking.ReasonCustomer), said)
	d.Again(d.Event(events.PaymentFailed, events.Data{Booking: held, Reason: booking.ReasonCardDeclined, Attempt: 1}), said)
	d.Again(d.on(events.BookingConfirm), said)
}
