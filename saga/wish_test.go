package saga_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

func TestPlans_Decide_wishes(t *testing.T) {
	for _, flow := range flows {
		for _, why := range []booking.Reason{booking.ReasonCustomer, booking.ReasonOperator, booking.ReasonDepartureCancelled} {
			for at := 1; at <= len(told); at++ {
				k := newKeeper(t, flow)
				k.hears(told[:at]...)
				a := k.wished(why)
				if a.Name != events.BookingClose || a.Data.As != booking.StatusCancelled || a.Data.Reason != why {
					t.Errorf("%s: a wish by %s after %s is answered by %q as %s, %s", flow, why, told[at-1], a.Name, a.Data.As, a.Data.Reason)
				}
				if want := k.now.Add(20 * time.Second); !k.r.Armed.Due.Equal(want) {
					t.Errorf("%s: reminded at %v, want %v", flow, k.r.Armed.Due, want)
				}
			}
		}
	}
}

func TestPlans_Decide_wishAgain(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": a second wish gets the same close again", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(sold...)
			first := k.wished(booking.ReasonCustomer)
			k.now = k.now.Add(time.Second)
			again := k.cancel(booking.ReasonOperator)
			if diff := cmp.Diff(rendered(first, again), rendered(k.decides(again), again)); diff != "" {
				t.Errorf("(-first +again):\n%s", diff)
			}
		})
		t.Run(string(flow)+": a wish after the booking was closed is silent", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(then(created, events.BookingCancelled)...)
			if a := k.wished(booking.ReasonCustomer); !a.Silent() || k.r.Wish != nil {
				t.Errorf("got %q and %+v", a.Name, k.r.Wish)
			}
		})
		t.Run(string(flow)+": a person's wish is not swallowed by the clock's", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(paid...)
			k.now = ends
			late := k.wake() // says close as expired; meanwhile the booking is confirmed
			a := k.wished(booking.ReasonCustomer)
			if late.Data.As != booking.StatusExpired || a.Name != events.BookingClose || a.Data.Reason != booking.ReasonCustomer {
				t.Errorf("the clock says %s, then the customer %q by %s", late.Data.As, a.Name, a.Data.Reason)
			}
			k.hears(events.BookingConfirmed)
			if k.r.Armed.Step != events.BookingClose {
				t.Errorf("confirmed, next is %q", k.r.Armed.Step)
			}
		})
		t.Run(string(flow)+": a person's wish goes further than a decline", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(then(created, events.PaymentFailed)...)
			if a := k.wished(booking.ReasonCustomer); a.Name != events.BookingClose || a.Data.Reason != booking.ReasonCustomer {
				t.Errorf("got %q by %s", a.Name, a.Data.Reason)
			}
		})
	}
}

func TestPlans_Decide_wishRefused(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": a wish that came too late is dropped, and the saga goes on", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			k.wished(booking.ReasonCustomer)
			k.hears(events.BookingCloseRefused)
			if k.r.Wish != nil || k.r.Armed.Step != events.SpotsSell {
				t.Errorf("wish %+v, next is %q", k.r.Wish, k.r.Armed.Step)
			}
			k.wished(booking.ReasonOperator) // which is answered by the same fact
			k.hears(events.BookingCloseRefused)
			if k.r.Wish != nil || k.r.Armed.Step != events.SpotsSell {
				t.Errorf("a second time: wish %+v, next is %q", k.r.Wish, k.r.Armed.Step)
			}
		})
		t.Run(string(flow)+": the clock's wish answered by confirmed goes on", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(paid...)
			k.now = ends
			k.wake()
			a := k.hears(events.BookingConfirmed)
			if k.r.Armed.Step != events.SpotsSell || k.r.Status() != booking.StatusConfirmed {
				t.Errorf("%s, next is %q", k.r.Status(), k.r.Armed.Step)
			}
			if said := a.Name == events.SpotsSell; said != (flow == booking.Orchestration) {
				t.Errorf("said %q", a.Name)
			}
		})
	}
}

func TestPlans_Decide_finished(t *testing.T) {
	undo := []events.Name{events.BookingCancelled, events.PaymentRefunded, events.SpotsReleased}
	for _, flow := range flows {
		t.Run(string(flow)+": a finished saga takes up a wish, and ends a second time", func(t *testing.T) {
			k := newKeeper(t, flow)
			first := rendered(k.hears(told...), events.Event{})
			if a := k.wished(booking.ReasonCustomer); a.Name != events.BookingClose {
				t.Fatalf("got %q", a.Name)
			}
			k.hears(undo...)
			second := rendered(k.hears(events.Sent), events.Event{})
			got := []any{first.Name, first.Status, first.RecordVersion, second.Name, second.Status, second.RecordVersion, second.Reason}
			want := []any{
				events.SagaCompleted, booking.StatusConfirmed, uint64(1),
				events.SagaCompensated, booking.StatusCancelled, uint64(2), booking.ReasonCustomer,
			}
			if diff := cmp.Diff(want, got); diff != "" || first.ID == second.ID {
				t.Errorf("ends (-want +got):\n%s", diff)
			}
			if k.r.Armed != (saga.Armed{}) {
				t.Errorf("armed: %+v", k.r.Armed)
			}
		})
		t.Run(string(flow)+": whoever took the tour is refused, and it stays finished", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(then(told, events.BookingCompleted)...)
			k.wished(booking.ReasonCustomer)
			if a := k.hears(events.BookingCloseRefused); !a.Silent() || k.r.Armed != (saga.Armed{}) || len(k.r.Ends) != 1 {
				t.Errorf("said %q, armed %+v, %d ends", a.Name, k.r.Armed, len(k.r.Ends))
			}
		})
	}
}

func TestPlans_Decide_unknown(t *testing.T) {
	t.Run("a booking nobody knows is asked for, and then expires", func(t *testing.T) {
		k := newKeeper(t, "")
		want := []string{
			"+0s booking.request", "+20s booking.request", "+40s booking.request",
			"+1m20s booking.close", "+20s booking.close",
		}
		if diff := cmp.Diff(want, k.wakes(5)); diff != "" {
			t.Errorf("wakes (-want +got):\n%s", diff)
		}
		if d := k.r.Spoken.Data; d.ID != id || d.As != booking.StatusExpired || d.Reason != booking.ReasonTimeout {
			t.Errorf("closes %+v", d)
		}
		k.hears(events.BookingExpired, events.PaymentVoided, events.SpotsReleased)
		if a := k.hears(events.Sent); a.Name != events.SagaCompensated {
			t.Errorf("ends with %q", a.Name)
		}
	})
	t.Run("what it asks with is the id alone", func(t *testing.T) {
		k := newKeeper(t, "")
		a := k.wake()
		if diff := cmp.Diff(events.Data{Booking: booking.Booking{ID: id}, Try: 1}, a.Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("nothing is released where nobody knows where", func(t *testing.T) {
		k := newKeeper(t, "")
		k.wakes(4)
		for _, n := range []events.Name{events.BookingExpired, events.PaymentVoided} {
			e := k.fact(n)
			e.Booking = booking.Booking{ID: id}
			k.decides(e)
		}
		if k.r.Armed != (saga.Armed{}) || k.r.Status() != booking.StatusExpired {
			t.Errorf("%s, armed %+v", k.r.Status(), k.r.Armed)
		}
	})
}

func TestPlans_Decide_found(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": asked for and found, it goes on", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.wakes(2)
			a := k.hears(events.BookingRequested)
			if said := a.Name == events.SpotsReserve; said != (flow == booking.Orchestration) || k.r.Armed.Step != events.SpotsReserve {
				t.Errorf("said %q, next is %q", a.Name, k.r.Armed.Step)
			}
		})
		t.Run(string(flow)+": a wish for a booking not heard of yet waits for it, and no longer", func(t *testing.T) {
			k := newKeeper(t, flow)
			first := k.wished(booking.ReasonCustomer)
			a := k.hears(events.BookingRequested)
			if first.Name != events.BookingRequest || a.Name != events.BookingClose || a.Data.Reason != booking.ReasonCustomer {
				t.Errorf("said %q, then %q by %s", first.Name, a.Name, a.Data.Reason)
			}
		})
		t.Run(string(flow)+": a wish outlives asking in vain", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.wished(booking.ReasonCustomer)
			got := k.wakes(3)
			if !slices.Contains(got, "+1m20s booking.close") || k.r.Spoken.Data.Reason != booking.ReasonCustomer {
				t.Errorf("said %v, by %s", got, k.r.Spoken.Data.Reason)
			}
		})
	}
}
