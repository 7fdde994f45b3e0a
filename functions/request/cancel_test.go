package request_test

import (
	"errors"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// cancels wishes the booking cancelled.
func (h *house) cancels(code int, id, body string) (got taken) {
	h.t.Helper()
	r := h.must(code, h.ask("POST", "/bookings/"+id+"/cancel", body))
	r.into(h.t, &got)
	if code < 300 && (r.header.Get("Location") != "/bookings/"+id || got.BookingID != id) {
		h.t.Errorf("%v %+v", r.header, got)
	}
	return got
}

// count is how many events of a name the timeline tells of.
func (s shown) count(n events.Name) (count int) {
	for _, m := range s.Timeline {
		if m.Event == string(n) {
			count++
		}
	}
	return count
}

func TestDoor_Cancels(t *testing.T) {
	t.Run("what is confirmed is cancelled, and refunded once", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		if got := h.cancels(202, id, ""); got.Status != booking.StatusConfirmed {
			t.Errorf("%+v", got)
		}
		s := h.reads(id)
		if s.Status != booking.StatusCancelled || s.Reason != booking.ReasonCustomer || s.count(events.PaymentRefunded) != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("asked twice before anybody heard, it is one cancellation", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.broker.held = true
		h.cancels(202, id, "{}")
		h.later(time.Second)
		h.cancels(202, id, "{}")
		h.broker.deliver(t.Context())
		if s := h.reads(id); s.Status != booking.StatusCancelled || s.count(events.PaymentRefunded) != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("the wish says whose it is, and when", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.later(time.Hour)
		h.cancels(202, id, "")
		var wish events.Event
		for _, e := range h.broker.published {
			if e.Name == events.BookingCancel {
				wish = e
			}
		}
		if wish.By != "customer" || wish.Reason != booking.ReasonCustomer || !wish.Time.Equal(h.now) || wish.Source != "/tourbillon/request" {
			t.Errorf("%+v", wish)
		}
	})
	t.Run("what is on its way still is cancelled too", func(t *testing.T) {
		h := opened(t, 4)
		h.broker.held = true
		id := h.books(camille).BookingID
		h.cancels(202, id, "")
		h.broker.deliver(t.Context())
		if s := h.reads(id); s.Status != booking.StatusCancelled {
			t.Errorf("%+v", s)
		}
	})
	t.Run("what is closed is told so, and nothing published", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.cancels(202, id, "")
		published := len(h.broker.names())
		if got := h.cancels(200, id, ""); got.Status != booking.StatusCancelled || len(h.broker.names()) != published {
			t.Errorf("%+v, %v", got, h.broker.names()[published:])
		}
	})
	t.Run("after the departure it is too late", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.later(100 * time.Hour)
		published := len(h.broker.names())
		p := h.must(409, h.ask("POST", "/bookings/"+id+"/cancel", "")).problem(t)
		if p.Type != "refused" || p.Reason != "too_late" || len(h.broker.names()) != published {
			t.Errorf("%+v, %v", p, h.broker.names()[published:])
		}
	})
	t.Run("and after the tour it has ended", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.later(1000 * time.Hour)
		h.must(200, h.ask("GET", "/bookings/"+id, ""))
		done := events.Tell(events.BookingComplete, events.Data{Booking: booking.Booking{ID: id}}, h.now)
		if err := h.broker.Publish(t.Context(), done.Render(events.Speaker{Function: "saga"}, events.Event{})); err != nil {
			t.Fatal(err)
		}
		if s := h.reads(id); s.Status != booking.StatusCompleted {
			t.Fatalf("%+v", s)
		}
		if p := h.must(409, h.ask("POST", "/bookings/"+id+"/cancel", "")).problem(t); p.Reason != "ended" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("what nobody was told is not taken on", func(t *testing.T) {
		h := opened(t, 4)
		id := h.books(camille).BookingID
		h.broker.fails = errors.New("broker is down")
		commits := h.store.count()
		r := h.must(503, h.ask("POST", "/bookings/"+id+"/cancel", ""))
		if r.problem(t).Type != "again" || r.header.Get("Retry-After") == "" || h.store.count() != commits {
			t.Errorf("%+v", r)
		}
	})
}

func TestDoor_CancelsWithABody(t *testing.T) {
	h := opened(t, 4)
	id := h.books(camille).BookingID
	for name, c := range map[string]struct {
		body    string
		headers []string
		code    int
	}{
		"a field":             {`{"reason":"rain"}`, nil, 422},
		"a list":              {`[]`, nil, 422},
		"no JSON":             {`now`, nil, 400},
		"a form":              {`a=b`, []string{"Content-Type", "", "Content-Type", "application/x-www-form-urlencoded"}, 415},
		"compressed nothings": {``, []string{"Content-Encoding", "gzip"}, 415},
	} {
		h.run(t, name+" is refused", func(t *testing.T) {
			published := len(h.broker.names())
			h.must(c.code, h.ask("POST", "/bookings/"+id+"/cancel", c.body, c.headers...))
			if len(h.broker.names()) != published {
				t.Error("and published")
			}
		})
	}
}
