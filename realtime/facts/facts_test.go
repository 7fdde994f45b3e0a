package facts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/functions/book"
	"tourbillon/functions/catalog"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/realtime"
	"tourbillon/realtime/facts"
	"tourbillon/realtime/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is the functions that speak for departures and bookings, and what a relay
// reads of their records.
type desk struct {
	*functionstest.Desk
	snapshots *facts.Snapshots
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: functionstest.Open(t, "reserve", func(d *functionstest.Desk) []arrow.Function {
		return append(append(catalog.Functions(), compensate.Functions(d.Records, nil)...), reserve.Function(), book.Function())
	})}
	d.snapshots = &facts.Snapshots{Records: d.Records, Epoch: &facts.Epoch{Records: d.Records}, Now: d.Clock}
	return d
}

var terms = booking.Terms{
	TourID: "old-town", StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: 6,
	Price: booking.Money{Amount: 4500, Currency: "EUR"}, Policy: booking.Policy{{HoursBefore: 48, Percent: 100}},
}

func (d *desk) manage(n events.Name, departure string, t *booking.Terms) events.Event {
	return d.Event(n, events.Data{Booking: booking.Booking{DepartureID: departure}, Terms: t})
}

func (d *desk) on(n events.Name, id, departure string, seats int) events.Event {
	return d.Event(n, events.Data{Booking: booking.Booking{
		ID: id, DepartureID: departure, TourID: "old-town", Seats: seats, Flow: booking.Orchestration, Status: booking.StatusPending,
		ExpiresAt: functionstest.Noon.Add(15 * time.Minute), Price: booking.Money{Amount: 4500 * int64(seats), Currency: "EUR"},
		StartsAt: terms.StartsAt, TimeZone: terms.TimeZone, Policy: terms.Policy,
	}})
}

func (d *desk) tour() {
	d.Says(events.TourCreated, d.Event(events.TourCreate, events.Data{Tour: &booking.Tour{ID: "old-town", Name: "Old town", City: "Lyon"}}))
}

// TestChanges_SayWhatTheRecordsSay walks through departures' and bookings' lives
// at random: every fact says of its version what the record says of it, and a
// record's versions have no holes.
func TestChanges_SayWhatTheRecordsSay(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			d, chance, said := open(t), rand.New(rand.NewPCG(seed, 1)), map[realtime.Topic]uint64{}
			d.tour()
			for n := range 150 {
				e := d.anything(chance)
				e.ID = fmt.Sprint("ask-", n)
				fact, err := d.Hear(e)
				if errors.Is(err, events.ErrNothingSaid) || fact == nil {
					continue
				}
				if err != nil {
					t.Fatal(e.Name, err)
				}
				for _, c := range facts.Changes(*fact) {
					if c.Data != nil {
						d.compare(fact.Name, c, said)
					}
				}
			}
			if len(said) < 4 {
				t.Errorf("only %v spoke", said)
			}
		})
	}
}

// compare compares a change with the record, where that has its version still.
func (d *desk) compare(n events.Name, c realtime.Change, said map[realtime.Topic]uint64) {
	d.T.Helper()
	if before := said[c.Topic]; c.Version > before+1 {
		d.T.Errorf("%s of %v is version %d after %d", n, c.Topic, c.Version, before)
	}
	said[c.Topic] = max(said[c.Topic], c.Version)
	v, err := d.snapshots.Read(d.T.Context(), c.Topic)
	if errors.Is(err, realtime.ErrUnknown) {
		return // refused, of a departure that was never opened
	}
	if err != nil {
		d.T.Fatal(err)
	}
	if v.Version != said[c.Topic] {
		d.T.Errorf("%v is version %d, and %d was said", c.Topic, v.Version, said[c.Topic])
	}
	if c.Version == v.Version && string(c.Data) != string(v.Data) {
		d.T.Errorf("%s of %v says %s, the record %s", n, c.Topic, c.Data, v.Data)
	}
}

func (d *desk) anything(chance *rand.Rand) events.Event {
	departure, id, seats := fmt.Sprint("d-", chance.IntN(2)), fmt.Sprint("booking-", chance.IntN(8)), 1+chance.IntN(3)
	pick := func(names ...events.Name) events.Name { return names[chance.IntN(len(names))] }
	switch chance.IntN(12) {
	case 0, 1:
		own := terms
		own.Capacity += chance.IntN(3)
		return d.manage(pick(events.DepartureOpen, events.DepartureChange), departure, &own)
	case 2:
		if chance.IntN(6) > 0 {
			return d.on(events.SpotsReserve, id, departure, seats)
		}
		return d.manage(pick(events.DepartureClose, events.DepartureCancel), departure, nil)
	case 3:
		e := d.on(events.BookingClose, id, departure, seats)
		e.As, e.Data.Reason = booking.StatusCancelled, booking.ReasonCustomer
		if chance.IntN(2) > 0 {
			e.As, e.Data.Reason = booking.StatusExpired, booking.ReasonTimeout
		}
		return e
	case 4:
		e := d.on(events.SpotsRelease, id, departure, seats)
		e.Data.Reason, e.Status = booking.ReasonTimeout, booking.StatusExpired
		return e
	}
	return d.on(pick(events.SpotsReserve, events.SpotsSell, events.BookingCreate, events.BookingConfirm), id, departure, seats)
}

func TestSnapshots(t *testing.T) {
	d := open(t)
	ctx := t.Context()
	tours, oldTown := realtime.Topic{Kind: realtime.Tours}, realtime.Topic{Kind: realtime.Tour, ID: "old-town"}
	if _, err := d.snapshots.Members(ctx, oldTown); !errors.Is(err, realtime.ErrUnknown) {
		t.Errorf("a tour that is not there: %v", err)
	}
	d.tour()
	d.Says(events.DepartureOpened, d.manage(events.DepartureOpen, "d-1", &terms))
	later, other := terms, terms
	later.StartsAt, other.TourID = terms.StartsAt.Add(time.Hour), "other"
	for id, of := range map[string]*booking.Terms{"d-2": &later, "d-3": &other} {
		e := d.manage(events.DepartureOpen, id, of)
		e.ID = id
		d.Says(events.DepartureOpened, e)
	}
	d.Says(events.SpotsReserved, d.on(events.SpotsReserve, "booking-1", "d-1", 2))
	for group, want := range map[realtime.Topic]string{tours: "d-1 d-3 d-2 ", oldTown: "d-1 d-2 "} {
		all, err := d.snapshots.Members(ctx, group)
		got := ""
		for _, v := range all {
			got += v.Topic.ID + " "
		}
		if err != nil || got != want {
			t.Errorf("%v has %q, %v; want %q", group, got, err, want)
		}
	}
	v, err := d.snapshots.Read(ctx, realtime.Topic{Kind: realtime.Departure, ID: "d-1"})
	if want := `{"id":"d-1","capacity":6,"held":2,"sold":0,"available":4}`; err != nil || string(v.Data) != want || v.Version != 2 || v.Epoch == "" {
		t.Errorf("got %+v %s, %v", v, v.Data, err)
	}
	for _, unknown := range []realtime.Topic{{Kind: realtime.Departure, ID: "d-9"}, {Kind: realtime.Booking, ID: "booking-9"}, {Kind: realtime.DeadLetters}, tours} {
		if _, err := d.snapshots.Read(ctx, unknown); !errors.Is(err, realtime.ErrUnknown) {
			t.Errorf("%v: %v", unknown, err)
		}
	}
	d.snapshots.Letters = func(context.Context) (json.RawMessage, error) { return json.RawMessage(`{"count":2}`), nil }
	for topic, want := range map[realtime.Kind]string{
		realtime.DeadLetters: `{"count":2}`,
		realtime.Sagas:       `{"byStatus":{"CANCELLED":0,"COMPLETED":0,"CONFIRMED":0,"EXPIRED":0,"ON_HOLD":0,"PENDING":0,"REJECTED":0},"stuck":0,"undoOwed":0,"paidWithoutSeat":0}`,
	} {
		if v, err := d.snapshots.Read(ctx, realtime.Topic{Kind: topic}); err != nil || string(v.Data) != want || v.Epoch != "" {
			t.Errorf("%s: %+v %s %v", topic, v, v.Data, err)
		}
	}
	if err := d.snapshots.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func TestEpoch(t *testing.T) {
	d := open(t)
	a, b := &facts.Epoch{Records: d.Records}, &facts.Epoch{Records: d.Records}
	one, err := a.Now(t.Context())
	two, err2 := b.Now(t.Context())
	if err != nil || err2 != nil || one != two || one == "" {
		t.Errorf("%q %v and %q %v", one, err, two, err2)
	}
}

// TestTail has a hub follow a history: what was there before is not told, what
// comes is.
func TestTail(t *testing.T) {
	for says, wrap := range map[string]func(*memory.History) events.History{
		"that knows its end":        func(h *memory.History) events.History { return h },
		"that must be read through": func(h *memory.History) events.History { return onlyRead{h} },
	} {
		t.Run(says, func(t *testing.T) {
			d := open(t)
			h := memory.NewHistory(nil)
			defer func() { _ = h.Close() }()
			publish := func(e events.Event) {
				ce, err := events.Encode(e)
				if err == nil {
					err = h.Publish(t.Context(), ce)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			d.tour()
			publish(d.Says(events.DepartureOpened, d.manage(events.DepartureOpen, "d-1", &terms)))
			ctx, cancel := context.WithCancel(t.Context())
			got := make(chan realtime.Change, 100)
			tail := &facts.Tail{History: wrap(h), Every: time.Millisecond, Log: realtimetest.Quiet()}
			done := make(chan error)
			alive := make(chan struct{}, 1000)
			go func() {
				done <- tail.Run(ctx, func(c realtime.Change) {
					if c.Topic.Kind == "" {
						select {
						case alive <- struct{}{}:
						default:
						}
						return
					}
					got <- c
				})
			}()
			<-alive
			publish(d.Says(events.SpotsReserved, d.on(events.SpotsReserve, "booking-1", "d-1", 2)))
			c := <-got
			if want := `{"id":"d-1","capacity":6,"held":2,"sold":0,"available":4}`; string(c.Data) != want || c.Version != 2 || fmt.Sprint(c.Groups) != "[tours tour:old-town]" || c.At.IsZero() {
				t.Errorf("got %+v %s", c, c.Data)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// onlyRead is a history that does not say where it ends.
type onlyRead struct{ events.History }

func TestOverheard(t *testing.T) {
	d := open(t)
	d.tour()
	opened, err := events.Encode(d.Says(events.DepartureOpened, d.manage(events.DepartureOpen, "d-1", &terms)))
	if err != nil {
		t.Fatal(err)
	}
	nonsense := event.New()
	nonsense.SetType("nonsense")
	var got []string
	feed := facts.Overheard{Log: realtimetest.Quiet(), Listen: func(_ context.Context, hear func(event.Event), alive func()) error {
		alive()
		hear(nonsense)
		hear(opened)
		return nil
	}}
	if err := feed.Run(t.Context(), func(c realtime.Change) { got = append(got, fmt.Sprint(c.Topic, " ", c.Version)) }); err != nil {
		t.Error(err)
	}
	if want := "[ 0 departure:d-1 1]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
