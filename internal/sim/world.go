package sim

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions/request"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/standin"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// Request is one booking that a client asks for, at a time after the start.
type Request struct {
	ID        string
	Departure string
	Seats     int
	Token     string
	Old       bool          // asks in version 1
	At        time.Duration // after the start
	Cancel    time.Duration // a customer's cancellation, after the start; 0: none
	Show      time.Duration // when they go to a bank that wants to see them; 0: never
	Hide      bool          // and say that it is not they who pay
	Person
}

// Departure is one departure of the world.
type Departure struct {
	ID       string
	Capacity int
	Cancel   time.Duration // the operator takes it off, after the start; 0: never
	Change   time.Duration // or has it leave later and elsewhere; 0: never
	More     int           // with so many seats more
}

// Options is what a run is made of. The zero value of Faults is a calm world:
// first come, first served, and nothing goes wrong.
type Options struct {
	Seed       uint64
	Flow       booking.Flow
	Requests   []Request
	Departures []Departure
	Routes     []saga.Route // nil: all of the newest plan's
	Faults     Faults
	Points     bool          // note the point of every crossing
	CrashAt    []int         // needs Points: crash at these crossings of ports, counted from 1, rising
	Replicas   int           // deliveries at once; 0: one
	Log        io.Writer     // tells the story as it happens; nil: nobody listens
	Leaves     time.Duration // when the departures leave, after the start; 0: 72 hours
	Late       time.Duration // when a processing payment is decided; 0: 90 seconds
	After      time.Duration // goes on so long after the departures left
	Stripe     bool          // payments are a stand-in's for Stripe, by its API and its webhooks
	Watchers   []Watcher
	Meets      time.Duration // the operator has the tour meet elsewhere, after the start; 0: never
	Hooks      bool          // the provider of messages tells what became of them
	Unkeyed    bool          // the provider of messages does not know its keys: asked twice, it sends twice
}

// The times that every run has. A broker gives a delivery up after Timeout,
// and makes it again, while the function may still be at it.
const (
	Hold    = 15 * time.Minute
	Lease   = 30 * time.Second
	Timeout = 25 * time.Second
)

// World is one run.
type World struct {
	Options
	rng      *rand.Rand
	start    time.Time
	now      time.Time
	store    *recorder
	records  *store.Records // the outside's own, which never crashes
	books    sandbox.Books  // the payment provider's own
	stripe   *outside       // nil: it is the sandbox
	mailbox  *mailbox.Mailbox
	post     *post
	nobody   map[string]bool // the addresses at which there is nobody
	returns  map[string]bool // and from which mail comes back
	tidings  []tidings       // what the provider of messages is about to tell
	hooks    int             // how often it has
	queue    []*message
	can      []choice // of the newest step; kept for its room
	replicas []*replica
	clients  []*client
	crossed  []string // every crossing, by its point's name
	said     []event.Event
	heard    []events.Event    // the same, read
	lost     map[link]bool     // deliveries that were never made, or given up
	handled  map[link]bool     // and that were made in the end
	facts    map[string]string // id to content
	versions map[string]string // record and version to id
	wrong    []error
	gone     []*replica // crashed
	presses  []press    // what an operator is about to do
	reminded []string
}

// New makes a world, its departures open.
func New(o Options) (*World, error) {
	if o.Routes == nil {
		o.Routes = saga.V1().Routes()
	}
	o.Replicas = max(1, o.Replicas)
	o.Departures = slices.Clone(o.Departures) // each forgets its cancellation once it was made
	o.Leaves = cmp.Or(o.Leaves, 72*time.Hour)
	o.Late = cmp.Or(o.Late, 90*time.Second)
	w := &World{
		Options: o, rng: rand.New(rand.NewPCG(o.Seed, 0)),
		start: time.Date(2027, 5, 1, 8, 0, 0, 0, time.UTC),
		facts: map[string]string{}, versions: map[string]string{}, nobody: map[string]bool{}, returns: map[string]bool{},
		lost: map[link]bool{}, handled: map[link]bool{},
	}
	w.now = w.start
	w.store = &recorder{Store: memory.New(), world: w, lines: map[string]time.Time{}}
	w.records = store.New(w.store)
	if w.books = w.newSandbox(nil); o.Stripe {
		w.stripe = newOutside(w)
		w.books = standin.Stripe{Fake: w.stripe.fake}
	}
	w.mailbox = mailbox.New(w.records, w.clock)
	w.post = &post{world: w, tries: map[string][]*try{}, begun: map[string]int{}, turns: map[string]int{}}
	for range o.Replicas {
		w.replicas = append(w.replicas, w.newReplica())
	}
	return w, w.populate()
}

// populate has everything there that there is from the start.
func (w *World) populate() error {
	for _, r := range w.Requests {
		w.clients = append(w.clients, &client{Request: r})
		if err := w.meet(r.Person, r.ID); err != nil {
			return err
		}
	}
	for _, of := range w.Watchers {
		if err := w.watch(of); err != nil {
			return err
		}
	}
	if err := w.catalog(events.TourCreate, events.Data{Tour: tour("at the old gate")}); err != nil {
		return err
	}
	for _, d := range w.Departures {
		data := events.Data{Booking: booking.Booking{DepartureID: d.ID}, Terms: w.terms(d)}
		if err := w.catalog(events.DepartureOpen, data); err != nil {
			return err
		}
	}
	return nil
}

func tour(meets string) *booking.Tour {
	return &booking.Tour{ID: "old-town", Name: "The old town", City: "Lyon", MeetingPoint: meets}
}

func (w *World) clock() time.Time { return w.now }

// Now is the world's time since its start.
func (w *World) Now() time.Duration { return w.now.Sub(w.start) }

func (w *World) logf(format string, args ...any) {
	if w.Log != nil {
		fmt.Fprintf(w.Log, "%12v  %s\n", w.Now(), fmt.Sprintf(format, args...))
	}
}

func (w *World) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Errorf(format, args...))
}

func (w *World) settings() request.Settings {
	return request.Settings{Secret: []byte("simulated"), Hold: Hold, Flow: w.Flow}
}

// BookingID is the id of the booking that a request makes.
func (w *World) BookingID(r Request) string {
	return w.settings().BookingID(events.Event{ID: r.ID, Source: clientSource})
}

func (w *World) newSandbox(r *replica) *sandbox.Sandbox {
	return sandbox.New(w.records, sandbox.Settings{
		Now: w.clock, Slow: Lease + 15*time.Second, Late: w.Late,
		Sleep: func(_ context.Context, d time.Duration) error {
			r.flight.sleep(d)
			return nil
		},
	})
}

func (w *World) terms(d Departure) *booking.Terms {
	return &booking.Terms{
		TourID: "old-town", StartsAt: w.start.Add(w.Leaves), TimeZone: "Europe/Paris", Capacity: d.Capacity,
		Price:  booking.Money{Amount: 4500, Currency: "EUR"},
		Policy: booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 2, Percent: 50}},
	}
}

// catalog has the catalog do something before anything happens.
func (w *World) catalog(n events.Name, data events.Data) error {
	ce, err := events.Encode(events.Tell(n, data, w.now).Render(events.Speaker{Function: "operator"}, events.Event{}))
	if err != nil {
		return err
	}
	fact, err := w.newReplica().receivers["catalog"](context.Background(), ce)
	if err == nil {
		w.said = append(w.said, *fact)
		w.witness("catalog", *fact)
	}
	return err
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
