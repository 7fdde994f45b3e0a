// Package reserve holds a departure's seats for a booking, and sells them.
package reserve

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Function is the arrow over departures.
func Function() arrow.Function {
	return record.Departure("reserve", arrow.Table[booking.Departure, booking.Seat]{
		events.SpotsReserve:     hold, // orchestrated
		events.BookingRequested: hold, // choreographed
		events.SpotsSell:        sell,
		events.BookingConfirmed: sell,
	})
}

func hold(d booking.Departure, s booking.Seat, e events.Event, now time.Time) (booking.Departure, booking.Seat, events.Answer) {
	d, s = d.Hold(s, e.Booking, now)
	return d, s, events.First(
		events.SpotsReleased.As(s.Booking, s.Released),
		events.SpotsReserved.As(s.Booking, s.Held),
		events.SpotsRejected.As(s.Booking, s.Refused))
}

func sell(d booking.Departure, s booking.Seat, _ events.Event, now time.Time) (booking.Departure, booking.Seat, events.Answer) {
	d, s = d.Sell(s, now)
	return d, s, events.First(
		events.SpotsReleased.As(s.Booking, s.Released),
		events.SpotsSold.As(s.Booking, s.Sold),
		events.SpotsRejected.As(s.Booking, s.Refused))
}
