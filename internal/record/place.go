package record

import (
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// What of a record falls due, and which lists it is in, for who writes records
// without an arrow: made anew from the archive.

// SeatPlace is that of a booking's seats of a departure.
func SeatPlace(d booking.Departure, s booking.Seat) ([]store.Line, []store.Index) {
	on := Departure("", nil).(arrow.On[booking.Departure, booking.Seat])
	return on.Lines(d, s), on.Index(d, s)
}

// DeparturePlace is that of a departure, by one of the catalog's commands.
func DeparturePlace(d booking.Departure, c booking.Change) ([]store.Line, []store.Index) {
	on := DepartureTerms("", nil).(arrow.On[booking.Departure, booking.Change])
	return on.Lines(d, c), on.Index(d, c)
}

// TourPlace is that of a tour, which never falls due.
func TourPlace(t booking.Tour, c booking.Change) []store.Index {
	return Tour("", nil).(arrow.On[booking.Tour, booking.Change]).Index(t, c)
}

// PaymentPlace is that of a payment.
func PaymentPlace(p booking.Payment) []store.Line {
	return []store.Line{{Name: saga.LookLine(p.Booking.ID), At: p.LookAgain()}}
}

// NotificationPlace is that of a notification.
func NotificationPlace(n booking.Notification) ([]store.Line, []store.Index) {
	on := Notification("", nil).(arrow.Acts[booking.Notification, sending, booking.Receipt])
	return []store.Line{{Name: on.Look(n), At: on.Due(n)}}, on.Index(n)
}

// SagaPlace is that of a saga.
func SagaPlace(r saga.Record) ([]store.Line, []store.Index) {
	on := Saga("", nil).(arrow.On[arrow.None, saga.Record])
	return on.Lines(arrow.None{}, r), on.Index(arrow.None{}, r)
}
