package sim

import (
	"slices"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// tellings are all that is to be told, as the table of announce has it, read off
// what was said and how the bookings stand.
func (w *World) tellings() (all []telling) {
	for _, c := range w.clients {
		all = append(all, w.endings(c)...)
	}
	seen := map[string]bool{}
	for _, e := range w.heard {
		if spec, _ := events.Lookup(e.Name); spec.Kind != events.Fact || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		for _, c := range w.clients {
			all = append(all, w.toldOf(c, e)...)
		}
		for _, of := range w.Watchers {
			if t, ok := watched(of, e); ok {
				all = append(all, t)
			}
		}
	}
	return all
}

// endings are those of a booking. The keeper sees to it that each is told.
func (w *World) endings(c *client) (all []telling) {
	id := w.BookingID(c.Request)
	is, _ := load[booking.Record](w, record.KindBooking, id, id)
	end := func(s booking.Status, must bool) {
		name := events.Occurrence(s)
		all = append(all, telling{of: c.Person, id: c.ID, booking: id, departure: c.Departure, template: name, occurrence: name, must: must})
	}
	if is.Confirmed != nil {
		end(booking.StatusConfirmed, false)
	}
	if is.Closed != nil {
		end(is.Closed.Status, false)
	}
	return all
}

// toldOf is what who made a booking is told of a fact, besides the endings.
func (w *World) toldOf(c *client, e events.Event) []telling {
	id := w.BookingID(c.Request)
	t := telling{
		of: c.Person, id: c.ID, booking: id, departure: c.Departure,
		template: string(e.Name), occurrence: string(e.Name), fact: e.ID, must: true,
	}
	switch {
	case e.Name == events.DepartureChanged && e.DepartureID == c.Departure && e.Was.Tells():
		is, _ := load[booking.Record](w, record.KindBooking, id, id)
		if is.Confirmed == nil {
			return nil
		}
		t.occurrence = e.ID
		t.must = is.Closed == nil && is.Confirmed.At.Add(settles).Before(e.Time)
	case e.Name == events.TourUpdated && e.Was.Tells():
		is, _ := load[booking.Record](w, record.KindBooking, id, id)
		if is.Confirmed == nil {
			return nil
		}
		t.template, t.occurrence = string(events.DepartureChanged), e.ID
		moved := slices.ContainsFunc(w.heard, func(o events.Event) bool { return o.Name == events.DepartureChanged && o.DepartureID == c.Departure })
		t.must = is.Closed == nil && is.Confirmed.At.Add(settles).Before(e.Time) && !moved && e.Time.Before(is.Booking.StartsAt)
	case e.Data.ID != id:
		return nil
	case e.Name == events.PaymentRefunded:
		t.occurrence = e.ID
		end := w.endedWith(id)
		switch {
		case e.Amount == nil || e.Amount.Amount == 0, end == nil, !end.At.Before(e.Time):
			return nil // the ending tells it
		}
		t.must = end.At.Add(settles).Before(e.Time)
	case e.Name == events.PaymentSucceeded, e.Name == events.PaymentRefundFailed:
	default:
		return nil
	}
	return []telling{t}
}

// endedWith is the fact by which the keeper stated the ending of a booking that
// was closed.
func (w *World) endedWith(id string) *booking.Said {
	is, _ := load[saga.Record](w, record.KindSaga, id, id)
	for _, end := range is.Ends {
		if end.Occurrence != string(events.BookingConfirmed) {
			return end.Said
		}
	}
	return nil
}

// watched is what who watches a departure is told of a fact.
func watched(of Watcher, e events.Event) (t telling, ok bool) {
	if e.DepartureID != of.Departure {
		return t, false
	}
	t = telling{of: of.Person, id: of.ID, departure: of.Departure, template: string(e.Name), occurrence: e.ID, fact: e.ID, must: true}
	switch e.Name {
	case events.DepartureCancelled, events.AvailabilityLow, events.AvailabilityBack:
		return t, true
	case events.DepartureChanged:
		t.template = string(events.AvailabilityBack)
		full := e.Was != nil && e.Was.Capacity > 0 && e.Was.Capacity <= e.Stock.Held+e.Stock.Sold
		return t, full && e.Stock.Available > 0
	}
	return t, false
}
