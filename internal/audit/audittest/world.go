// Package audittest is a small system to audit: every function over one store
// in memory, run in one goroutine on a clock of its own, and an archive that
// loses what it is told to.
package audittest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// Noon is when a world begins.
var Noon = time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)

// World is the system. Records is what it works on; the provider's books and
// the mailbox are elsewhere, and outlive [World.Wipe]. Make it with [New].
type World struct {
	T       *testing.T
	Now     time.Time
	Store   store.Store
	Records *store.Records
	Sandbox *sandbox.Sandbox
	Mailbox *mailbox.Mailbox
	Broken  []string               // the rules that the live audit has seen broken
	Archive []event.Event          // facts, in the order in which they were said
	Loses   func(event.Event) bool // which facts the archive does not get; nil: none

	Wiring    functions.Wiring
	Receivers map[string]arrow.Receiver
	outside   *store.Records
	Readers   []string // the records of addresses that anything was said of
	waiting   []event.Event
	asked     int
}

// New returns a world with nothing in it.
func New(t *testing.T) *World {
	w := &World{T: t, Now: Noon, outside: store.New(memory.New())}
	w.Sandbox = sandbox.New(w.outside, sandbox.Settings{
		Now: w.Clock, Sleep: func(context.Context, time.Duration) error { return nil }, Late: time.Minute,
	})
	w.Mailbox = mailbox.New(w.outside, w.Clock)
	w.Wipe()
	return w
}

// Wipe takes all records away: what is left is the archive, and what the
// providers know.
func (w *World) Wipe() {
	w.Store = memory.New()
	w.Records = store.New(w.Store)
	w.waiting = nil
	w.Wiring = functions.Wiring{
		Ports: arrow.Ports{Records: w.Records, Now: w.Clock, Log: slog.New(slog.DiscardHandler), Deadline: time.Minute, Lease: time.Minute},
		Sink:  func(string) arrow.Sink { return sink{w} }, Messages: w.Mailbox, Plans: saga.Shipped(), Payments: w.Sandbox,
		Request:  request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration},
		Violated: func(rule string) { w.Broken = append(w.Broken, rule) },
	}
	w.Receivers = functions.All(w.Wiring)
}

// Clock returns Now.
func (w *World) Clock() time.Time { return w.Now }

// Sleep moves the clock on.
func (w *World) Sleep(_ context.Context, d time.Duration) error {
	w.Now = w.Now.Add(d)
	return nil
}

// Read implements events.History over the archive.
func (w *World) Read(_ context.Context, cursor string, limit int) ([]event.Event, string, error) {
	at, err := strconv.Atoi("0" + cursor)
	n := min(limit, len(w.Archive)-at)
	return w.Archive[at : at+n], strconv.Itoa(at + n), err
}

type sink struct{ w *World }

// Publish implements arrow.Sink.
func (s sink) Publish(ctx context.Context, es ...events.Event) error {
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		if err := s.w.Publish(ctx, ce); err != nil {
			return err
		}
	}
	return nil
}

// Publish takes events: the archive its facts, and everybody else when the
// world runs.
func (w *World) Publish(_ context.Context, ces ...event.Event) error {
	for _, ce := range ces {
		w.waiting = append(w.waiting, ce)
		if kind, _ := events.Attribute(ce, "kind"); kind == string(events.Fact) && (w.Loses == nil || !w.Loses(ce)) {
			w.Archive = append(w.Archive, ce)
		}
	}
	return nil
}

// Run delivers until nothing waits.
func (w *World) Run() {
	w.T.Helper()
	routes := saga.V1().Routes()
	for n := 0; len(w.waiting) > 0; n++ {
		if n == 100_000 {
			w.T.Fatal("it never ends")
		}
		ce := w.waiting[0]
		w.waiting = w.waiting[1:]
		for _, r := range routes {
			if !r.Filter.Matches(ce) {
				continue
			}
			w.Now = w.Now.Add(time.Millisecond)
			w.hand(r.To, ce)
		}
	}
}

func (w *World) hand(to string, ce event.Event) {
	w.T.Helper()
	for range 12 { // as a broker tries again
		out, err := w.Receivers[to](w.T.Context(), ce)
		if err == nil && out != nil {
			err = w.Publish(w.T.Context(), *out)
		}
		if err == nil || errors.Is(err, events.ErrNothingSaid) {
			return
		}
		if code, _ := arrow.Status(err); code == 500 {
			w.T.Fatalf("%s is given %s: %v", to, ce.Type(), err)
		}
		w.Now = w.Now.Add(time.Minute)
	}
}

// Tick moves the clock on, says so, and runs.
func (w *World) Tick(d time.Duration) {
	w.T.Helper()
	w.Now = w.Now.Add(d)
	w.Say("clock", events.ClockTick, events.Data{}, w.Now.String())
	w.Run()
}

// Say delivers a command to one function; its answer waits for the next run.
func (w *World) Say(to string, n events.Name, d events.Data, wish string) event.Event {
	w.T.Helper()
	ce, err := events.Encode(events.Tell(n, d, w.Now).Of(wish).Render(events.Speaker{Function: "test"}, events.Event{ID: "cause"}))
	if err != nil {
		w.T.Fatal(err)
	}
	out, err := w.Receivers[to](w.T.Context(), ce)
	if err != nil {
		w.T.Fatal(err)
	}
	if out == nil {
		return event.Event{}
	}
	if err := w.Publish(w.T.Context(), *out); err != nil {
		w.T.Fatal(err)
	}
	return *out
}

// Terms are those of every departure: two weeks ahead, 4500 EUR a seat, half
// of it back in the last two days.
func (w *World) Terms(capacity int) *booking.Terms {
	return &booking.Terms{
		TourID: "old-town", StartsAt: Noon.AddDate(0, 0, 14), TimeZone: "Europe/Paris", Capacity: capacity, MinParty: 1,
		Price:  booking.Money{Amount: 4500, Currency: "EUR"},
		Policy: booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 2, Percent: 50}},
	}
}

// Open makes the tour, and puts a departure of it on sale.
func (w *World) Open(id string, capacity int) {
	w.T.Helper()
	w.Say("catalog", events.TourCreate, events.Data{Tour: &booking.Tour{
		ID: "old-town", Name: "The old town", City: "Lyon", MeetingPoint: "Place Bellecour",
	}}, "tour")
	w.Catalog(events.DepartureOpen, id, w.Terms(capacity))
}

// Catalog says a command on a departure, and runs.
func (w *World) Catalog(n events.Name, id string, t *booking.Terms) {
	w.T.Helper()
	w.asked++
	w.Say("catalog", n, events.Data{Booking: booking.Booking{DepartureID: id}, Terms: t}, fmt.Sprint(w.asked))
	w.Run()
}

// Ask asks for a booking, and returns its id; what follows is run later.
func (w *World) Ask(departure string, seats int, token string, flow booking.Flow) (id string) {
	w.T.Helper()
	w.asked++
	return w.Say("request", events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: departure, Seats: seats, Flow: flow},
		Customer: &booking.Customer{Name: "Camille Martin", Email: "camille@example.com", Locale: "fr"}, Payment: &booking.Token{Token: token},
	}, fmt.Sprint(w.asked)).Subject()
}

// Book asks for a booking, and runs.
func (w *World) Book(departure string, seats int, token string, flow booking.Flow) (id string) {
	w.T.Helper()
	id = w.Ask(departure, seats, token, flow)
	w.Run()
	return id
}

// Cancel is a customer's wish.
func (w *World) Cancel(id, departure string) {
	w.T.Helper()
	w.asked++
	w.Say("saga", events.BookingCancel, events.Data{
		Booking: booking.Booking{ID: id, DepartureID: departure}, By: "customer", Reason: booking.ReasonCustomer,
	}, fmt.Sprint(w.asked))
	w.Run()
}
