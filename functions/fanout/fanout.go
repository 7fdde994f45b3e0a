// Package fanout turns one fact about a departure or a tour into one command per
// booking of it, or per customer who watches it, a page at a time: the rest of
// the list is the one event that a function sends itself.
package fanout

import (
	"context"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Page is how many are told at once.
const Page = 100

// Function is the source of what follows from a departure's facts, for each of
// its bookings and watchers.
func Function(r *store.Records, to arrow.Sink) arrow.Function { return function{r, to} }

type function struct {
	records *store.Records
	sink    arrow.Sink
}

// Names returns the facts that begin a list, and the command that goes on.
func (function) Names() []events.Name {
	return []events.Name{
		events.TourUpdated, events.DepartureCancelled, events.DepartureChanged,
		events.AvailabilityLow, events.AvailabilityBack, events.FanoutNext,
	}
}

// Handle publishes one page, and the cursor of the next, before it says that
// all is well. Of several lists it begins the others by a command too.
func (f function) Handle(ctx context.Context, p arrow.Ports, e events.Event) (*events.Event, error) {
	all := lists(e, p.Now())
	if len(all) == 0 {
		return nil, nil
	}
	say := func(n events.Name, d events.Data) events.Event {
		return events.Tell(n, d, e.Time).Render(events.Speaker{Function: "fanout"}, e)
	}
	first := all[0]
	page, err := f.records.List(ctx, index(first), first.Cursor, Page)
	if err != nil {
		return nil, arrow.Again(err)
	}
	var out []events.Event
	for _, member := range page.Members {
		if first.TourID != "" {
			if meets, err := f.meets(ctx, member, first.TourID, p.Now()); err != nil {
				return nil, arrow.Again(err)
			} else if !meets {
				continue
			}
		}
		out = append(out, say(each(first, member)))
	}
	if first.Cursor = page.Next; first.Cursor != "" {
		out = append(out, say(events.FanoutNext, first))
	}
	for _, other := range all[1:] {
		out = append(out, say(events.FanoutNext, other))
	}
	if err := f.sink.Publish(ctx, out...); err != nil {
		return nil, arrow.Again(err)
	}
	return nil, nil
}

// meets reports whether a departure is of the tour and is still to come, and its
// guests meet where the tour's do.
func (f function) meets(ctx context.Context, departure, tour string, now time.Time) (bool, error) {
	d, err := record.ReadDeparture(ctx, f.records, departure)
	t := d.Terms
	return t.TourID == tour && t.MeetingPoint == "" && d.State != booking.DepartureCancelled && now.Before(t.StartsAt), err
}

// lists are those that are to be gone through because of an event, each as the
// data of the command that does. One without a template has bookings cancelled.
func lists(e events.Event, now time.Time) (all []events.Data) {
	d := events.Data{Booking: booking.Booking{DepartureID: e.DepartureID}}
	telling := func(template events.Name) events.Data {
		d := d
		d.Template, d.Occurrence = string(template), e.ID
		return d
	}
	switch e.Name {
	case events.TourUpdated:
		if e.Was.Tells() {
			moved := telling(events.DepartureChanged)
			moved.TourID, moved.Was = e.Tour.ID, e.Was
			all = append(all, moved)
		}
		return all
	case events.DepartureCancelled:
		return []events.Data{d, telling(events.DepartureCancelled)}
	case events.DepartureChanged:
		if e.Was.Tells() && (now.Before(e.Terms.StartsAt) || now.Before(e.Was.StartsAt)) {
			moved := telling(events.DepartureChanged)
			moved.Was = e.Was
			all = append(all, moved)
		}
		if e.Stock != nil && e.Was.SoldOut(*e.Stock) && e.Stock.Available > 0 {
			back := telling(events.AvailabilityBack)
			back.Stock = e.Stock
			all = append(all, back)
		}
		return all
	case events.AvailabilityLow, events.AvailabilityBack:
		few := telling(e.Name)
		few.Stock = e.Stock
		return []events.Data{few}
	}
	return []events.Data{e.Data}
}

// ofBookings reports whether a list is of a departure's bookings; those that are
// not of a tour's departures are of who watches it.
func ofBookings(d events.Data) bool {
	return d.Template == "" || d.Template == string(events.DepartureChanged)
}

func index(d events.Data) string {
	switch {
	case d.TourID != "":
		return record.IndexDepartures
	case ofBookings(d):
		return record.IndexBookings(d.DepartureID)
	}
	return record.IndexWatchers(d.DepartureID)
}

// each is the command for one member of a list.
func each(of events.Data, member string) (events.Name, events.Data) {
	d := events.Data{Booking: booking.Booking{DepartureID: of.DepartureID}}
	switch {
	case of.TourID != "":
		d.DepartureID, d.Template, d.Occurrence, d.Was = member, of.Template, of.Occurrence, of.Was
		return events.FanoutNext, d
	case of.Template == "":
		d.Booking.ID, d.By, d.Reason = member, "operator", booking.ReasonDepartureCancelled
		return events.BookingCancel, d
	case ofBookings(of):
		d.Booking.ID = member
	default:
		d.CustomerID = member
	}
	d.Template, d.Occurrence, d.Was, d.Stock = of.Template, of.Occurrence, of.Was, of.Stock
	return events.Announce, d
}
