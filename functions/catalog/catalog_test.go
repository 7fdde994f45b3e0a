package catalog_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/catalog"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// shop is the catalog, with those who take seats.
func shop(*functionstest.Desk) []arrow.Function {
	return append(catalog.Functions(), reserve.Function())
}

// desk is where catalog hears of a departure and its tour.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "catalog", shop)} }

func terms(capacity int) *booking.Terms {
	return &booking.Terms{
		TourID: "old-town", StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: capacity, MinParty: 2,
		Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}
}

// on is a command about the departure, under its own id.
func (d desk) on(n events.Name, id string, t *booking.Terms) events.Event {
	e := d.Event(n, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: t})
	e.ID, e.Subject = id, "lyon-0900"
	return e
}

func (d desk) tour(n events.Name, id, name string) events.Event {
	e := d.Event(n, events.Data{Tour: &booking.Tour{ID: "old-town", Name: name, City: "Lyon"}})
	e.ID, e.Subject = id, "old-town"
	return e
}

// twice hears the same command again, later: it wants the same fact, and
// nothing written.
func (d desk) twice(e, first events.Event) {
	d.T.Helper()
	commits := d.Commits
	d.Now = d.Now.Add(time.Minute)
	if second := d.Says(first.Name, e); second.ID != first.ID || !second.Time.Equal(first.Time) || second.RecordVersion != first.RecordVersion {
		d.T.Errorf("said %+v, then %+v", first, second)
	}
	if d.Commits != commits {
		d.T.Errorf("a second %s writes", e.Name)
	}
}

func (d desk) hold(seats int) {
	d.T.Helper()
	b := booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: seats}
	d.Says(events.SpotsReserved, d.Event(events.SpotsReserve, events.Data{Booking: b}))
}

func TestCatalog_Departure(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(desk)
		does   events.Name
		terms  *booking.Terms
		says   events.Name
		reason booking.Reason
	}{
		{"a departure is opened", nil, events.DepartureOpen, terms(9), events.DepartureOpened, ""},
		{"no departure is opened twice", opened, events.DepartureOpen, terms(9), events.DepartureRefused, booking.ReasonExists},
		{"its terms change", opened, events.DepartureChange, terms(9), events.DepartureChanged, ""},
		{"an unknown one does not change", nil, events.DepartureChange, terms(9), events.DepartureRefused, booking.ReasonDepartureUnknown},
		{"the seats taken bound its capacity", taken, events.DepartureChange, terms(2), events.DepartureRefused, booking.ReasonCapacityTaken},
		{"it may be made as small as the seats taken", taken, events.DepartureChange, terms(3), events.DepartureChanged, ""},
		{"its sale is ended", taken, events.DepartureClose, nil, events.DepartureClosed, ""},
		{"too few guests cancel it when its sale is ended", opened, events.DepartureClose, nil, events.DepartureCancelled, booking.ReasonMinimumParty},
		{"an unknown one has no sale", nil, events.DepartureClose, nil, events.DepartureRefused, booking.ReasonDepartureUnknown},
		{"it is taken off", taken, events.DepartureCancel, nil, events.DepartureCancelled, booking.ReasonOperator},
		{"what has left cannot be taken off", left, events.DepartureCancel, nil, events.DepartureRefused, booking.ReasonDeparted},
		{"what is off cannot be taken off", cancelled, events.DepartureCancel, nil, events.DepartureRefused, booking.ReasonDepartureCancelled},
		{"what is off does not change", cancelled, events.DepartureChange, terms(9), events.DepartureRefused, booking.ReasonDepartureCancelled},
		{"what is off is not closed", cancelled, events.DepartureClose, nil, events.DepartureRefused, booking.ReasonDepartureCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			if c.before != nil {
				c.before(d)
			}
			e := d.on(c.does, "this", c.terms)
			said := d.Says(c.says, e)
			if said.Reason != c.reason || said.Subject != "lyon-0900" || said.Record != "departure" || said.Step {
				t.Errorf("%+v, want reason %q", said, c.reason)
			}
			if refused := c.says == events.DepartureRefused; refused != (said.Terms == nil) {
				t.Errorf("terms %+v", said.Terms)
			}
			d.twice(e, said)
		})
	}
}

func opened(d desk) { d.Says(events.DepartureOpened, d.on(events.DepartureOpen, "before", terms(4))) }
func taken(d desk)  { opened(d); d.hold(3) }
func left(d desk)   { taken(d); d.Now = terms(4).StartsAt }
func cancelled(d desk) {
	opened(d)
	d.Says(events.DepartureCancelled, d.on(events.DepartureCancel, "off", nil))
}

func TestCatalog_LateSecondCommand(t *testing.T) {
	d := open(t)
	opened(d)
	first := d.on(events.DepartureChange, "first", terms(9))
	said := d.Says(events.DepartureChanged, first)
	d.Says(events.DepartureChanged, d.on(events.DepartureChange, "second", terms(7)))
	t.Run("is answered by what was said", func(t *testing.T) {
		d.twice(first, said)
	})
	t.Run("and changes nothing", func(t *testing.T) {
		row, err := d.Records.Read(t.Context(), store.Key{Record: record.KindDeparture, ID: "lyon-0900"}, "")
		var head booking.Departure
		if err == nil {
			err = json.Unmarshal(row.Head, &head)
		}
		if err != nil || head.Terms.Capacity != 7 {
			t.Errorf("capacity %d, %v, want the second's 7", head.Terms.Capacity, err)
		}
	})
}

// TestCatalog_Was holds that a change tells what customers were promised before,
// and goes on to tell it whatever comes later.
func TestCatalog_Was(t *testing.T) {
	d := open(t)
	opened(d)
	moved := terms(4)
	moved.StartsAt, moved.MeetingPoint = moved.StartsAt.Add(time.Hour), "Bellecour"
	e := d.on(events.DepartureChange, "moved", moved)
	said := d.Says(events.DepartureChanged, e)
	want := &booking.Was{StartsAt: terms(4).StartsAt, TimeZone: "Europe/Paris", MeetingPoint: new("")}
	if diff := cmp.Diff(want, said.Was); diff != "" || said.Terms.MeetingPoint != "Bellecour" {
		t.Errorf("%+v (-want +got):\n%s", said.Terms, diff)
	}
	d.Says(events.DepartureChanged, d.on(events.DepartureChange, "back", terms(4)))
	d.twice(e, said)
	if again := d.Says(events.DepartureChanged, e); cmp.Diff(said.Data, again.Data) != "" {
		t.Errorf("%+v, then %+v", said.Data, again.Data)
	}
	dearer := terms(4)
	dearer.Price.Amount++
	if said := d.Says(events.DepartureChanged, d.on(events.DepartureChange, "dearer", dearer)); said.Was != nil {
		t.Errorf("of another price it tells %+v", said.Was)
	}
}

func TestCatalog_TourMeetsElsewhere(t *testing.T) {
	d := open(t)
	d.Says(events.TourCreated, d.tour(events.TourCreate, "made", "Old town"))
	e := d.tour(events.TourUpdate, "elsewhere", "Old town")
	e.Tour.MeetingPoint = "Bellecour"
	said := d.Says(events.TourUpdated, e)
	if diff := cmp.Diff(&booking.Was{MeetingPoint: new("")}, said.Was); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	renamed := d.tour(events.TourUpdate, "renamed", "Older town")
	renamed.Tour.MeetingPoint = "Bellecour"
	if said := d.Says(events.TourUpdated, renamed); said.Was != nil {
		t.Errorf("of another name it tells %+v", said.Was)
	}
	if d.twice(e, said); cmp.Diff(said.Data, d.Says(events.TourUpdated, e).Data) != "" {
		t.Error("it tells something else the second time")
	}
}

func TestCatalog_Tour(t *testing.T) {
	d := open(t)
	steps := []struct {
		name   string
		does   events.Name
		called string
		says   events.Name
		reason booking.Reason
	}{
		{"an unknown tour is not updated", events.TourUpdate, "Old town", events.TourRefused, booking.ReasonTourUnknown},
		{"a tour is made", events.TourCreate, "Old town", events.TourCreated, ""},
		{"no tour is made twice", events.TourCreate, "New town", events.TourRefused, booking.ReasonExists},
		{"a tour is updated", events.TourUpdate, "Older town", events.TourUpdated, ""},
	}
	var said []events.Event
	for i, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			out := d.Says(s.says, d.tour(s.does, s.name, s.called))
			if out.Reason != s.reason || out.Tour == nil || out.Tour.Name != s.called || out.RecordVersion != uint64(i+1) {
				t.Errorf("%+v of %+v", out, out.Tour)
			}
			said = append(said, out)
		})
	}
	t.Run("each is answered the same again, whatever came later", func(t *testing.T) {
		for i, s := range steps {
			d.twice(d.tour(s.does, s.name, s.called), said[i])
		}
	})
	t.Run("all tours and departures are in their lists", func(t *testing.T) {
		opened(d)
		for index, want := range map[string]string{record.IndexTours: "old-town", record.IndexDepartures: "lyon-0900"} {
			page, err := d.Records.List(t.Context(), index, "", 9)
			if err != nil || len(page.Members) != 1 || page.Members[0] != want {
				t.Errorf("%s: %v, %v", index, page.Members, err)
			}
		}
	})
}
