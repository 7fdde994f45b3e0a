package availability_test

import (
	"testing"

	"tourbillon/events"
	"tourbillon/functions/availability"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

func watch(*functionstest.Desk) []arrow.Function { return []arrow.Function{availability.Function()} }

// desk is where availability hears of departures.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "availability", watch)} }

// moved is a fact of the departure: seats moved, and what was left then.
func (d desk) moved(n events.Name, moved, capacity, left int) events.Event {
	e := d.Event(n, events.Data{
		Booking: booking.Booking{
			ID: "booking-2", DepartureID: "lyon-0900", Seats: max(1, moved), Status: booking.StatusOnHold,
			TourID: "old-town", StartsAt: functionstest.Noon, TimeZone: "Europe/Paris", Price: booking.Money{Currency: "EUR"},
		},
		Moved: moved, Stock: &booking.Stock{Capacity: capacity, Held: capacity - left, Available: left},
	})
	e.Record, e.RecordVersion = "departure", 7
	return e
}

func TestAvailability(t *testing.T) {
	for _, c := range []struct {
		name                  string
		moved, capacity, left int
		says                  events.Name // empty: nothing
	}{
		{"many left is nothing new", 2, 50, 11, ""},
		{"a fifth left is low", 2, 50, 10, events.AvailabilityLow},
		{"over the line at one stroke is low", 20, 50, 3, events.AvailabilityLow},
		{"low already is nothing new", 2, 50, 8, ""},
		{"none left is sold out", 2, 50, 0, events.SoldOut},
		{"both at one stroke is sold out", 50, 50, 0, events.SoldOut},
		{"the last seat of a minibus is low", 1, 4, 1, events.AvailabilityLow},
		{"two seats of a minibus are not", 1, 4, 2, ""},
		{"the only seat sells out", 1, 1, 0, events.SoldOut},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			e := d.moved(events.SpotsReserved, c.moved, c.capacity, c.left)
			out, err := d.Hear(e)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.says == "" && out != nil:
				t.Errorf("says %s", out.Name)
			case c.says != "" && (out == nil || out.Name != c.says || out.Subject != "lyon-0900" || out.Data.ID != "" || *out.Stock != *e.Stock):
				t.Errorf("says %+v, want %s", out, c.says)
			case c.says != "" && (!out.Time.Equal(e.Time) || out.CausationID != e.ID || out.Record != "" || out.Source != "/tourbillon/availability"):
				t.Errorf("says %+v", out)
			}
			if d.Commits != 0 {
				t.Error("it has a record")
			}
		})
	}
	t.Run("the same fact is told the same, whoever asked for it", func(t *testing.T) {
		d := open(t)
		e := d.moved(events.SpotsReserved, 2, 50, 10)
		first := d.Says(events.AvailabilityLow, e)
		e.CausationID, d.Now = "another", d.Now.Add(1)
		if second := d.Says(events.AvailabilityLow, e); second.ID != first.ID || !second.Time.Equal(first.Time) {
			t.Errorf("%+v, then %+v", first, second)
		}
		e.RecordVersion++
		if second := d.Says(events.AvailabilityLow, e); second.ID == first.ID {
			t.Error("and the next crossing is another")
		}
	})
}

func TestAvailability_Back(t *testing.T) {
	for _, c := range []struct {
		name                  string
		moved, capacity, left int
		says                  events.Name // empty: nothing
	}{
		{"the first seat after none is back", 1, 50, 1, events.AvailabilityBack},
		{"several at one stroke are", 4, 50, 4, events.AvailabilityBack},
		{"one more than there were is nothing new", 1, 50, 2, ""},
		{"nothing given back is nothing", 0, 50, 3, ""},
		{"nothing given back where nothing is left neither", 0, 50, 0, ""},
		{"of a departure that is not on sale nothing is back", 2, 50, 0, ""},
		{"all of a minibus are", 4, 4, 4, events.AvailabilityBack},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			e := d.moved(events.SpotsReleased, c.moved, c.capacity, c.left)
			e.Status, e.Reason = booking.StatusCancelled, booking.ReasonCustomer
			out, err := d.Hear(e)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.says == "" && out != nil:
				t.Errorf("says %s", out.Name)
			case c.says != "" && (out == nil || out.Name != c.says || out.Subject != "lyon-0900" || out.Data.ID != "" || *out.Stock != *e.Stock || !out.Time.Equal(e.Time)):
				t.Errorf("says %+v, want %s", out, c.says)
			}
			if d.Commits != 0 {
				t.Error("it has a record")
			}
		})
	}
}
