package announce_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/announce"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// broker keeps what is published, unless it is down.
type broker struct {
	down error
	got  []events.Event
}

// Publish keeps the events.
func (b *broker) Publish(_ context.Context, es ...events.Event) error {
	if b.down == nil {
		b.got = append(b.got, es...)
	}
	return b.down
}

func (b *broker) wire(d *functionstest.Desk) []arrow.Function {
	return []arrow.Function{announce.Function(announce.Settings{
		Records: d.Records, Sink: b, PhoneID: func(e164 string) string { return "phone" + strings.TrimPrefix(e164, "+") },
	})}
}

// desk is where announce hears of endings.
type desk struct{ *functionstest.Desk }

func open(t *testing.T, wire func(*functionstest.Desk) []arrow.Function) desk {
	return desk{functionstest.Open(t, "announce", wire)}
}

func (d desk) intake(in booking.Intake) { d.puts(record.KindIntake, in) }

// puts writes what a record keeps of the booking.
func (d desk) puts(kind string, entry any) {
	d.T.Helper()
	raw, err := json.Marshal(entry)
	if err == nil {
		err = d.Records.Update(d.T.Context(), store.Key{Record: kind, ID: "booking-2"}, "booking-2",
			func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
	}
	if err != nil {
		d.T.Fatal(err)
	}
}

var camille = booking.Intake{CustomerID: "3f1c09a7b25e4d68", Customer: &booking.Customer{Name: "Camille", Email: "camille@example.com"}}

// ended is n about a booking that ended so.
func (d desk) ended(n events.Name, s booking.Status) events.Event {
	data := events.Data{
		Booking: booking.Booking{
			ID: "booking-2", DepartureID: "lyon-0900", TourID: "old-town", Seats: 2, Flow: booking.Choreography, Status: s,
			StartsAt: functionstest.Noon, TimeZone: "Europe/Paris", Price: booking.Money{Amount: 9000, Currency: "EUR"},
		},
	}
	if n != events.Announce {
		data.Stock, data.Moved = &booking.Stock{Capacity: 4, Available: 4}, 2
	}
	if s.Closed() {
		data.Reason, data.Amount = booking.ReasonCustomer, &booking.Money{Amount: 4500, Currency: "EUR"}
	}
	return d.Event(n, data)
}

func TestAnnounce(t *testing.T) {
	for _, c := range []struct {
		by     events.Name
		status booking.Status
		tells  string
	}{
		{events.Announce, booking.StatusConfirmed, "booking.confirmed"},
		{events.SpotsSold, booking.StatusConfirmed, "booking.confirmed"},
		{events.Announce, booking.StatusCancelled, "booking.cancelled"},
		{events.SpotsReleased, booking.StatusCancelled, "booking.cancelled"},
		{events.SpotsReleased, booking.StatusExpired, "booking.expired"},
		{events.SpotsReleased, booking.StatusRejected, "booking.rejected"},
	} {
		t.Run(string(c.by)+" has the customer told of "+c.tells, func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			d.intake(camille)
			e := d.ended(c.by, c.status)
			d.Silent(e)
			if len(b.got) != 1 {
				t.Fatalf("published %+v", b.got)
			}
			got := b.got[0]
			want := events.Data{
				Booking: e.Booking, Reason: e.Reason, Amount: e.Amount,
				Occurrence: c.tells, Template: c.tells, CustomerID: camille.CustomerID,
				Channel: "mail", Recipient: camille.CustomerID, Among: 1,
			}
			if diff := cmp.Diff(want, got.Data); diff != "" || got.Name != events.Send || got.To != "notify" || got.CausationID != e.ID {
				t.Errorf("%+v\n%s", got, diff)
			}
			ce, err := events.Encode(got)
			if err == nil {
				_, err = events.Decode(ce)
			}
			if err != nil || strings.Contains(string(ce.Data()), "amille") {
				t.Errorf("%s, %v", ce.Data(), err)
			}
		})
	}
}

func TestAnnounce_Occurrence(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.intake(camille)
	e := d.ended(events.Announce, booking.StatusCompleted) // whoever took the tour was never told
	e.Occurrence = "booking.confirmed"
	d.Silent(e)
	if len(b.got) != 1 || b.got[0].Occurrence != "booking.confirmed" {
		t.Errorf("published %+v", b.got)
	}
}

func TestAnnounce_TwiceIsOnce(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.intake(camille)
	d.Silent(d.ended(events.SpotsReleased, booking.StatusCancelled))
	d.Silent(d.ended(events.SpotsReleased, booking.StatusCancelled))
	d.Silent(d.ended(events.Announce, booking.StatusCancelled)) // the keeper's reminder
	d.Silent(d.ended(events.SpotsSold, booking.StatusConfirmed))
	if len(b.got) != 4 || b.got[0].ID != b.got[1].ID || b.got[0].ID != b.got[2].ID {
		t.Errorf("published %+v", b.got)
	}
	if b.got[3].ID == b.got[0].ID {
		t.Error("another ending is another message")
	}
}

func TestAnnounce_Nobody(t *testing.T) {
	for name, in := range map[string]*booking.Intake{"erased": {CustomerID: "3f1c"}, "gone": nil} {
		t.Run("a customer whose intake is "+name+" is told nothing", func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			if in != nil {
				d.intake(*in)
			}
			d.Silent(d.ended(events.SpotsSold, booking.StatusConfirmed))
			if len(b.got) != 0 {
				t.Errorf("published %+v", b.got)
			}
		})
	}
}

// blind is a store that cannot be read.
type blind struct{ store.Store }

// Load fails.
func (blind) Load(context.Context, store.Key, ...string) (store.Snapshot, error) {
	return store.Snapshot{}, store.ErrUnavailable
}

func TestAnnounce_Again(t *testing.T) {
	again := func(t *testing.T, d desk, cause error) {
		t.Helper()
		var a *arrow.AgainError
		out, err := d.Hear(d.ended(events.SpotsSold, booking.StatusConfirmed))
		if out != nil || !errors.As(err, &a) || !errors.Is(err, cause) {
			t.Errorf("%+v, %v, want again", out, err)
		}
	}
	t.Run("all is not well before it is published", func(t *testing.T) {
		b := &broker{down: errors.New("broker is down")}
		d := open(t, b.wire)
		d.intake(camille)
		again(t, d, b.down)
	})
	t.Run("nor while the customer cannot be read", func(t *testing.T) {
		b := new(broker)
		d := open(t, func(d *functionstest.Desk) []arrow.Function {
			return []arrow.Function{announce.Function(announce.Settings{Records: store.New(blind{d}), Sink: b})}
		})
		again(t, d, store.ErrUnavailable)
		if len(b.got) != 0 {
			t.Errorf("published %+v", b.got)
		}
	})
}
