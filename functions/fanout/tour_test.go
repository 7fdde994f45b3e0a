package fanout_test

import (
	"fmt"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/fanout"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// opens puts a departure of the tour on sale, on terms that were changed.
func (d desk) opens(id string, change func(*booking.Terms)) {
	d.T.Helper()
	t := terms
	if change != nil {
		change(&t)
	}
	e := d.Event(events.DepartureOpen, events.Data{Booking: booking.Booking{DepartureID: id}, Terms: &t})
	e.ID += id
	d.Says(events.DepartureOpened, e)
}

// tour is the fact that the tour of these departures is another now.
func (d desk) tour(was *booking.Was) events.Event {
	e := d.Event(events.TourUpdated, events.Data{
		Tour: &booking.Tour{ID: terms.TourID, Name: "Old Town", City: "Lyon", MeetingPoint: "Bellecour"}, Was: was, Command: "/shop cmd-1",
	})
	e.ID = factID
	return e
}

// tours hears e and what fanout sends itself of the tour, and returns the
// departures whose bookings are to be gone through, over how many pages.
func (b *broker) tours(d desk, e events.Event) (through map[string]int, pages int) {
	d.T.Helper()
	through = map[string]int{}
	for next := []events.Event{e}; len(next) > 0; pages++ {
		b.got = nil
		d.Silent(next[0])
		next = next[1:]
		for _, e := range b.got {
			switch {
			case e.Name != events.FanoutNext || e.Template != string(events.DepartureChanged) || e.Occurrence != factID || !e.Was.Tells():
				d.T.Errorf("published %+v", e)
			case e.DepartureID != "":
				through[e.DepartureID]++
			default:
				next = append(next, e)
			}
		}
	}
	return through, pages
}

var elsewhere = &booking.Was{MeetingPoint: new("Place Saint-Jean")}

func TestFanout_Tour(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.opens("meets", nil)
	d.opens("own-place", func(t *booking.Terms) { t.MeetingPoint = "Under the bridge" })
	d.opens("other-tour", func(t *booking.Terms) { t.TourID = "new-town" })
	d.opens("soon", func(t *booking.Terms) { t.StartsAt = d.Now.Add(time.Hour) })
	d.opens("off", nil)
	off := d.Event(events.DepartureCancel, events.Data{Booking: booking.Booking{DepartureID: "off"}})
	d.Says(events.DepartureCancelled, off)

	through, _ := b.tours(d, d.tour(elsewhere))
	if fmt.Sprint(through) != fmt.Sprint(map[string]int{"meets": 1, "soon": 1}) {
		t.Errorf("through %v", through)
	}
	t.Run("not what has left by now", func(t *testing.T) {
		d.Now = d.Now.Add(2 * time.Hour)
		if through, _ := b.tours(d, d.tour(elsewhere)); fmt.Sprint(through) != fmt.Sprint(map[string]int{"meets": 1}) {
			t.Errorf("through %v", through)
		}
	})
	t.Run("of another name nobody is told", func(t *testing.T) {
		b.got = nil
		if d.Silent(d.tour(nil)); len(b.got) != 0 {
			t.Errorf("published %+v", b.got)
		}
	})
	t.Run("and each booking is, in the end", func(t *testing.T) {
		d := open(t, b.wire).filled(3)
		through, _ := b.tours(d, d.tour(elsewhere))
		if len(through) != 1 {
			t.Fatalf("through %v", through)
		}
		b.got = nil
		d.Silent(d.tour(elsewhere))
		told, _ := b.run(d, b.got[0])
		for i := range 3 {
			if told[fmt.Sprintf("booking-%03d of tour.departure.changed", i)] != 1 {
				t.Errorf("told %v", told)
			}
		}
	})
}

func TestFanout_TourOfManyDepartures(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	const many = fanout.Page + 20
	for i := range many {
		d.opens(fmt.Sprintf("lyon-%03d", i), nil)
	}
	through, pages := b.tours(d, d.tour(elsewhere))
	for id, n := range through {
		if n != 1 {
			t.Errorf("%s is gone through %d times", id, n)
		}
	}
	if len(through) != many || pages != 2 {
		t.Errorf("%d departures in %d pages", len(through), pages)
	}
	t.Run("which cannot be read is no reason to leave it out", func(t *testing.T) {
		err := d.Records.Update(t.Context(), store.Key{Record: "departure", ID: "lyon-007"}, "",
			func(store.Row) (store.Change, error) { return store.Change{Head: []byte("{")}, nil })
		if err != nil {
			t.Fatal(err)
		}
		b.got = nil
		if out, err := d.Hear(d.tour(elsewhere)); out != nil || err == nil || len(b.got) != 0 {
			t.Errorf("%+v, %v, published %d", out, err, len(b.got))
		}
	})
}
