package request_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// personal is what of Camille's must be in no event, no log and no answer but
// an operator's.
var personal = []string{"Camille", "camille@", "+3319", "fr-FR", "tok_visa"}

func TestDoor_Books(t *testing.T) {
	h := opened(t, 4)
	h.broker.held = true
	got := h.books(camille)
	h.run(t, "a booking is taken on, and tells of itself", func(t *testing.T) {
		want := shown{
			ID: got.BookingID, DepartureID: "lyon-0900", Status: booking.StatusPending, Seats: 2, Flow: booking.Orchestration,
			ExpiresAt: h.now.Add(15 * time.Minute), CreatedAt: h.now,
		}
		s := h.reads(got.BookingID)
		if s.Timeline == nil || len(s.Timeline) != 0 {
			t.Errorf("timeline %v, want an empty one", s.Timeline)
		}
		s.Timeline = nil
		if diff := cmp.Diff(want, s); diff != "" || got.Status != booking.StatusPending {
			t.Errorf("%s %s", got.Status, diff)
		}
	})
	h.run(t, "its fact is told", func(t *testing.T) {
		names := h.broker.names()
		if names[len(names)-1] != events.BookingRequested {
			t.Errorf("published %v", names)
		}
	})
	h.broker.deliver(t.Context())
	s := h.reads(got.BookingID)
	h.run(t, "and it goes its way", func(t *testing.T) {
		if s.Status != booking.StatusConfirmed || s.Price != (booking.Money{Amount: 9000, Currency: "EUR"}) || s.Reason != "" {
			t.Errorf("%+v", s)
		}
	})
	h.run(t, "of which the timeline tells", func(t *testing.T) {
		var told []string
		for _, m := range s.Timeline {
			told = append(told, m.Event)
			if m.ID == "" || !m.At.Equal(h.now) || m.LatencyMs == nil {
				t.Errorf("%+v", m)
			}
		}
		for _, want := range []events.Name{events.BookingRequested, events.SpotsReserved, events.BookingConfirmed, events.Sent} {
			if !strings.Contains(strings.Join(told, " "), string(want)) {
				t.Errorf("%v lacks %s", told, want)
			}
		}
	})
	h.run(t, "and nothing tells who asked", func(t *testing.T) {
		body := h.ask("GET", "/bookings/"+got.BookingID, "").body
		for _, e := range h.broker.published {
			ce, err := events.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			body += ce.String()
		}
		for _, secret := range personal {
			if strings.Contains(body, secret) {
				t.Errorf("%q is told", secret)
			}
		}
	})
	h.run(t, "HEAD is answered as GET is, without a body", func(t *testing.T) {
		r := h.ask("HEAD", "/bookings/"+got.BookingID, "")
		if r.code != 200 || r.header.Get("Content-Length") == "" {
			t.Errorf("%+v", r)
		}
	})
	h.run(t, "without a key, the same body is another booking", func(t *testing.T) {
		if again := h.books(camille); again.BookingID == got.BookingID {
			t.Error("it is the same")
		}
	})
}

func TestDoor_BooksWhatTheRecordRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(*house)
		reason booking.Reason
	}{
		{"a departure that is full", func(h *house) { h.books(camille) }, booking.ReasonSoldOut},
		{"one whose sale has ended", func(h *house) { h.must(200, h.operator("POST", "/departures/lyon-0900/close", "")) }, booking.ReasonDepartureClosed},
		{"one that is off", func(h *house) { h.must(200, h.operator("POST", "/departures/lyon-0900/cancel", "{}")) }, booking.ReasonDepartureCancelled},
		{"one that has left", func(h *house) { h.later(100 * time.Hour) }, booking.ReasonDeparted},
	} {
		t.Run(c.name+" takes the request, and the booking ends with a reason", func(t *testing.T) {
			h := opened(t, 2)
			c.before(h)
			s := h.reads(h.books(camille).BookingID)
			if s.Status != booking.StatusRejected || s.Reason != c.reason {
				t.Errorf("%s, %s", s.Status, s.Reason)
			}
		})
	}
}

func TestDoor_BooksNothing(t *testing.T) {
	notServed := func(d *request.Door) {
		d.Refused = map[booking.Flow]string{booking.Choreography: "its Triggers are not there."}
	}
	for _, c := range []struct {
		name, body, kind string
		field            web.Field
		reason           booking.Reason
	}{
		{"a departure that nobody opened", wanting("departureId", `"nice-0900"`), "invalid",
			web.Field{Pointer: "/departureId", Detail: "there is no such departure"}, booking.ReasonDepartureUnknown},
		{"a flow that is not served", wanting("flow", `"choreography"`), "flow-not-served",
			web.Field{Pointer: "/flow", Detail: "is not served here"}, ""},
	} {
		t.Run(c.name+" is refused, and nothing is written", func(t *testing.T) {
			h := opened(t, 2, notServed)
			commits, published := h.store.count(), len(h.broker.names())
			p := h.must(422, h.ask("POST", "/bookings", c.body)).problem(t)
			if diff := cmp.Diff(problem{c.kind, string(c.reason), []web.Field{c.field}}, p); diff != "" {
				t.Error(diff)
			}
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
	t.Run("a default that is not served is refused too", func(t *testing.T) {
		h := opened(t, 2, notServed, func(d *request.Door) { d.Flow = booking.Choreography })
		h.must(422, h.ask("POST", "/bookings", camille))
		h.books(wanting("flow", `"orchestration"`))
	})
	t.Run("one that was taken on before is not", func(t *testing.T) {
		h := opened(t, 2)
		first := h.books(wanting("flow", `"choreography"`), "Idempotency-Key", "k")
		h.door.Refused = map[booking.Flow]string{booking.Choreography: "its Triggers are gone."}
		h.mux = h.door.Handler()
		if again := h.books(wanting("flow", `"choreography"`), "Idempotency-Key", "k"); again.BookingID != first.BookingID {
			t.Error("it is another")
		}
	})
}

func TestDoor_BooksWithoutBroker(t *testing.T) {
	h := opened(t, 2)
	h.broker.fails = errors.New("broker is down")
	got := h.books(camille, "Idempotency-Key", "k")
	h.run(t, "what is kept is taken on, whoever hears of it", func(t *testing.T) {
		if s := h.reads(got.BookingID); s.Status != booking.StatusPending {
			t.Errorf("%+v", s)
		}
	})
	h.run(t, "the log tells, and not of whom", func(t *testing.T) {
		log := h.log.String()
		if !strings.Contains(log, "level=WARN") || !strings.Contains(log, got.BookingID[:8]) || strings.Contains(log, got.BookingID) {
			t.Errorf("log %q", log)
		}
		for _, secret := range personal {
			if strings.Contains(log, secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
	})
	h.run(t, "the keeper is woken for it", func(t *testing.T) {
		lines, err := h.door.Records.Due(t.Context(), h.now.Add(record.BornArmed), 0, 9)
		if err != nil || len(lines) != 1 || !strings.Contains(lines[0].Name, got.BookingID) {
			t.Errorf("%v, %v", lines, err)
		}
	})
	h.run(t, "asked again, it is told at last", func(t *testing.T) {
		h.broker.fails = nil
		h.books(camille, "Idempotency-Key", "k")
		if s := h.reads(got.BookingID); s.Status != booking.StatusConfirmed {
			t.Errorf("%+v", s)
		}
	})
	h.run(t, "and once the keeper knows, it is not told again", func(t *testing.T) {
		published := len(h.broker.names())
		if again := h.books(camille, "Idempotency-Key", "k"); again.Status != booking.StatusConfirmed {
			t.Errorf("%+v", again)
		}
		if len(h.broker.names()) != published {
			t.Error("it is")
		}
	})
}

func TestDoor_BookingsThatAreNot(t *testing.T) {
	h := opened(t, 2)
	for _, id := range []string{"booking-nobody-made", "short", strings.Repeat("x", 65), "%7Bs017%7D:dep", "a.b.c.d.e.f.g"} {
		h.run(t, "GET of "+id+" is not found, and nor is its cancellation", func(t *testing.T) {
			for _, r := range []reply{h.ask("GET", "/bookings/"+id, ""), h.ask("POST", "/bookings/"+id+"/cancel", "")} {
				if p := r.problem(t); r.code != http.StatusNotFound || p.Type != "not-found" {
					t.Errorf("got %d %s", r.code, r.body)
				}
			}
		})
	}
}

func TestDoor_FindsBookings(t *testing.T) {
	h := opened(t, 2)
	var made taken
	h.must(202, h.ask("POST", "/events", camille, ceHeaders("order 17")...)).into(t, &made)
	find := func(query string) (found struct{ Bookings []shown }) {
		h.must(200, h.operator("GET", "/bookings?"+query, "")).into(t, &found)
		return found
	}
	h.run(t, "an operator finds what an event made", func(t *testing.T) {
		got := find("source=https://shop.example/checkout&id=order+17")
		if len(got.Bookings) != 1 || got.Bookings[0].ID != made.BookingID {
			t.Errorf("%+v", got)
		}
	})
	for _, query := range []string{"source=https://shop.example/checkout&id=order+18", "source=%00&id=order+17"} {
		h.run(t, "and an empty list for "+query, func(t *testing.T) {
			if got := find(query); got.Bookings == nil || len(got.Bookings) != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
	for _, query := range []string{"", "source=/shop", "id=17", "source=&id="} {
		h.run(t, "both parameters are needed: "+query, func(t *testing.T) {
			h.must(400, h.operator("GET", "/bookings?"+query, ""))
		})
	}
}

func TestDoor_BooksWhatItCan(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		code  int
		kind  string
		after string
	}{
		{"a function that is to be asked again is told so", arrow.Again(errors.New("down")), 503, "again", "2"},
		{"and when, where that is known", &arrow.AgainError{Err: errors.New("down"), After: time.Minute}, 503, "again", "60"},
		{"one that never will is broken", arrow.Never(errors.New("no")), 500, "failed", ""},
		{"one that panicked is too", &arrow.PanicError{Value: "Camille"}, 500, "failed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := opened(t, 4, func(d *request.Door) {
				d.Take = func(context.Context, event.Event) (*event.Event, error) { return nil, c.err }
			})
			r := h.must(c.code, h.ask("POST", "/bookings", camille))
			if p := r.problem(t); p.Type != c.kind || r.header.Get("Retry-After") != c.after {
				t.Errorf("%+v, %v", p, r.header)
			}
		})
	}
}

func TestDoor_Traces(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for _, c := range []struct {
		parent string
		goesOn bool
	}{
		{"00-" + trace + "-00f067aa0ba902b7-01", true},
		{"00-" + trace + "-00f067aa0ba902b7-01 Camille", false},
	} {
		t.Run("the trace of "+c.parent+" goes on, if it is one", func(t *testing.T) {
			h := opened(t, 4)
			got := h.books(camille, "Traceparent", c.parent)
			h.must(202, h.ask("POST", "/bookings/"+got.BookingID+"/cancel", "", "Traceparent", c.parent))
			h.must(200, h.operator("POST", "/departures/lyon-0900/close", "", "Traceparent", c.parent))
			for _, e := range h.broker.published {
				asked := e.Name == events.BookingRequested || e.Name == events.BookingCancel || e.Name == events.DepartureClose
				if asked && strings.Contains(e.Trace, trace) != c.goesOn || strings.Contains(e.Trace, "Camille") {
					t.Errorf("%s has trace %q", e.Name, e.Trace)
				}
			}
		})
	}
}
