package saga_test

import (
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	keeper "tourbillon/functions/saga"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

func keeps(*functionstest.Desk) []arrow.Function {
	return []arrow.Function{keeper.Function(saga.Shipped())}
}

// desk is where the keeper hears of a booking.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk { return desk{functionstest.Open(t, "saga", keeps)} }

// requested is how the keeper first hears of a booking.
func (d desk) requested(flow booking.Flow) events.Event {
	e := d.Event(events.BookingRequested, events.Data{Booking: booking.Booking{
		ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Flow: flow,
		Status: booking.StatusPending, ExpiresAt: functionstest.Noon.Add(15 * time.Minute),
	}})
	e.Step = true
	return e
}

// wake is the clock's, once the time has passed.
func (d desk) wake(after time.Duration) events.Event {
	d.Now = d.Now.Add(after)
	e := d.Event(events.SagaWake, events.Data{Booking: booking.Booking{ID: "booking-2"}})
	e.ID = "wake at " + d.Now.Format(time.TimeOnly)
	return e
}

func (d desk) cancel() events.Event {
	return d.Event(events.BookingCancel, events.Data{
		Booking: booking.Booking{ID: "booking-2"}, By: "customer", Reason: booking.ReasonCustomer,
	})
}

func TestSaga_Orchestrates(t *testing.T) {
	d := open(t)
	e := d.requested(booking.Orchestration)
	said := d.Says(events.SpotsReserve, e)
	if said.To != "reserve" || said.Source != "/tourbillon/saga" || said.Data.ID != "booking-2" || said.Seats != 2 || said.CausationID != e.ID {
		t.Errorf("%+v", said)
	}
	t.Run("a redelivery is answered by the same command, and nothing is written", func(t *testing.T) {
		d.Now = d.Now.Add(time.Second)
		commits := d.Commits
		if second := d.Says(events.SpotsReserve, e); second.ID != said.ID || !second.Time.Equal(said.Time) || d.Commits != commits {
			t.Errorf("%+v after %d commits, want %+v after %d", second, d.Commits, said, commits)
		}
	})
	t.Run("a reminder is another try", func(t *testing.T) {
		d.Silent(d.wake(10 * time.Second))
		if second := d.Says(events.SpotsReserve, d.wake(10*time.Second)); second.ID == said.ID || second.Try != said.Try+1 {
			t.Errorf("%+v", second)
		}
	})
}

func TestSaga_Choreographs(t *testing.T) {
	d := open(t)
	d.Silent(d.requested(booking.Choreography))
	t.Run("the command is armed, and said at the deadline", func(t *testing.T) {
		lines, err := d.Records.Due(t.Context(), functionstest.Noon.Add(20*time.Second), time.Minute, 9)
		if err != nil || len(lines) != 1 || lines[0].Name != saga.WakeLine("booking-2") {
			t.Errorf("due: %v, %v", lines, err)
		}
		d.Says(events.SpotsReserve, d.wake(20*time.Second))
	})
}

func TestSaga_Cancels(t *testing.T) {
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		t.Run("a wish is said now, in "+string(flow), func(t *testing.T) {
			d := open(t)
			if _, err := d.Hear(d.requested(flow)); err != nil {
				t.Fatal(err)
			}
			said := d.Says(events.BookingClose, d.cancel())
			if !said.AskedAt.Equal(d.cancel().Time) || said.As != booking.StatusCancelled || said.Reason != booking.ReasonCustomer || said.To != "compensate" {
				t.Errorf("%+v", said)
			}
			d.Again(d.cancel(), said)
		})
	}
}

func TestSaga_AsksForWhatItDoesNotKnow(t *testing.T) {
	d := open(t)
	for try := range 6 {
		said := d.Says(events.BookingRequest, d.wake(time.Duration(try)*5*time.Minute))
		if said.To != "request" || said.Data.ID != "booking-2" || said.DepartureID != "" || said.Try != try+1 {
			t.Errorf("%+v", said)
		}
	}
	said := d.Says(events.BookingClose, d.wake(5*time.Minute))
	if said.As != booking.StatusExpired || said.Reason != booking.ReasonTimeout {
		t.Errorf("%+v", said)
	}
}

func TestSaga_IsListed(t *testing.T) {
	d := open(t)
	d.Says(events.SpotsReserve, d.requested(booking.Orchestration))
	for _, s := range booking.Statuses() {
		page, err := d.Records.List(t.Context(), record.IndexSagas(s), "", 9)
		if want := s == booking.StatusPending; err != nil || (len(page.Members) == 1) != want {
			t.Errorf("%s: %v, %v", s, page.Members, err)
		}
	}
}
