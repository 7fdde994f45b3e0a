package request_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

func TestDoor_Keys(t *testing.T) {
	const key = "Idempotency-Key"
	h := opened(t, 40)
	h.broker.held = true
	first := h.books(camille, key, "order 17")
	h.run(t, "the same key and body are the same booking", func(t *testing.T) {
		if again := h.books(camille, key, "order 17"); again != first {
			t.Errorf("%+v, then %+v", first, again)
		}
	})
	h.run(t, "however the body is written", func(t *testing.T) {
		again := strings.Replace(" "+camille+"\n", `"seats":2`, `"seats" : 2.0`, 1)
		if got := h.books(again, key, "order 17"); got != first {
			t.Errorf("%+v, then %+v", first, got)
		}
	})
	h.run(t, "another key is another", func(t *testing.T) {
		if got := h.books(camille, key, "order 18"); got.BookingID == first.BookingID {
			t.Error("it is the same")
		}
	})
	h.run(t, "and so is the same key of another caller", func(t *testing.T) {
		if got := h.books(camille, key, "order 17", "Authorization", "Bearer shop-2"); got.BookingID == first.BookingID {
			t.Error("it is the same")
		}
	})
	for name, other := range map[string]string{
		"other seats":       wanting("seats", "3"),
		"another customer":  strings.ReplaceAll(camille, "camille@", "dominique@"),
		"another card":      wanting("payment", `{"token":"tok_declined"}`),
		"a flow that is":    wanting("flow", `"orchestration"`),
		"a departure alike": wanting("customer", `{"name":"Camille","email":"camille@example.com"}`),
	} {
		h.run(t, name+" under the same key are refused", func(t *testing.T) {
			commits := h.store.count()
			if p := h.must(422, h.ask("POST", "/bookings", other, key, "order 17")).problem(t); p.Type != "idempotency-key-reused" {
				t.Errorf("%+v", p)
			}
			if h.store.count() != commits {
				t.Error("it writes")
			}
		})
	}
	h.run(t, "an answer follows the booking on its way", func(t *testing.T) {
		h.broker.deliver(t.Context())
		if got := h.books(camille, key, "order 17"); got.BookingID != first.BookingID || got.Status != booking.StatusConfirmed {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "a key is good for as long as it is kept", func(t *testing.T) {
		h.later(24 * time.Hour)
		if got := h.books(camille, key, "order 17"); got.BookingID != first.BookingID {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "and refused afterwards, never a second booking", func(t *testing.T) {
		h.later(time.Second)
		commits := h.store.count()
		for _, body := range []string{camille, wanting("seats", "3")} {
			if p := h.must(409, h.ask("POST", "/bookings", body, key, "order 17")).problem(t); p.Type != "idempotency-key-expired" {
				t.Errorf("%+v", p)
			}
		}
		if h.store.count() != commits {
			t.Error("it writes")
		}
	})
	for name, keys := range map[string][]string{
		"a key with a NUL":   {key, "\x00"},
		"a key with an é":    {key, "é"},
		"a key with a tab":   {key, "a\tb"},
		"one that is long":   {key, strings.Repeat("k", 256)},
		"two keys at a time": {key, "a", key, "b"},
	} {
		h.run(t, name+" is refused", func(t *testing.T) {
			if p := h.must(400, h.ask("POST", "/bookings", camille, keys...)).problem(t); p.Type != "parameter" {
				t.Errorf("%+v", p)
			}
		})
	}
	h.run(t, "a key of nothing is refused", func(t *testing.T) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/bookings", strings.NewReader(camille))
		r.Header = http.Header{"Content-Type": {"application/json"}, key: {""}}
		w := httptest.NewRecorder()
		h.mux.ServeHTTP(w, r)
		if w.Code != 400 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	h.run(t, "the longest is taken", func(t *testing.T) {
		h.books(camille, key, strings.Repeat("k", 255))
	})
}

func TestDoor_ManyAtOnce(t *testing.T) {
	const askers = 50
	h := opened(t, 10)
	answers := make([]taken, askers)
	var all sync.WaitGroup
	for i := range askers {
		all.Go(func() {
			if r := h.ask("POST", "/bookings", camille, "Idempotency-Key", "one"); r.code == 202 {
				r.into(t, &answers[i])
			} else {
				t.Errorf("got %d %s", r.code, r.body)
			}
		})
	}
	all.Wait()
	h.broker.deliver(t.Context())
	for _, a := range answers {
		if a.BookingID == "" || a.BookingID != answers[0].BookingID {
			t.Fatalf("%+v and %+v", answers[0], a)
		}
	}
	var d struct{ Held, Sold int }
	h.must(200, h.ask("GET", "/departures/lyon-0900", "")).into(t, &d)
	if d.Held+d.Sold != 2 {
		t.Errorf("%+v, want one booking's two seats", d)
	}
	for _, m := range h.reads(answers[0].BookingID).Timeline {
		if m.Event == string(events.BookingRequested) && m.Cause != "" {
			t.Errorf("%+v", m)
		}
	}
}
