package arrow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// answers is a handler that always gives the same.
func answers(out *events.Event, err error) function {
	return reserves(func(context.Context, events.Event) (*events.Event, error) { return out, err })
}

// personal is a request that holds a customer and a token.
func personal() events.Event {
	e := asks(events.BookingRequest)
	e.Data.ID, e.Status, e.Subject = "", "", ""
	e.Customer = &booking.Customer{Name: "Ada Lovelace", Email: "ada@example.com", Locale: "fr"}
	e.Payment = &booking.Token{Token: "tok_visa"}
	return e
}

func TestServe(t *testing.T) {
	d := newDesk(t)
	serve := arrow.Serve("reserve", d.Ports, seats())
	reply, err := serve(t.Context(), encoded(t, asks(events.SpotsReserve)))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the reply is the fact as a CloudEvent", func(t *testing.T) {
		if err := reply.Validate(); err != nil {
			t.Error(err)
		}
		back, err := events.Decode(*reply)
		if err != nil || back.Name != events.SpotsReserved || back.CausationID != "asker-1" || back.Moved != 2 {
			t.Errorf("got %+v and %v", back, err)
		}
	})
	t.Run("each event goes to the function that names it", func(t *testing.T) {
		var got []events.Name
		take := func(n events.Name) function {
			return function{[]events.Name{n}, func(_ context.Context, e events.Event) (*events.Event, error) {
				got = append(got, n, e.Name)
				return nil, nil
			}}
		}
		serve := arrow.Serve("compensate", d.Ports, take(events.SpotsReserve), take(events.BookingClose), take(events.SpotsRelease))
		reply, err := serve(t.Context(), encoded(t, asks(events.SpotsRelease)))
		if diff := cmp.Diff([]events.Name{events.SpotsRelease, events.SpotsRelease}, got); diff != "" || reply != nil || err != nil {
			t.Errorf("reply %v, %v (-want +got):\n%s", reply, err, diff)
		}
	})
	t.Run("two functions that take the same event are a mistake in the program", func(t *testing.T) {
		defer func() {
			if got := fmt.Sprint(recover()); got != "compensate: two functions take tour.spots.reserve" {
				t.Errorf("panicked with %s", got)
			}
		}()
		arrow.Serve("compensate", d.Ports, seats(), answers(nil, nil))
	})
}

// TestServe_verdicts holds the log line, the observation and the error of each
// outcome against each other.
func TestServe_verdicts(t *testing.T) {
	said := &events.Event{Source: "/tourbillon/departure", Name: events.SpotsReserved}
	old := func(n events.Name) event.Event {
		e := asks(n)
		e.Time = nine.Add(-time.Minute)
		return encoded(t, e)
	}
	for _, c := range []struct {
		verdict string
		code    int
		f       function
		ce      event.Event
		name    events.Name
		booking string
	}{
		{"said", 200, answers(said, nil), old(events.SpotsReserve), events.SpotsReserve, short},
		{"silent", 200, answers(nil, nil), old(events.SpotsReserve), events.SpotsReserve, short},
		{"busy", 409, answers(nil, store.ErrLeased), old(events.SpotsReserve), events.SpotsReserve, short},
		{"again", 503, answers(nil, store.ErrUnavailable), old(events.SpotsReserve), events.SpotsReserve, short},
		{"never", 500, answers(nil, events.ErrUnknown), old(events.SpotsReserve), events.SpotsReserve, short},
		{"never", 500, answers(&events.Event{Name: "tour.painted", Source: "/tourbillon/tour"}, nil), old(events.SpotsReserve), events.SpotsReserve, short},
		{"never", 500, answers(said, nil), old(events.SpotsSell), events.SpotsSell, short},
		{"never", 500, answers(said, nil), wrong(t), events.SpotsReserve, ""},
		{"never", 500, answers(said, nil), stranger(t), "", ""},
	} {
		d := newDesk(t)
		c.f.do = ticking(d, c.f.do)
		reply, err := arrow.Serve("reserve", d.Ports, c.f)(t.Context(), c.ce)
		if code, _ := arrow.Status(err); code != c.code || (reply != nil) != (c.verdict == "said") {
			t.Errorf("%s: got %v and %v, %d", c.verdict, reply, err, code)
		}
		took := d.now.Sub(nine)
		line := d.lines()[0]
		want := map[string]any{
			"level": "INFO", "msg": "delivery", "function": "reserve", "event": "asker-1", "name": string(c.name),
			"booking": c.booking, "verdict": c.verdict, "took": float64(took), "time": line["time"],
		}
		if c.verdict == "silent" {
			want["level"] = "DEBUG"
		}
		if err != nil {
			want["level"], want["err"] = "WARN", err.Error()
		}
		if c.verdict == "busy" { // which is nobody's fault
			want["level"] = "INFO"
		}
		if diff := cmp.Diff(want, line); diff != "" || len(d.lines()) != 1 {
			t.Errorf("%s: %d lines (-want +got):\n%s", c.verdict, len(d.lines()), diff)
		}
		seen := []arrow.Observation{{Function: "reserve", Name: c.name, Verdict: c.verdict, Took: took}}
		if c.booking != "" {
			seen[0].Age = time.Minute + took
		}
		if reply != nil {
			seen[0].Said = said.Name
		}
		if diff := cmp.Diff(seen, d.seen); diff != "" {
			t.Errorf("%s: observed (-want +got):\n%s", c.verdict, diff)
		}
	}
}

func TestServe_observesHowLongASagaLasted(t *testing.T) {
	d := newDesk(t)
	end := &events.Event{Source: "/tourbillon/saga", Name: events.SagaCompleted, Data: events.Data{RequestedAt: nine.Add(-3 * time.Second)}}
	if _, err := arrow.Serve("saga", d.Ports, answers(end, nil))(t.Context(), encoded(t, asks(events.SpotsReserve))); err != nil {
		t.Fatal(err)
	}
	if got := d.seen[0]; got.Said != events.SagaCompleted || got.Lasted != 3*time.Second {
		t.Errorf("observed %+v", got)
	}
}

// ticking is a handler that takes a second, of an event that is a minute old.
func ticking(d *desk, do func(context.Context, events.Event) (*events.Event, error)) func(context.Context, events.Event) (*events.Event, error) {
	return func(ctx context.Context, e events.Event) (*events.Event, error) {
		d.now = d.now.Add(time.Second)
		return do(ctx, e)
	}
}

// wrong is an event whose data its schema refuses.
func wrong(t *testing.T) event.Event {
	ce := encoded(t, asks(events.SpotsReserve))
	ce.DataEncoded = []byte(`{"bookingId": "ada@example.com"}`)
	return ce
}

// stranger is an event that is not of the vocabulary.
func stranger(t *testing.T) event.Event {
	ce := encoded(t, asks(events.SpotsReserve))
	ce.SetType("com.example.painted")
	return ce
}

func TestServe_schema(t *testing.T) {
	d := newDesk(t)
	f := reserves(func(context.Context, events.Event) (*events.Event, error) { t.Error("handled"); return nil, nil })
	_, err := arrow.Serve("reserve", d.Ports, f)(t.Context(), wrong(t))
	var schema *events.SchemaError
	if !errors.As(err, &schema) || schema.Name != events.SpotsReserve {
		t.Errorf("got %v", err)
	}
	if strings.Contains(d.log.String(), "ada") {
		t.Errorf("the log quotes the data: %s", d.log.String())
	}
}

func TestServe_panic(t *testing.T) {
	decision := seats()
	decision.Does = arrow.Table[stock, seat]{events.BookingRequest: func(_ stock, _ seat, e events.Event, _ time.Time) (stock, seat, events.Answer) {
		panic(e.Customer.Email)
	}}
	handler := function{[]events.Name{events.BookingRequest}, func(_ context.Context, e events.Event) (*events.Event, error) {
		panic(e.Customer.Email)
	}}
	for says, f := range map[string]arrow.Function{"handler": handler, "decision": decision} {
		t.Run("a "+says+" that panics costs its own delivery, and the log tells nothing of the data", func(t *testing.T) {
			d := newDesk(t)
			serve := arrow.Serve("request", d.Ports, f, seats())
			reply, err := serve(t.Context(), encoded(t, personal()))
			if code, _ := arrow.Status(err); reply != nil || code != 500 || !strings.Contains(err.Error(), "panicked") {
				t.Errorf("got %v and %v, %d", reply, err, code)
			}
			for _, secret := range []string{"ada@example.com", "Lovelace", "tok_visa"} {
				if strings.Contains(d.log.String()+err.Error(), secret) {
					t.Errorf("%s is in %v, or in %s", secret, err, d.log.String())
				}
			}
			if _, err := serve(t.Context(), encoded(t, asks(events.SpotsReserve))); err != nil {
				t.Errorf("the next got %v", err)
			}
		})
	}
	t.Run("a handler's panic leaves its stack in the log", func(t *testing.T) {
		d := newDesk(t)
		_, err := arrow.Serve("request", d.Ports, handler)(t.Context(), encoded(t, personal()))
		var panicked *arrow.PanicError
		if !errors.As(err, &panicked) || panicked.Value != "ada@example.com" {
			t.Errorf("got %#v", err)
		}
		line := d.lines()[0]
		if diff := cmp.Diff([]string{"event", "function", "level", "msg", "stack", "time"}, keys(line)); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if stack := fmt.Sprint(line["stack"]); !strings.Contains(stack, "TestServe_panic") || line["event"] != "asker-1" {
			t.Errorf("got %v", line)
		}
	})
}

func TestServe_private(t *testing.T) {
	d := newDesk(t)
	f := function{[]events.Name{events.BookingRequest}, func(_ context.Context, e events.Event) (*events.Event, error) {
		return nil, fmt.Errorf("take in %v: %w", e, events.ErrNothingSaid)
	}}
	if _, err := arrow.Serve("request", d.Ports, f)(t.Context(), encoded(t, personal())); err == nil {
		t.Fatal("no error")
	}
	for _, secret := range []string{"ada@example.com", "Lovelace", "tok_visa"} {
		if bytes.Contains(d.log.Bytes(), []byte(secret)) {
			t.Errorf("%s is in the log: %s", secret, d.log.String())
		}
	}
}

func TestServe_deadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		began := time.Now()
		serve := arrow.Serve("reserve", d.Ports, reserves(func(ctx context.Context, _ events.Event) (*events.Event, error) {
			if at, ok := ctx.Deadline(); !ok || at.Sub(began) != d.Deadline {
				t.Errorf("deadline is %v, %v", at, ok)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		_, err := serve(t.Context(), encoded(t, asks(events.SpotsReserve)))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != d.Deadline {
			t.Errorf("got %v after %v", err, took)
		}
	})
}

func TestServe_unmeasured(t *testing.T) {
	d := newDesk(t)
	d.Observe = nil
	if _, err := arrow.Serve("reserve", d.Ports, seats())(t.Context(), encoded(t, asks(events.SpotsReserve))); err != nil {
		t.Error(err)
	}
}
