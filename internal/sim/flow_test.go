package sim

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// confirmed reports whether the booking's own record says so: that needs no
// keeper.
func (w *World) confirmed(r Request) bool {
	id := w.BookingID(r)
	rec, _ := load[booking.Record](w, record.KindBooking, id, id)
	return rec.Confirmed != nil && rec.Closed == nil
}

// told reports whether a booking's customer was told by a template, once, and of
// nothing that was not to be told beside the receipt.
func (w *World) told(r Request, template string) bool {
	n := 0
	for _, l := range w.lettersOf(w.BookingID(r)) {
		if l.Template == template {
			n++
		} else if l.Template != "payment.succeeded" {
			return false
		}
	}
	return n == 1
}

func TestFlows(t *testing.T) {
	visa := caseOf(t, "tok_visa").Options
	play := func(t *testing.T, flow booking.Flow, routes []saga.Route) *World {
		o := visa
		o.Flow, o.Routes = flow, routes
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		w.Play()
		w.unwind()
		return w
	}
	t.Run("with the keeper stopped a choreographed booking is confirmed and told", func(t *testing.T) {
		routes := slices.DeleteFunc(saga.V1().Routes(), func(r saga.Route) bool { return r.To == "saga" })
		w := play(t, booking.Choreography, routes)
		if !w.confirmed(visa.Requests[0]) || !w.told(visa.Requests[0], "booking.confirmed") {
			t.Error("it is not")
		}
	})
	t.Run("with all choreography gone an orchestrated booking is confirmed and told", func(t *testing.T) {
		w := play(t, booking.Orchestration, slices.Concat(saga.Commands(), saga.Hearers()))
		if !w.confirmed(visa.Requests[0]) || !w.told(visa.Requests[0], "booking.confirmed") {
			t.Error("it is not")
		}
	})
	t.Run("with the keeper stopped an orchestrated booking is not", func(t *testing.T) {
		routes := slices.DeleteFunc(saga.V1().Routes(), func(r saga.Route) bool { return r.To == "saga" })
		if w := play(t, booking.Orchestration, routes); w.confirmed(visa.Requests[0]) {
			t.Error("it is: who drove it?")
		}
	})
}

// TestNoReminders holds choreography to its word: where nothing is lost and
// nobody wishes anything, the keeper says nothing.
func TestNoReminders(t *testing.T) {
	for _, name := range []string{
		"tok_visa", "tok_declined", "tok_insufficient_funds", "tok_try_again", "tok_timeout", "tok_flaky",
		"tok_slow", "tok_async", "tok_async_fails", "tok_refund_fails", "sold_out", "departure_unknown",
	} {
		t.Run(name, func(t *testing.T) {
			o := caseOf(t, name).Options
			o.Flow = booking.Choreography
			w, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Run(); err != nil {
				t.Error(err)
			}
			if len(w.reminded) > 0 {
				t.Errorf("the keeper said %v", w.reminded)
			}
		})
	}
}

// needs names, for each route, the story that cannot be told without it.
var needs = map[string]struct {
	story string
	flow  booking.Flow
}{
	"command-announce":   {"tok_visa", booking.Orchestration},
	"command-book":       {"tok_visa", booking.Orchestration},
	"command-catalog":    {"departure_cancelled", booking.Orchestration},
	"command-charge":     {"tok_visa", booking.Orchestration},
	"command-clock":      {"tok_async", booking.Orchestration},
	"command-compensate": {"tok_declined", booking.Orchestration},
	"command-fanout":     {"many_bookings", booking.Orchestration},
	"command-notify":     {"tok_visa", booking.Choreography},
	"command-request":    {"lost_request", booking.Orchestration},
	"command-reserve":    {"tok_visa", booking.Orchestration},
	"command-saga":       {"cancel_late", booking.Choreography},
	"keeper":             {"tok_visa", booking.Orchestration},

	"availability-tour-spots-reserved": {"watched", booking.Orchestration},
	"availability-tour-spots-released": {"watched_comes_back", booking.Orchestration},
	"fanout-tour-updated":              {"tour_meets_elsewhere", booking.Orchestration},
	"fanout-tour-departure-changed":    {"moved", booking.Orchestration},
	"fanout-tour-availability-low":     {"watched", booking.Choreography},
	"fanout-tour-availability-back":    {"watched_comes_back", booking.Choreography},
	"announce-payment-succeeded":       {"tok_visa", booking.Orchestration},
	"announce-payment-refunded":        {"cancel_refund_comes_back", booking.Orchestration},
	"announce-payment-refund-failed":   {"cancel_refund_fails", booking.Orchestration},
	"notify-notification-delivered":    {"mail_arrives", booking.Orchestration},
	"notify-notification-bounced":      {"mail_comes_back", booking.Orchestration},
	"customer-notification-bounced":    {"mail_comes_back", booking.Choreography},
	"customer-notification-failed":     {"nobody_at_the_address", booking.Orchestration},
	"customer-customer-opted-out":      {"stop_by_text", booking.Orchestration},
	"customer-customer-opted-in":       {"start_by_text", booking.Orchestration},

	"fanout-tour-departure-cancelled":  {"departure_cancelled", booking.Choreography},
	"choreography-booking-requested":   {"tok_visa", booking.Choreography},
	"choreography-tour-spots-reserved": {"tok_visa", booking.Choreography},
	"choreography-booking-created":     {"tok_visa", booking.Choreography},
	"choreography-payment-succeeded":   {"tok_visa", booking.Choreography},
	"choreography-booking-confirmed":   {"tok_visa", booking.Choreography},
	"choreography-tour-spots-sold":     {"tok_visa", booking.Choreography},
	"choreography-tour-spots-rejected": {"sold_out", booking.Choreography},
	"choreography-payment-failed":      {"tok_declined", booking.Choreography},
	"choreography-booking-rejected":    {"sold_out", booking.Choreography},
	"choreography-booking-expired":     {"expired", booking.Choreography},
	"choreography-booking-cancelled":   {"tok_declined", booking.Choreography},
	"choreography-payment-refunded":    {"cancel_late", booking.Choreography},
	"choreography-payment-voided":      {"tok_declined", booking.Choreography},
	"choreography-tour-spots-released": {"tok_declined", booking.Choreography},
}

func TestEveryRouteIsNeeded(t *testing.T) {
	for _, r := range saga.V1().Routes() {
		t.Run("without "+r.Name+" a story goes wrong", func(t *testing.T) {
			need, ok := needs[r.Name]
			if !ok {
				t.Fatal("name the story that needs it in the table needs, or let the route go")
			}
			without := slices.DeleteFunc(saga.V1().Routes(), func(x saga.Route) bool { return x.Name == r.Name })
			if !goesWrong(t, need.story, need.flow, without) {
				t.Errorf("%s by %s is told all the same", need.story, need.flow)
			}
		})
	}
	if want := len(saga.V1().Routes()); len(needs) != want {
		t.Errorf("%d routes are said to be needed, there are %d", len(needs), want)
	}
}

func goesWrong(t *testing.T, story string, flow booking.Flow, routes []saga.Route) bool {
	switch story {
	case "many_bookings":
		return manyBookings(t, flow, routes) != nil
	case "lost_request":
		return lostRequest(t, flow, routes) != nil
	}
	c := caseOf(t, story)
	c.Flow = flow
	got, err := tell(t, c, routes)
	want, read := os.ReadFile(golden(story, flow))
	if read != nil {
		t.Fatal(read)
	}
	return err != nil || got != string(want)
}

// manyBookings takes off a departure with more bookings than one page holds.
func manyBookings(t *testing.T, flow booking.Flow, routes []saga.Route) error {
	o := caseOf(t, "departure_cancelled").Options
	o.Flow, o.Routes = flow, routes
	o.Departures[0].Capacity = 300
	first := o.Requests[0]
	o.Requests = nil
	for i := range 105 {
		first.ID = "req-" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + "-0001"
		o.Requests = append(o.Requests, first)
	}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(); err != nil {
		return err
	}
	for _, end := range w.Outcomes() {
		if end.Status != booking.StatusCancelled || end.Reason != booking.ReasonDepartureCancelled {
			return fmt.Errorf("one was not cancelled with the departure: %s", end)
		}
	}
	return nil
}

// lostRequest crashes the door between its commit and its publish: the keeper
// hears of the booking from its clock alone.
func lostRequest(t *testing.T, flow booking.Flow, routes []saga.Route) error {
	o := caseOf(t, "tok_visa").Options
	o.Flow, o.Routes, o.Points, o.CrashAt = flow, routes, true, []int{3}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Run()
	if at := w.crossed[2]; at != "request(booking.request) reply#1" {
		t.Fatalf("crashed at %s", at)
	}
	if end := w.Outcomes()[0]; err == nil && end.Status != booking.StatusConfirmed {
		return fmt.Errorf("it was not confirmed: %s", end)
	}
	return err
}

func TestStoriesWithoutAGolden(t *testing.T) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		t.Run("more than a page of bookings is cancelled, by "+string(flow), func(t *testing.T) {
			if err := manyBookings(t, flow, nil); err != nil {
				t.Error(err)
			}
		})
		t.Run("a request whose publish was lost is booked, by "+string(flow), func(t *testing.T) {
			if err := lostRequest(t, flow, nil); err != nil {
				t.Error(err)
			}
		})
	}
}
