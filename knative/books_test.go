package knative_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/synctest"
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
	storage "tourbillon/internal/store/memory"
	"tourbillon/knative"
	"tourbillon/saga"
)

// sink publishes to the Broker that the manifests give a function. The stage
// is there once the functions are.
type sink struct {
	stage    **stage
	function string
}

// Publish implements [arrow.Sink].
func (s sink) Publish(ctx context.Context, es ...events.Event) error {
	runner := *s.stage
	to, ok := runner.options.Manifests.SinkOf(s.function)
	if !ok {
		panic(s.function + " has no sink")
	}
	var ces []event.Event
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		ces = append(ces, ce)
	}
	return runner.Publish(ctx, to, ces...)
}

// system plays the manifests of this system with all its functions.
func system(t *testing.T) *stage {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().UTC() }
	records := store.New(storage.New())
	var s *stage
	all := functions.All(functions.Wiring{
		Ports: arrow.Ports{
			Records: records, Now: now, Log: slog.New(slog.DiscardHandler), Deadline: 20 * time.Second, Lease: 30 * time.Second,
		},
		Sink: func(function string) arrow.Sink { return sink{&s, function} }, Plans: saga.Shipped(),
		Payments: sandbox.New(records, sandbox.Settings{Now: now}), Messages: mailbox.New(records, now),
		Request: request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration},
	})
	s = play(t, m, all, func(o *knative.Options) { o.Doors = functions.Doors })
	return s
}

// say publishes what somebody outside wants.
func (s *stage) say(id string, n events.Name, d events.Data) {
	e := events.Tell(n, d, time.Now().UTC()).Render(events.Speaker{Function: "test"}, events.Event{})
	e.ID = id
	ce, err := events.Encode(e)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.publish("bookings", ce)
}

func TestBase_Books(t *testing.T) {
	for _, c := range []struct {
		flow  booking.Flow
		token string
		end   events.Name
	}{
		{booking.Orchestration, "tok_visa", events.SagaCompleted},
		{booking.Choreography, "tok_visa", events.SagaCompleted},
		{booking.Orchestration, "tok_declined", events.SagaCompensated},
		{booking.Choreography, "tok_declined", events.SagaCompensated},
		{booking.Orchestration, "tok_async", events.SagaCompleted}, // the clock's doing
	} {
		t.Run(string(c.flow)+" with "+c.token+" ends as "+string(c.end), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := system(t)
				s.say("open", events.DepartureOpen, events.Data{
					Booking: booking.Booking{DepartureID: "lyon-0900"},
					Terms: &booking.Terms{
						TourID: "old-town", StartsAt: time.Now().Add(72 * time.Hour).UTC(), TimeZone: "Europe/Paris", Capacity: 12,
						Price: booking.Money{Amount: 4500, Currency: "EUR"},
					},
				})
				synctest.Wait()
				s.say("ask", events.BookingRequest, events.Data{
					Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 2, Flow: c.flow},
					Customer: &booking.Customer{Name: "Ada", Email: "ada@example.com"}, Payment: &booking.Token{Token: c.token},
				})
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				s.stop()
				if got := s.archived(c.end); got != 1 {
					t.Errorf("%s was archived %d times; the history is %q", c.end, got, s.history("history"))
				}
				if got := s.log.String() + join(s.letters("bookings")); got != "" {
					t.Errorf("something went wrong: %s", got)
				}
			})
		})
	}
}

func join(lines []string) string {
	text, _ := json.Marshal(lines)
	if len(lines) == 0 {
		return ""
	}
	return string(text)
}

// archived counts the facts of a name in the history.
func (s *stage) archived(n events.Name) (times int) {
	ces, _, err := s.transports["history"].Read(context.Background(), "", 1000)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, ce := range ces {
		if ce.Type() == n.Type(1) {
			times++
		}
	}
	return times
}
