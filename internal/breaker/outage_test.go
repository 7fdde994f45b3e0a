package breaker_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/breaker"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	records "tourbillon/internal/store/memory"
	"tourbillon/knative"
	"tourbillon/saga"
)

// flaky is a store in which every call takes a moment, and that is down while
// it is told to be.
type flaky struct {
	store.Store
	mu    sync.Mutex
	down  bool
	asked int // while it is down
}

func (f *flaky) set(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

func (f *flaky) moment() error {
	time.Sleep(20 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		f.asked++
		return errDown
	}
	return nil
}

// Load takes a moment.
func (f *flaky) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	if err := f.moment(); err != nil {
		return store.Snapshot{}, err
	}
	return f.Store.Load(ctx, key, entries...)
}

// Commit takes a moment.
func (f *flaky) Commit(ctx context.Context, w store.Write) error {
	if err := f.moment(); err != nil {
		return err
	}
	return f.Store.Commit(ctx, w)
}

// Due takes a moment.
func (f *flaky) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	if err := f.moment(); err != nil {
		return nil, err
	}
	return f.Store.Due(ctx, now, claim, limit)
}

// house is the whole system on its manifests, behind circuit breakers.
type house struct {
	t          *testing.T
	store      *flaky
	records    *store.Records
	bank       *sandbox.Sandbox
	receivers  map[string]arrow.Receiver
	runner     *knative.Runner
	transports map[string]events.Transport
	log        logbook
	ids        []string
}

// to publishes to the Broker of the work.
type to struct{ *house }

// Publish implements arrow.Sink.
func (h to) Publish(ctx context.Context, es ...events.Event) error {
	for _, e := range es {
		ce, err := events.Encode(e)
		if err == nil {
			err = h.runner.Publish(ctx, "bookings", ce)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func now() time.Time { return time.Now().UTC().Round(0) }

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: &flaky{Store: records.New()}, transports: map[string]events.Transport{}}
	h.records = store.New(breaker.Store(breaker.New("store", breaker.Settings{Log: h.log.logger()}), h.store))
	h.bank = sandbox.New(h.records, sandbox.Settings{Now: now, Late: 5 * time.Second})
	silent := slog.New(slog.DiscardHandler)
	h.receivers = functions.All(functions.Wiring{
		Ports: arrow.Ports{Records: h.records, Now: now, Log: silent, Deadline: 20 * time.Second, Lease: 30 * time.Second},
		Sink:  func(string) arrow.Sink { return to{h} }, Plans: saga.Shipped(),
		Request:  request.Settings{Hold: 15 * time.Minute, Flow: booking.Orchestration, Secret: []byte("secret")},
		Payments: breaker.Payments(breaker.New("payments", breaker.Settings{Log: h.log.logger()}), h.bank),
		Messages: breaker.Messages(breaker.New("messages", breaker.Settings{Log: h.log.logger()}), mailbox.New(h.records, now)),
	})
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range m.Brokers {
		h.transports[b.Name] = memory.New(silent)
	}
	h.runner, err = knative.New(t.Context(), knative.Options{Manifests: m, Transports: h.transports, Functions: h.receivers, Doors: functions.Doors, Log: silent, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- h.runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		for _, tr := range h.transports {
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	h.sell()
	return h
}

// tell has a function take an event, and publishes what it answers.
func (h *house) tell(function string, ce event.Event) *event.Event {
	h.t.Helper()
	fact, err := h.receivers[function](h.t.Context(), ce)
	if err == nil {
		err = h.runner.Publish(h.t.Context(), "bookings", *fact)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return fact
}

// sell puts a departure on sale.
func (h *house) sell() {
	h.t.Helper()
	for name, data := range map[events.Name]events.Data{
		events.TourCreate: {Tour: &booking.Tour{ID: "old-town", Name: "Old Town", City: "Lyon"}},
		events.DepartureOpen: {Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &booking.Terms{
			TourID: "old-town", TimeZone: "Europe/Paris", Capacity: 50, Price: booking.Money{Amount: 4500, Currency: "EUR"},
			StartsAt: now().AddDate(0, 0, 14),
		}},
	} {
		ce, err := events.Encode(events.Tell(name, data, now()).Of("test").Render(events.Speaker{Function: "test"}, events.Event{}))
		if err != nil {
			h.t.Fatal(err)
		}
		h.tell("catalog", ce)
	}
}

// books takes a booking on.
func (h *house) books(flow booking.Flow) {
	h.t.Helper()
	ce := event.New()
	ce.SetID(fmt.Sprint("order-", len(h.ids)))
	ce.SetSource("https://shop.example")
	ce.SetType("tourbillon.booking.request.v2")
	data := fmt.Sprintf(`{"departureId":"lyon-0900","seats":1,"flow":%q,"customer":{"name":"Ada","email":"ada@example.com"},"payment":{"token":"tok_visa"}}`, flow)
	if err := ce.SetData("application/json", []byte(data)); err != nil {
		h.t.Fatal(err)
	}
	h.ids = append(h.ids, h.tell("request", ce).Subject())
}

// letters counts the dead letters by name.
func (h *house) letters() (counts map[string]int) {
	h.t.Helper()
	counts = map[string]int{}
	for _, tr := range h.transports {
		all, err := tr.DeadLetters(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, l := range all {
			name, _ := events.Attribute(l.Event, "name")
			counts[name]++
		}
	}
	return counts
}

// count counts the bookings that the keeper knows to stand so.
func (h *house) count(s booking.Status) (n int) {
	h.t.Helper()
	n, err := h.records.Count(h.t.Context(), record.IndexSagas(s))
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestOutage takes the store away for a while, with bookings under way in both
// flows. Deliveries are given up after two minutes; the keeper, whose lines are
// in the store, takes every booking to its end when that is back: confirmed and
// paid once, or expired with nothing kept where the hold has ended meanwhile.
func TestOutage(t *testing.T) {
	for outage, c := range map[time.Duration]struct {
		dead  bool          // deliveries are given up
		after time.Duration // by when all is well again
	}{
		30 * time.Second: {false, 30 * time.Second},
		5 * time.Minute:  {true, 2 * time.Minute},
		20 * time.Minute: {true, 2 * time.Minute}, // longer than a hold
	} {
		t.Run(outage.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t)
				for i := range 20 {
					h.books([]booking.Flow{booking.Orchestration, booking.Choreography}[i%2])
				}
				time.Sleep(70 * time.Millisecond) // some are here, some there
				h.store.set(true)
				time.Sleep(outage)
				h.store.set(false)
				asked := h.store.asked
				time.Sleep(c.after)
				confirmed, expired := h.count(booking.StatusConfirmed), h.count(booking.StatusExpired)
				if n := confirmed + expired; n != len(h.ids) || outage < 15*time.Minute && expired > 0 {
					t.Errorf("%d bookings are confirmed and %d expired, of %d", confirmed, expired, len(h.ids))
				}
				intents, err := h.bank.Ledger(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var taken int64
				for _, i := range intents {
					taken += i.Taken()
				}
				if taken != int64(4500*confirmed) {
					t.Errorf("%d is taken for %d bookings, want %d", taken, confirmed, 4500*confirmed)
				}
				letters := h.letters()
				if (len(letters) > 0) != c.dead || letters[string(events.ClockTick)] > 0 {
					t.Errorf("dead letters: %v", letters)
				}
				opened := h.log.count("breaker opened")
				if most := 100 + int(outage/(4*time.Second)); asked > most || opened != 1 {
					t.Errorf("it was asked %d times while it was down, want at most %d; the breaker opened %d times", asked, most, opened)
				}
				t.Logf("down for %v: asked %d times, dead letters %v; %s", outage, asked, letters, strings.TrimSpace(h.log.lines.String()))
			})
		})
	}
}
