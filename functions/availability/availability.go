// Package availability hears what departures say and tells when one runs low,
// sells out, or has seats again. It has no record: it sees the crossing in the
// fact itself.
package availability

import (
	"context"
	"strconv"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// Function tells of crossings.
func Function() arrow.Function { return function{} }

type function struct{}

// Names returns the fact that takes seats from those that are left, and the one
// that gives some back.
func (function) Names() []events.Name {
	return []events.Name{events.SpotsReserved, events.SpotsReleased}
}

// Handle answers the fact that took the last seats, or the last but few, or that
// gave back the first.
func (function) Handle(_ context.Context, _ arrow.Ports, e events.Event) (*events.Event, error) {
	name := crossed(e)
	if name == "" {
		return nil, nil
	}
	of := booking.Booking{DepartureID: e.DepartureID, TourID: e.TourID, StartsAt: e.StartsAt}
	d := events.Data{Booking: of, Stock: e.Stock}
	id := e.DepartureID + "@" + strconv.FormatUint(e.RecordVersion, 10)
	out := events.Note(name, d, id, e.Time).Render(events.Speaker{Function: "availability"}, e)
	return &out, nil
}

func crossed(e events.Event) events.Name {
	if e.Stock == nil {
		return ""
	}
	left := e.Stock.Available
	if e.Name == events.SpotsReleased {
		if left > 0 && left == e.Moved {
			return events.AvailabilityBack
		}
		return ""
	}
	low := e.Stock.Few()
	switch {
	case left == 0:
		return events.SoldOut
	case left <= low && left+e.Moved > low:
		return events.AvailabilityLow
	}
	return ""
}
