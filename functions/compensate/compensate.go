// Package compensate undoes a booking: it closes the booking, gives the money
// back, and releases the seats. There is one undo, whatever the reason. It is
// three arrows at one address, each over its own record.
package compensate

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Functions are the arrows over bookings, payments and departures.
func Functions(r *store.Records, with record.Payments) []arrow.Function {
	return []arrow.Function{
		record.Booking("compensate", arrow.Table[arrow.None, booking.Record]{
			events.BookingClose:  closes, // orchestrated, and every person's wish
			events.SpotsRejected: closes, // choreographed
			events.PaymentFailed: closes,
		}),
		record.Payment("compensate", r, with,
			events.PaymentRefund,
			events.BookingRejected, events.BookingExpired, events.BookingCancelled),
		record.Departure("compensate", arrow.Table[booking.Departure, booking.Seat]{
			events.SpotsRelease:    release,
			events.PaymentRefunded: release,
			events.PaymentVoided:   release,
		}),
	}
}

func closes(h arrow.None, r booking.Record, e events.Event, now time.Time) (arrow.None, booking.Record, events.Answer) {
	r = r.Close(e.Booking, as(e), e.Reason, asked(e, now), now)
	return h, r, events.First(
		events.Closing(r.Booking, r.Closed),
		events.BookingCloseRefused.As(r.Booking, refused(r, e.Reason)),
		events.BookingConfirmed.As(r.Booking, r.Confirmed))
}

func release(d booking.Departure, s booking.Seat, e events.Event, now time.Time) (booking.Departure, booking.Seat, events.Answer) {
	d, s = d.Release(s, e.Booking, booking.Said{Status: e.Status, Reason: e.Reason, Amount: e.Amount}, now)
	return d, s, events.First(events.SpotsReleased.As(s.Booking, s.Released))
}

// as is what the booking is closed as: said by the command, or by the fact
// that stands for it.
func as(e events.Event) booking.Status {
	switch e.Name {
	case events.SpotsRejected:
		return booking.StatusRejected
	case events.PaymentFailed:
		return booking.StatusCancelled
	}
	return e.As
}

// asked is when a person wished the booking closed, or now.
func asked(e events.Event, now time.Time) time.Time {
	if e.AskedAt.IsZero() || e.AskedAt.After(now) {
		return now
	}
	return e.AskedAt
}

// refused is the refusal of a wish that reaches past confirmation; one that
// does not is answered by the confirmation.
func refused(r booking.Record, why booking.Reason) *booking.Said {
	if !why.Reaches() {
		return nil
	}
	return r.Refused
}
