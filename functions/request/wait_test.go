package request_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/functions/request"
	"tourbillon/internal/booking"
)

// waits reads the booking with a wait, and returns how long that took.
func (h *house) waits(id, wait string) (got shown, took time.Duration) {
	h.t.Helper()
	began := time.Now()
	h.must(200, h.ask("GET", "/bookings/"+id+"?wait="+wait, "")).into(h.t, &got)
	return got, time.Since(began)
}

func TestDoor_Waits(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       booking.Status
	}{
		{"confirmed", camille, booking.StatusConfirmed},
		{"rejected", wanting("seats", "9"), booking.StatusRejected},
		{"cancelled for its card", wanting("payment", `{"token":"tok_chargeDeclined"}`), booking.StatusCancelled},
	} {
		t.Run("a reader hears at once that it is "+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := opened(t, 4)
				h.broker.held = true
				id := h.books(c.body).BookingID
				go func() {
					time.Sleep(3 * time.Second)
					h.broker.deliver(t.Context())
				}()
				s, took := h.waits(id, "10s")
				if s.Status != c.want || took != 3*time.Second {
					t.Errorf("%+v after %v", s, took)
				}
				if s, took := h.waits(id, "10s"); s.Status != c.want || took != 0 {
					t.Errorf("%+v after %v: it was settled already", s, took)
				}
			})
		})
	}
	t.Run("where as many wait as may, the next is answered at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := opened(t, 4, func(d *request.Door) { d.Waiting = make(chan struct{}, 1) })
			h.broker.held = true
			id := h.books(camille).BookingID
			first := make(chan time.Duration)
			go func() {
				_, took := h.waits(id, "10s")
				first <- took
			}()
			synctest.Wait()
			if s, took := h.waits(id, "10s"); s.Status != booking.StatusPending || took != 0 {
				t.Errorf("%+v after %v", s, took)
			}
			if took := <-first; took != 10*time.Second {
				t.Errorf("the first waited %v", took)
			}
			if _, took := h.waits(id, "1s"); took != time.Second {
				t.Errorf("when the first has left, the next waits %v", took)
			}
		})
	})
	t.Run("a reader whose time is up hears how it stands", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := opened(t, 4)
			h.broker.held = true
			id := h.books(camille).BookingID
			if s, took := h.waits(id, "1m"); s.Status != booking.StatusPending || took != time.Minute {
				t.Errorf("%+v after %v", s, took)
			}
		})
	})
	t.Run("nobody waits for what is unknown", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			build(t).ask("GET", "/bookings/booking-nobody-made?wait=1m", "")
			if took := time.Since(began); took != 0 {
				t.Errorf("%v", took)
			}
		})
	})
	t.Run("a process that stops lets its readers go", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stopping := make(chan struct{})
			h := opened(t, 4, func(d *request.Door) { d.Stopping = stopping })
			h.broker.held = true
			id := h.books(camille).BookingID
			time.AfterFunc(2*time.Second, func() { close(stopping) })
			if s, took := h.waits(id, "1m"); s.Status != booking.StatusPending || took != 2*time.Second {
				t.Errorf("%+v after %v", s, took)
			}
		})
	})
	t.Run("a reader who is gone costs nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := opened(t, 4)
			h.broker.held = true
			id := h.books(camille).BookingID
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			h.mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/bookings/"+id+"?wait=1m", nil))
			if took := time.Since(began); took != time.Second {
				t.Errorf("%v", took)
			}
		})
	})
	t.Run("a store that fails meanwhile is told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := opened(t, 4)
			h.broker.held = true
			id := h.books(camille).BookingID
			time.AfterFunc(time.Second, func() { h.store.fail(errors.New("store is down")) })
			h.must(503, h.ask("GET", "/bookings/"+id+"?wait=2s", ""))
		})
	})
}

func TestDoor_WaitsHowLong(t *testing.T) {
	h := opened(t, 4)
	id := h.books(camille).BookingID
	for _, wait := range []string{"60s", "1m", "1ns", "0.5s"} {
		h.run(t, wait+" is a time to wait", func(t *testing.T) { h.waits(id, wait) })
	}
	for _, wait := range []string{"", "0s", "-1s", "61s", "1h", "10", "soon", "1e9s"} {
		h.run(t, wait+" is not", func(t *testing.T) {
			if p := h.must(400, h.ask("GET", "/bookings/"+id+"?wait="+wait, "")).problem(t); p.Type != "parameter" {
				t.Errorf("%+v", p)
			}
		})
	}
}
