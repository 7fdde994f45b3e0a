package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

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

// publish is a sink.
type publish func(...event.Event)

// Publish hands the events on as they travel.
func (p publish) Publish(_ context.Context, es ...events.Event) error {
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		p(ce)
	}
	return nil
}

// wired is every function over one memory store, and what they were wired to.
func wired(now func() time.Time, sink publish) (map[string]arrow.Receiver, functions.Wiring) {
	records := store.New(memory.New())
	w := functions.Wiring{
		Ports: arrow.Ports{
			Records: records, Now: now, Log: slog.New(slog.DiscardHandler), Deadline: time.Minute, Lease: time.Minute,
		},
		Sink: func(string) arrow.Sink { return sink }, Plans: saga.Shipped(),
		Payments: sandbox.New(records, sandbox.Settings{Now: now}),
		Messages: mailbox.New(records, now),
		Request:  request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration},
	}
	return functions.All(w), w
}

func noon() time.Time { return time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC) }

// example is the newest published example of a name, as it travels in a flow.
func example(t *testing.T, s events.Spec, flow booking.Flow) event.Event {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "events", "testdata", "published", s.Name.Type(s.Version)[len("tourbillon."):]+".json"))
	if err != nil {
		t.Fatal(err)
	}
	e := events.Event{ID: "example", Source: "/tourbillon/" + s.Record, Name: s.Name, Time: noon(), To: s.To, Step: s.Step}
	if err := json.Unmarshal(raw, &e.Data); err != nil {
		t.Fatal(err)
	}
	if s.Kind == events.Fact && s.Record != "" {
		e.Record, e.RecordVersion = s.Record, 1
	}
	if e.Flow != "" {
		e.Flow = flow
	}
	e.Subject = e.Data.ID
	ce, err := events.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return ce
}

// takes reports whether the function called name takes the event, whatever it
// makes of it.
func takes(t *testing.T, name string, ce event.Event) bool {
	t.Helper()
	all, _ := wired(noon, func(...event.Event) {})
	r, ok := all[name]
	if !ok {
		t.Fatalf("there is no function %s", name)
	}
	_, err := r(t.Context(), ce)
	if code, _ := arrow.Status(err); code == 500 && !errors.Is(err, arrow.ErrUnroutable) {
		t.Fatalf("%s cannot hear the published %s: %v", name, ce.Type(), err)
	}
	return !errors.Is(err, arrow.ErrUnroutable)
}

func TestAll_Addresses(t *testing.T) {
	want := map[string]bool{"availability": true, "audit": true, "customer": true} // they hear facts alone
	for _, s := range events.Vocabulary() {
		if s.Kind == events.Command {
			want[s.To] = true
		}
	}
	all, _ := wired(noon, func(...event.Event) {})
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(all))); diff != "" {
		t.Errorf("functions (-addressed +bound):\n%s", diff)
	}
}

func TestAll_RoutesLeadToWhoTakesThem(t *testing.T) {
	for _, r := range saga.V1().Routes() {
		t.Run("what the route "+r.Name+" lets through is taken by "+r.To, func(t *testing.T) {
			let := 0
			for _, s := range events.Vocabulary() {
				for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
					ce := example(t, s, flow)
					if !r.Filter.Matches(ce) {
						continue
					}
					let++
					if !takes(t, r.To, ce) {
						t.Errorf("%s does not take %s", r.To, s.Name)
					}
				}
			}
			if let == 0 {
				t.Error("it lets nothing through")
			}
		})
	}
}

func TestAll_EveryFactTakenHasARoute(t *testing.T) {
	routes := append(saga.V1().Routes(), saga.Route{To: "audit", Filter: events.Filter{"kind": "fact"}}) // from the history
	all, _ := wired(noon, func(...event.Event) {})
	for name := range all {
		t.Run("whatever "+name+" takes is brought to it", func(t *testing.T) {
			for _, s := range events.Vocabulary() {
				ce := example(t, s, booking.Choreography)
				brought := slices.ContainsFunc(routes, func(r saga.Route) bool {
					return r.To == name && r.Filter.Matches(ce)
				})
				if takes(t, name, ce) && !brought {
					t.Errorf("no route brings %s", s.Name)
				}
			}
		})
	}
}

// Every function is spoken to at its own address, and answers there.
func ExampleAll() {
	all, _ := wired(noon, func(...event.Event) {})
	ask, _ := events.Encode(events.Event{
		ID: "ask-1", Source: "/shop", Name: events.SpotsReserve, Data: events.Data{
			Booking: booking.Booking{ID: "booking-2", DepartureID: "nobody-opened-it", Seats: 2, Status: booking.StatusPending},
		},
	})
	answer, err := all["reserve"](context.Background(), ask)
	fmt.Println(answer.Type(), answer.Source(), err)
	// Output: tourbillon.tour.spots.rejected.v1 /tourbillon/departure <nil>
}
