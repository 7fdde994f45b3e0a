package fanout_test

import (
	"fmt"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/fanout"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// watched has so many customers watch the departure.
func (d desk) watched(customers int) desk {
	d.T.Helper()
	for i := range customers {
		id := fmt.Sprintf("c%03d", i)
		err := record.ChangeWatch(d.T.Context(), d.Records, id, "lyon-0900", func(r booking.Reader, _ booking.Watch) (booking.Reader, booking.Watch) {
			return r, booking.Watch{Since: d.Now}
		})
		if err != nil {
			d.T.Fatal(err)
		}
	}
	return d
}

// fact is one about the departure that is no booking's.
func (d desk) fact(n events.Name, was *booking.Was, s booking.Stock) events.Event {
	data := events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Was: was, Stock: &s}
	if n == events.DepartureChanged {
		data.Terms, data.Command = &terms, "/shop cmd-1"
	} else {
		data.TourID, data.StartsAt = terms.TourID, terms.StartsAt
	}
	e := d.Event(n, data)
	e.ID = factID
	return e
}

func TestFanout_Lists(t *testing.T) {
	moved := &booking.Was{StartsAt: terms.StartsAt.Add(-time.Hour), TimeZone: "Europe/Paris"}
	grown := &booking.Was{Capacity: 10}
	both := &booking.Was{StartsAt: moved.StartsAt, TimeZone: moved.TimeZone, Capacity: 10}
	left, none := booking.Stock{Capacity: 12, Sold: 10, Available: 2}, booking.Stock{Capacity: 12, Sold: 12}
	low, back, changed, cancelled := string(events.AvailabilityLow), string(events.AvailabilityBack), string(events.DepartureChanged), string(events.DepartureCancelled)
	for _, c := range []struct {
		says    string
		of      func(desk) events.Event
		booked  string // what each booking is told; "" nothing
		watched string // and each who watches
	}{
		{"few seats are left: who watches", func(d desk) events.Event { return d.fact(events.AvailabilityLow, nil, left) }, "", low},
		{"seats came back: who watches", func(d desk) events.Event { return d.fact(events.AvailabilityBack, nil, left) }, "", back},
		{"it moved: who has booked", func(d desk) events.Event { return d.fact(events.DepartureChanged, moved, left) }, changed, ""},
		{"it meets elsewhere: who has booked", func(d desk) events.Event {
			return d.fact(events.DepartureChanged, &booking.Was{MeetingPoint: new("")}, left)
		}, changed, ""},
		{"it has more seats, of which there were none: who watches", func(d desk) events.Event { return d.fact(events.DepartureChanged, grown, left) }, "", back},
		{"both", func(d desk) events.Event { return d.fact(events.DepartureChanged, both, left) }, changed, back},
		{"more seats, of which there were some: nobody", func(d desk) events.Event {
			return d.fact(events.DepartureChanged, &booking.Was{Capacity: 11}, left)
		}, "", ""},
		{"more seats, which are not for sale: nobody", func(d desk) events.Event { return d.fact(events.DepartureChanged, grown, none) }, "", ""},
		{"another price: nobody", func(d desk) events.Event { return d.fact(events.DepartureChanged, nil, left) }, "", ""},
		{"it does not take place: whose booking that cancels, and who watches", desk.cancelled, " ", cancelled},
	} {
		t.Run(c.says, func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire).filled(3).watched(2)
			told, _ := b.run(d, c.of(d))
			want := map[string]int{}
			for i := range 3 {
				switch id := fmt.Sprintf("booking-%03d", i); c.booked {
				case "":
				case " ":
					want[id] = 1
				default:
					want[id+" of "+c.booked] = 1
				}
			}
			for i := range 2 {
				if c.watched != "" {
					want[fmt.Sprintf("c%03d of %s", i, c.watched)] = 1
				}
			}
			if fmt.Sprint(told) != fmt.Sprint(want) {
				t.Errorf("told %v, want %v", told, want)
			}
		})
	}
}

func TestFanout_Watchers(t *testing.T) {
	for _, c := range []struct{ watchers, pages int }{{0, 1}, {1, 1}, {fanout.Page, 1}, {fanout.Page + 1, 2}, {2*fanout.Page + 50, 3}} {
		t.Run(fmt.Sprintf("%d who watch are each told once, in %d pages", c.watchers, c.pages), func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire).watched(c.watchers)
			told, pages := b.run(d, d.fact(events.AvailabilityLow, nil, booking.Stock{Capacity: 10, Held: 8, Available: 2}))
			if len(told) != c.watchers || pages != c.pages {
				t.Errorf("%d in %d pages", len(told), pages)
			}
			for who, n := range told {
				if n != 1 {
					t.Errorf("%s was told %d times", who, n)
				}
			}
		})
	}
}

// TestFanout_Carries holds that the pages after the first know what the first
// did, and that each command is the same whoever asks for it again.
func TestFanout_Carries(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire).watched(fanout.Page + 1)
	stock := booking.Stock{Capacity: 10, Held: 8, Available: 2}
	e := d.fact(events.AvailabilityLow, nil, stock)
	d.Silent(e)
	next := b.got[fanout.Page]
	if next.Name != events.FanoutNext || next.Cursor == "" || next.Template != string(e.Name) || next.Occurrence != factID || *next.Stock != stock {
		t.Fatalf("%+v", next)
	}
	b.got = nil
	d.Silent(next)
	if len(b.got) != 1 || b.got[0].Data.CustomerID != "c100" || *b.got[0].Stock != stock || b.got[0].Occurrence != factID {
		t.Fatalf("%+v", b.got)
	}
	first := b.got[0]
	d.Now = functionstest.Noon.Add(time.Hour)
	b.got = nil
	d.Silent(next)
	if b.got[0].ID != first.ID {
		t.Errorf("%s, then %s", first.ID, b.got[0].ID)
	}
	t.Run("another crossing is told again", func(t *testing.T) {
		b.got = nil
		e.ID = "0badcafe0badcafe0badcafe0badcafe"
		d.Silent(e)
		again := b.got[0].ID
		e.ID, b.got = factID, nil
		if d.Silent(e); b.got[0].ID == again {
			t.Error("it is the same command")
		}
	})
}
