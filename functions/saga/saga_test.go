package saga_test

import (
	"testing"
	"time"

	"tourbillon/events"
	keeper "tourbillon/functions/saga"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

func keeps(*desk) []arrow.Function { return []arrow.Function{keeper.Function(saga.Shipped())} }

// requested is how the keeper first hears of a booking.
func (d *desk) requested(flow booking.Flow) events.Event {
	e := d.event(events.BookingRequested, events.Data{Booking: booking.Booking{
		ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Flow: flow,
		Status: booking.StatusPending, ExpiresAt: noon.Add(15 * time.Minute),
	}})
	e.Step = true
	return e
}

// wake is the clock's, once the time has passed.
func (d *desk) wake(after time.Duration) events.Event {
	d.now = d.now.Add(after)
	e := d.event(events.SagaWake, events.Data{Booking: booking.Booking{ID: "booking-2"}})
	e.ID = "wake at " + d.now.Format(time.TimeOnly)
	return e
}

func (d *desk) cancel() events.Event {
	return d.event(events.BookingCancel, events.Data{
		Booking: booking.Booking{ID: "booking-2"}, By: "customer", Reason: booking.ReasonCustomer,
	})
}

func (d *desk) silent(e events.Event) {
	d.t.Helper()
	if out, err := d.hear(e); out != nil || err != nil {
		d.t.Errorf("%s is answered by %+v, %v, want silence", e.Name, out, err)
	}
}

func TestSaga_Orchestrates(t *testing.T) {
	d := open(t, keeps)
	e := d.requested(booking.Orchestration)
	said := d.says(events.SpotsReserve, e)
	if said.To != "reserve" || said.Source != "/tourbillon/saga" || said.Data.ID != "booking-2" || said.Seats != 2 || said.CausationID != e.ID {
		t.Errorf("%+v", said)
	}
	t.Run("a redelivery is answered by the same command, and nothing is written", func(t *testing.T) {
		d.now = d.now.Add(time.Second)
		commits := d.commits
		if second := d.says(events.SpotsReserve, e); second.ID != said.ID || !second.Time.Equal(said.Time) || d.commits != commits {
			t.Errorf("%+v after %d commits, want %+v after %d", second, d.commits, said, commits)
		}
	})
	t.Run("a reminder is another try", func(t *testing.T) {
		d.silent(d.wake(10 * time.Second))
		if second := d.says(events.SpotsReserve, d.wake(10*time.Second)); second.ID == said.ID || second.Try != said.Try+1 {
			t.Errorf("%+v", second)
		}
	})
}

func TestSaga_Choreographs(t *testing.T) {
	d := open(t, keeps)
	d.silent(d.requested(booking.Choreography))
	t.Run("the command is armed, and said at the deadline", func(t *testing.T) {
		lines, err := d.records.Due(t.Context(), noon.Add(20*time.Second), time.Minute, 9)
		if err != nil || len(lines) != 1 || lines[0].Name != saga.WakeLine("booking-2") {
			t.Errorf("due: %v, %v", lines, err)
		}
		d.says(events.SpotsReserve, d.wake(20*time.Second))
	})
}

func TestSaga_Cancels(t *testing.T) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		t.Run("a wish is said now, in "+string(flow), func(t *testing.T) {
			d := open(t, keeps)
			if _, err := d.hear(d.requested(flow)); err != nil {
				t.Fatal(err)
			}
			said := d.says(events.BookingClose, d.cancel())
			if said.As != booking.StatusCancelled || said.Reason != booking.ReasonCustomer || said.To != "compensate" {
				t.Errorf("%+v", said)
			}
			d.again(d.cancel(), said)
		})
	}
}

func TestSaga_AsksForWhatItDoesNotKnow(t *testing.T) {
	d := open(t, keeps)
	for try := range 3 {
		said := d.says(events.BookingRequest, d.wake(time.Duration(try)*5*time.Minute))
		if said.To != "request" || said.Data.ID != "booking-2" || said.DepartureID != "" || said.Try != try+1 {
			t.Errorf("%+v", said)
		}
	}
	said := d.says(events.BookingClose, d.wake(5*time.Minute))
	if said.As != booking.StatusExpired || said.Reason != booking.ReasonTimeout {
		t.Errorf("%+v", said)
	}
}

func TestSaga_IsListed(t *testing.T) {
	d := open(t, keeps)
	d.says(events.SpotsReserve, d.requested(booking.Orchestration))
	for _, s := range booking.Statuses() {
		page, err := d.records.List(t.Context(), record.IndexSagas(s), "", 9)
		if want := s == booking.StatusPending; err != nil || (len(page.Members) == 1) != want {
			t.Errorf("%s: %v, %v", s, page.Members, err)
		}
	}
}
