// Package catalog makes and changes tours and departures. Each command is
// remembered under its own id, so that a late second one changes nothing.
package catalog

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Functions are the arrows over tours and departures.
func Functions() []arrow.Function {
	return []arrow.Function{
		record.Tour("catalog", arrow.Table[booking.Tour, booking.Change]{
			events.TourCreate: tour(booking.Tour.Create),
			events.TourUpdate: tour(booking.Tour.Update),
		}),
		record.DepartureTerms("catalog", arrow.Table[booking.Departure, booking.Change]{
			events.DepartureOpen: departure(func(d booking.Departure, c booking.Change, e events.Event, now time.Time) (booking.Departure, booking.Change) {
				return d.Open(c, e.DepartureID, *e.Terms, now)
			}),
			events.DepartureChange: departure(func(d booking.Departure, c booking.Change, e events.Event, now time.Time) (booking.Departure, booking.Change) {
				return d.Change(c, *e.Terms, now)
			}),
			events.DepartureClose: departure(func(d booking.Departure, c booking.Change, _ events.Event, now time.Time) (booking.Departure, booking.Change) {
				return d.Close(c, now)
			}),
			events.DepartureCancel: departure(func(d booking.Departure, c booking.Change, _ events.Event, now time.Time) (booking.Departure, booking.Change) {
				return d.Cancel(c, now)
			}),
		}),
	}
}

func tour(does func(booking.Tour, booking.Change, booking.Tour, time.Time) (booking.Tour, booking.Change)) arrow.Decision[booking.Tour, booking.Change] {
	return func(t booking.Tour, c booking.Change, e events.Event, now time.Time) (booking.Tour, booking.Change, events.Answer) {
		t, c = does(t, c, *e.Tour, now)
		c.Command, c.Tour = record.Command(e), stood(c.Tour, e.Tour)
		of := booking.Booking{}
		return t, c, events.First(
			events.TourCreated.As(of, c.Opened),
			events.TourUpdated.As(of, c.Changed),
			events.TourRefused.As(of, c.Refused),
		).Of(c.Command).With(func(data *events.Data) { data.Tour, data.Was, data.Command = c.Tour, c.Was, c.Command })
	}
}

// stood is the tour as it stood when the command was decided: as it was asked
// for, where that was refused.
func stood(then, asked *booking.Tour) *booking.Tour {
	if then != nil {
		return then
	}
	return asked
}

func departure(does func(booking.Departure, booking.Change, events.Event, time.Time) (booking.Departure, booking.Change)) arrow.Decision[booking.Departure, booking.Change] {
	return func(d booking.Departure, c booking.Change, e events.Event, now time.Time) (booking.Departure, booking.Change, events.Answer) {
		d, c = does(d, c, e, now)
		c.Command = record.Command(e)
		of := booking.Booking{DepartureID: e.DepartureID}
		return d, c, events.First(
			events.DepartureOpened.As(of, c.Opened),
			events.DepartureChanged.As(of, c.Changed),
			events.DepartureClosed.As(of, c.Closed),
			events.DepartureCancelled.As(of, c.Cancelled),
			events.DepartureRefused.As(of, c.Refused),
		).Of(c.Command).With(func(data *events.Data) {
			data.Terms, data.Was, data.Command = c.Terms, c.Was, c.Command
		})
	}
}
