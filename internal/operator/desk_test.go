package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	history "tourbillon/events/memory"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
	"tourbillon/internal/web"
	"tourbillon/internal/words"
	"tourbillon/saga"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)

// world is a desk over a system that runs when it is told to, in one goroutine,
// on the test's own clock.
type world struct {
	operator.Desk
	t         *testing.T
	now       time.Time
	store     *storetest.Faulty
	facts     *history.History
	mailbox   *mailbox.Mailbox
	bank      *sandbox.Sandbox
	receivers map[string]arrow.Receiver
	log       strings.Builder
	mu        sync.Mutex
	waiting   []event.Event // for delivery
	lost      map[events.Name]bool
	down      error // of the broker
	dead      []events.DeadLetter
	asked     int // bookings
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, now: noon, store: &storetest.Faulty{Store: memory.New()}, lost: map[events.Name]bool{},
	}
	records, clock := store.New(w.store), func() time.Time { return w.now }
	w.facts = history.NewHistory(slog.New(slog.DiscardHandler))
	w.mailbox = mailbox.New(records, clock)
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	w.bank = sandbox.New(records, sandbox.Settings{Now: clock, Sleep: func(context.Context, time.Duration) error { return nil }, Late: time.Minute})
	wiring := functions.Wiring{
		Ports: arrow.Ports{Records: records, Now: clock, Log: slog.New(slog.DiscardHandler), Deadline: time.Minute, Lease: time.Minute},
		Sink:  func(string) arrow.Sink { return said{w} }, Messages: w.mailbox, Plans: saga.Shipped(),
		Payments: w.bank,
		Request:  request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration},
	}
	w.receivers = functions.All(wiring)
	w.Desk = operator.Desk{
		Records: records, Plans: saga.Shipped(), Mailbox: w.mailbox, Words: words.Embedded(), Messages: w.mailbox, Broker: w, History: w.facts,
		Letters: map[string]operator.Letters{"bookings": w}, Triggers: map[string]string{}, Now: clock, Log: log, Operators: web.Operators{Token: "operator"},
		CustomerID: func(email string) string { return wiring.Request.CustomerID(booking.Customer{Email: email}) },
		Functions:  map[string]http.Handler{}, Brokers: map[string]http.Handler{},
	}
	w.Stage = rehearsal.Stage{Wiring: wiring, Routes: saga.V1().Routes()}
	for _, r := range w.Stage.Routes {
		w.Triggers[r.Name] = r.To
	}
	for name, r := range w.receivers {
		w.Functions[name] = functions.Handler(name, r, new(functions.Gate))
	}
	w.Brokers["default"] = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusAccepted) })
	return w
}

// said publishes what functions say.
type said struct{ w *world }

// Publish implements arrow.Sink.
func (s said) Publish(ctx context.Context, es ...events.Event) error {
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

// Publish implements operator.Publisher.
func (w *world) Publish(ctx context.Context, ces ...event.Event) error {
	if w.down != nil {
		return w.down
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ce := range ces {
		if name, _ := events.Attribute(ce, "name"); w.lost[events.Name(name)] {
			continue
		}
		w.waiting = append(w.waiting, ce)
		if kind, _ := events.Attribute(ce, "kind"); kind == string(events.Fact) {
			if err := w.facts.Publish(ctx, ce); err != nil {
				return err
			}
		}
	}
	return nil
}

// DeadLetters implements operator.Letters.
func (w *world) DeadLetters(context.Context) ([]events.DeadLetter, error) {
	for i := range w.dead {
		if w.dead[i].ID == "" {
			w.dead[i].ID = fmt.Sprint(i + 1)
		}
	}
	return slices.Clone(w.dead), w.down
}

// Discard implements operator.Letters.
func (w *world) Discard(_ context.Context, letter string) error {
	n := len(w.dead)
	w.dead = slices.DeleteFunc(w.dead, func(l events.DeadLetter) bool { return l.ID == letter })
	if len(w.dead) == n {
		return events.ErrNoLetter
	}
	return w.down
}

// run delivers until nothing waits.
func (w *world) run() {
	w.t.Helper()
	if w.runUpTo(10_000) == 10_000 {
		w.t.Fatal("it never ends")
	}
}

// runUpTo makes so many deliveries at most, and returns how many it made.
func (w *world) runUpTo(most int) (made int) {
	w.t.Helper()
	routes := saga.V1().Routes()
	for len(w.waiting) > 0 {
		ce := w.waiting[0]
		w.waiting = w.waiting[1:]
		for _, r := range routes {
			if !r.Filter.Matches(ce) {
				continue
			}
			if made == most {
				return made
			}
			made++
			w.now = w.now.Add(time.Millisecond)
			out, err := w.receivers[r.To](w.t.Context(), ce)
			if err != nil && !errors.Is(err, events.ErrNothingSaid) {
				w.t.Fatalf("%s is given %s: %v", r.To, ce.Type(), err)
			}
			if out != nil {
				if err := w.Publish(w.t.Context(), *out); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
	return made
}

// tick moves the clock on and says so.
func (w *world) tick(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	w.says("clock", events.ClockTick, events.Data{}, w.now.String())
	w.run()
}

// says delivers a command to one function, and what it answers to everybody.
func (w *world) says(to string, n events.Name, d events.Data, wish string) event.Event {
	w.t.Helper()
	ce, err := events.Encode(events.Tell(n, d, w.now).Of(wish).Render(events.Speaker{Function: "test"}, events.Event{ID: "cause"}))
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.receivers[to](w.t.Context(), ce)
	if err != nil {
		w.t.Fatal(err)
	}
	if out == nil {
		return event.Event{}
	}
	if err := w.Publish(w.t.Context(), *out); err != nil {
		w.t.Fatal(err)
	}
	return *out
}

// open puts the departure on sale.
func (w *world) open() {
	w.t.Helper()
	w.says("catalog", events.DepartureOpen, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &booking.Terms{
		TourID: "lyon", StartsAt: w.now.AddDate(0, 0, 14), TimeZone: "Europe/Paris", Capacity: 12, Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}}, "")
}

// book asks for a booking, and returns its id; what follows is run later.
func (w *world) book(token string) (id string) { w.t.Helper(); return w.asks(token, "") }

// asks is [world.book] in a flow.
func (w *world) asks(token string, flow booking.Flow) (id string) {
	w.t.Helper()
	w.asked++
	return w.says("request", events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 2, Flow: flow},
		Customer: &booking.Customer{Name: "Camille Martin", Email: "camille@example.com", Locale: "fr"}, Payment: &booking.Token{Token: token},
	}, fmt.Sprint(w.asked)).Subject()
}

// answer is what a door answered.
type answer struct {
	code   int
	body   string
	header http.Header
}

// into reads the answer's JSON.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%d %s: %v", a.code, a.body, err)
	}
}

// ask asks a door as an operator, by "GET /sagas", with a body.
func (w *world) ask(door http.Handler, what string, body ...string) answer {
	w.t.Helper()
	method, path, _ := strings.Cut(what, " ")
	r := httptest.NewRequest(method, path, strings.NewReader(strings.Join(body, "")))
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer operator")
	rw := httptest.NewRecorder()
	door.ServeHTTP(rw, r)
	return answer{rw.Code, rw.Body.String(), rw.Result().Header}
}

// gets asks and wants 200.
func (w *world) gets(door http.Handler, path string, v any) {
	w.t.Helper()
	a := w.ask(door, "GET "+path)
	if a.code != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, a.code, a.body)
	}
	a.into(w.t, v)
}

// refused asks and wants a problem with words.
func (w *world) refused(door http.Handler, code int, what, words string, body ...string) answer {
	w.t.Helper()
	a := w.ask(door, what, body...)
	if a.code != code || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") || !strings.Contains(a.body, words) {
		w.t.Errorf("%s: %d %s %s, want the problem %d with %q", what, a.code, a.header.Get("Content-Type"), a.body, code, words)
	}
	return a
}
