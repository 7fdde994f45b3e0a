// Package fanout turns one fact about a departure into one command per booking
// of it, a page at a time: the rest of the list is the one event that a
// function sends itself.
package fanout

import (
	"context"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Page is how many bookings are told at once.
const Page = 100

// Function is the source of the cancellations that follow a departure's.
func Function(r *store.Records, to arrow.Sink) arrow.Function { return function{r, to} }

type function struct {
	records *store.Records
	sink    arrow.Sink
}

// Names returns the fact that begins a list, and the command that goes on.
func (function) Names() []events.Name {
	return []events.Name{events.DepartureCancelled, events.FanoutNext}
}

// Handle publishes one page, and the cursor of the next, before it says that
// all is well.
func (f function) Handle(ctx context.Context, _ arrow.Ports, e events.Event) (*events.Event, error) {
	page, err := f.records.List(ctx, record.IndexBookings(e.DepartureID), e.Cursor, Page)
	if err != nil {
		return nil, arrow.Again(err)
	}
	say := func(n events.Name, d events.Data) events.Event {
		return events.Tell(n, d, e.Time).Render(events.Speaker{Function: "fanout"}, e)
	}
	var out []events.Event
	for _, id := range page.Members {
		out = append(out, say(events.BookingCancel, events.Data{
			Booking: booking.Booking{ID: id, DepartureID: e.DepartureID},
			By:      "operator", Reason: booking.ReasonDepartureCancelled,
		}))
	}
	if page.Next != "" {
		out = append(out, say(events.FanoutNext, events.Data{
			Booking: booking.Booking{DepartureID: e.DepartureID}, Cursor: page.Next,
		}))
	}
	if err := f.sink.Publish(ctx, out...); err != nil {
		return nil, arrow.Again(err)
	}
	return nil, nil
}
