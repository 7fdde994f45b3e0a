// Package book makes a booking, confirms it, and ends it when its tour was taken.
package book

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Function is the arrow over bookings.
func Function() arrow.Function {
	return record.Booking("book", arrow.Table[arrow.None, booking.Record]{
		events.BookingCreate:    create, // orchestrated
		events.SpotsReserved:    create, // choreographed
		events.BookingConfirm:   confirm,
		events.PaymentSucceeded: confirm,
		events.BookingComplete:  complete,
	})
}

func create(h arrow.None, r booking.Record, e events.Event, now time.Time) (arrow.None, booking.Record, events.Answer) {
	r = r.Create(e.Booking, now)
	return h, r, events.First(
		events.Closing(r.Booking, r.Closed),
		events.BookingCreated.As(r.Booking, r.Created))
}

func confirm(h arrow.None, r booking.Record, _ events.Event, now time.Time) (arrow.None, booking.Record, events.Answer) {
	r = r.Confirm(now)
	return h, r, events.First(
		events.Closing(r.Booking, r.Closed),
		events.BookingConfirmed.As(r.Booking, r.Confirmed))
}

func complete(h arrow.None, r booking.Record, _ events.Event, now time.Time) (arrow.None, booking.Record, events.Answer) {
	r = r.Complete(now)
	return h, r, events.First(
		events.Closing(r.Booking, r.Closed),
		events.BookingCompleted.As(r.Booking, r.Completed))
}
