package request_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

var settings = request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Choreography}

func door(*functionstest.Desk) []arrow.Function { return []arrow.Function{request.Function(settings)} }

// desk is where request hears a customer, and the keeper.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "request", door)} }

// asks is a request for two seats by Camille.
func (d desk) asks() events.Event {
	e := d.Event(events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 2, Flow: booking.Orchestration},
		Customer: &booking.Customer{Name: "Camille", Email: "camille@example.com", Phone: "+33199000000", Locale: "fr-FR"},
		Payment:  &booking.Token{Token: "tok_visa"},
	})
	e.ID = "order-17"
	return e
}

// byID is the keeper, asking again for a booking.
func (d desk) byID(id string) events.Event {
	return d.Event(events.BookingRequest, events.Data{Booking: booking.Booking{ID: id}, Try: 1})
}

// intake is the booking's record, as it is stored.
func (d desk) intake(id string) (raw string, in booking.Intake) {
	d.T.Helper()
	row, err := d.Records.Read(d.T.Context(), store.Key{Record: record.KindIntake, ID: id}, id)
	if err == nil && row.Entry != nil {
		err = json.Unmarshal(row.Entry, &in)
	}
	if err != nil {
		d.T.Fatal(err)
	}
	return string(row.Entry), in
}

func TestRequest(t *testing.T) {
	d := open(t)
	said := d.Says(events.BookingRequested, d.asks())
	t.Run("is taken in, until the hold ends", func(t *testing.T) {
		want := booking.Booking{
			ID: settings.BookingID(d.asks()), DepartureID: "lyon-0900", Seats: 2, Flow: booking.Orchestration,
			Status: booking.StatusPending, ExpiresAt: functionstest.Noon.Add(15 * time.Minute),
		}
		if diff := cmp.Diff(want, said.Booking); diff != "" {
			t.Error(diff)
		}
		if said.Record != "intake" || said.RecordVersion != 1 || said.Subject != want.ID || !said.Step {
			t.Errorf("%+v", said)
		}
	})
	t.Run("keeps contact and token in the intake alone", func(t *testing.T) {
		ce, err := events.Encode(said)
		if err != nil {
			t.Fatal(err)
		}
		fact, err := json.Marshal(ce)
		if err != nil {
			t.Fatal(err)
		}
		raw, in := d.intake(said.Data.ID)
		for _, secret := range []string{"Camille", "camille@", "+3319", "fr-FR", "tok_visa"} {
			if strings.Contains(string(fact), secret) || !strings.Contains(raw, secret) {
				t.Errorf("%q belongs in the intake, not in the fact", secret)
			}
		}
		if in.CustomerID != settings.CustomerID(booking.Customer{Email: " CAMILLE@example.com "}) {
			t.Errorf("customer %q: one address is one customer", in.CustomerID)
		}
	})
	t.Run("arms the keeper in the same commit", func(t *testing.T) {
		due := func(after time.Duration) []store.Line {
			lines, err := d.Records.Due(t.Context(), functionstest.Noon.Add(after), time.Minute, 9)
			if err != nil {
				t.Fatal(err)
			}
			return lines
		}
		if d.Commits != 1 {
			t.Errorf("%d commits, want 1", d.Commits)
		}
		if early := due(record.BornArmed - time.Millisecond); len(early) != 0 {
			t.Errorf("due early: %v", early)
		}
		if lines := due(30 * time.Second); len(lines) != 1 || lines[0].Name != saga.WakeLine(said.Data.ID) {
			t.Errorf("due: %v", lines)
		}
	})
	t.Run("asked again, by the same key, is the same booking", func(t *testing.T) {
		d.Now = d.Now.Add(time.Hour)
		commits := d.Commits
		if diff := cmp.Diff(said, d.Says(events.BookingRequested, d.asks())); diff != "" {
			t.Error(diff)
		}
		if d.Commits != commits {
			t.Error("it writes")
		}
	})
	t.Run("asked again by the keeper, is the same fact", func(t *testing.T) {
		d.Again(d.byID(said.Data.ID), said)
	})
}

func TestRequest_Unknown(t *testing.T) {
	d := open(t)
	out, err := d.Hear(d.byID("booking-nobody-made"))
	if out != nil || err != nil {
		t.Errorf("%+v, %v, want silence", out, err)
	}
	if raw, _ := d.intake("booking-nobody-made"); raw != "" || d.Commits != 0 {
		t.Errorf("it writes %s", raw)
	}
	if lines, err := d.Records.Due(t.Context(), functionstest.Noon.Add(24*time.Hour), time.Minute, 9); err != nil || len(lines) != 0 {
		t.Errorf("it arms %v, %v", lines, err)
	}
}

func TestRequest_OtherBody(t *testing.T) {
	for name, change := range map[string]func(*events.Event){
		"other seats":             func(e *events.Event) { e.Seats = 3 },
		"another departure":       func(e *events.Event) { e.DepartureID = "lyon-1400" },
		"another customer":        func(e *events.Event) { e.Customer = &booking.Customer{Name: "Dominique", Email: "d@example.com"} },
		"another card":            func(e *events.Event) { e.Payment = &booking.Token{Token: "tok_declined"} },
		"another flow":            func(e *events.Event) { e.Flow = booking.Choreography },
		"a flow that is not said": func(e *events.Event) { e.Flow = "" },
	} {
		t.Run(name+" under the same key are refused", func(t *testing.T) {
			d := open(t)
			said := d.Says(events.BookingRequested, d.asks())
			e := d.asks()
			change(&e)
			if out, err := d.Hear(e); out != nil || !errors.Is(err, request.ErrOtherRequest) {
				t.Errorf("%+v, %v, want ErrOtherRequest", out, err)
			}
			if d.Commits != 1 {
				t.Error("it writes")
			}
			d.Again(d.byID(said.Data.ID), said)
		})
	}
}

func TestRequest_Keys(t *testing.T) {
	d := open(t)
	first := settings.BookingID(d.asks())
	for name, change := range map[string]func(*request.Settings, *events.Event){
		"another id":     func(_ *request.Settings, e *events.Event) { e.ID = "order-18" },
		"another source": func(_ *request.Settings, e *events.Event) { e.Source = "/shop" },
		"another secret": func(s *request.Settings, _ *events.Event) { s.Secret = []byte("other") },
	} {
		t.Run(name+" is another booking", func(t *testing.T) {
			s, e := settings, d.asks()
			change(&s, &e)
			if s.BookingID(e) == first {
				t.Error("it is the same")
			}
		})
	}
	t.Run("another body is the same booking", func(t *testing.T) {
		e := d.asks()
		e.Seats, e.Time, e.Trace = 9, functionstest.Noon.Add(time.Hour), ""
		if settings.BookingID(e) != first {
			t.Error("it is another")
		}
	})
	t.Run("a flow that is not said is the default", func(t *testing.T) {
		e := d.asks()
		e.Flow = ""
		if said := d.Says(events.BookingRequested, e); said.Flow != booking.Choreography {
			t.Errorf("flow %q", said.Flow)
		}
	})
}

func TestRequest_Versions(t *testing.T) {
	const (
		v1 = `{"departureId":"lyon-0900","seats":2,"customerName":"Camille","customerEmail":"camille@example.com",
			"customerPhone":"+33199000000","locale":"fr-FR","paymentToken":"tok_visa"}`
		v2 = `{"departureId":"lyon-0900","seats":2,"customer":{"name":"Camille","email":"camille@example.com",
			"phone":"+33199000000","locale":"fr-FR"},"payment":{"token":"tok_visa"}}`
	)
	d := open(t)
	ask := func(version int, body string) events.Event {
		ce := event.New() // as a stranger sends it: only what must be there
		ce.SetID("order-17")
		ce.SetSource("https://shop.example/checkout")
		ce.SetType(events.BookingRequest.Type(version))
		if err := ce.SetData("application/json", []byte(body)); err != nil {
			t.Fatal(err)
		}
		out, err := d.Receive(t.Context(), ce)
		if err != nil || out == nil {
			t.Fatalf("version %d: %v, %v", version, out, err)
		}
		said, err := events.Decode(*out)
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	first := ask(1, v1)
	t.Run("both versions of one request are one request", func(t *testing.T) {
		if diff := cmp.Diff(first, ask(2, v2), cmpopts.IgnoreFields(events.Event{}, "Trace")); diff != "" {
			t.Error(diff)
		}
		if d.Commits != 1 {
			t.Errorf("%d commits, want 1", d.Commits)
		}
	})
}

func TestReminded(t *testing.T) {
	d := open(t)
	r := request.Reminded(d.Receive)
	ask := func(e events.Event) error {
		ce, err := events.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r(t.Context(), ce)
		return err
	}
	t.Run("a new request does not come this way", func(t *testing.T) {
		if err := ask(d.asks()); !errors.Is(err, arrow.ErrUnroutable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the keeper's question does", func(t *testing.T) {
		if err := ask(d.byID("booking-0001")); err != nil {
			t.Errorf("got %v", err)
		}
	})
}
