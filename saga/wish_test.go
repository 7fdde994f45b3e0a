package saga_test

import (
	"encoding/json"
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
		for _, c := range weaker {
			t.Run(string(flow)+": after "+string(c[0])+" a wish by "+string(c[1])+" gets the same close again", func(t *testing.T) {
				k := newKeeper(t, flow)
				k.hears(sold...)
				first, was := k.wished(c[0]), *k.r.Wish
				k.now = k.now.Add(time.Second)
				again := k.cancel(c[1])
				if diff := cmp.Diff(rendered(first, again), rendered(k.decides(again), again)); diff != "" || *k.r.Wish != was {
					t.Errorf("wish %+v, was %+v (-first +again):\n%s", k.r.Wish, was, diff)
				}
			})
		}
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

// weaker are wishes, and such as do not go further; further are those that do.
var (
	weaker = [][2]booking.Reason{
		{booking.ReasonCustomer, booking.ReasonCustomer}, {booking.ReasonOperator, booking.ReasonCustomer},
		{booking.ReasonOperator, booking.ReasonDepartureCancelled}, {booking.ReasonDepartureCancelled, booking.ReasonCustomer},
		{booking.ReasonDepartureCancelled, booking.ReasonOperator},
	}
	further = [][2]booking.Reason{
		{booking.ReasonCustomer, booking.ReasonOperator}, {booking.ReasonCustomer, booking.ReasonDepartureCancelled},
	}
)

func TestPlans_Decide_wishFurther(t *testing.T) {
	for _, flow := range flows {
		for _, c := range further {
			t.Run(string(flow)+": after "+string(c[0])+" a wish by "+string(c[1])+" is said at once", func(t *testing.T) {
				k := newKeeper(t, flow)
				k.hears(sold...)
				first := k.wished(c[0])
				k.now = k.now.Add(time.Second)
				a := k.wished(c[1])
				if a.Name != events.BookingClose || a.Data.Reason != c[1] || a.Data.Try != first.Data.Try+1 {
					t.Errorf("got %q by %s, try %d after %d", a.Name, a.Data.Reason, a.Data.Try, first.Data.Try)
				}
				if want := (saga.Wish{As: booking.StatusCancelled, Reason: c[1], At: k.now}); *k.r.Wish != want {
					t.Errorf("wish %+v, want %+v", *k.r.Wish, want)
				}
			})
		}
	}
}

func TestPlans_Decide_wishAsked(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": a close tells when it was wished, also when it is said late", func(t *testing.T) {
			k := newKeeper(t, flow)
			wished := k.now
			k.wished(booking.ReasonCustomer) // for a booking not heard of yet
			k.now = k.now.Add(3 * time.Second)
			first := k.hears(events.BookingRequested)
			second := k.wake()
			for _, a := range []events.Answer{first, second} {
				if a.Name != events.BookingClose || !a.Data.AskedAt.Equal(wished) {
					t.Errorf("%q was asked at %v, want %v", a.Name, a.Data.AskedAt, wished)
				}
			}
		})
		t.Run(string(flow)+": it goes by the time of the wish, not of its delivery", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(sold...)
			e := k.cancel(booking.ReasonCustomer)
			k.now = k.now.Add(time.Hour)
			if a := k.decides(e); !a.Data.AskedAt.Equal(e.Time) || !k.r.Wish.At.Equal(e.Time) {
				t.Errorf("asked at %v, wish %+v, want %v", a.Data.AskedAt, k.r.Wish, e.Time)
			}
		})
		t.Run(string(flow)+": nobody asked for the clock's, nor for a decline's", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(created...)
			k.now = ends
			clock := k.wake()
			k = newKeeper(t, flow)
			k.hears(then(created, events.PaymentFailed)...)
			declined := k.wake()
			for _, a := range []events.Answer{clock, declined} {
				if a.Name != events.BookingClose || !a.Data.AskedAt.IsZero() {
					t.Errorf("%q by %s was asked at %v", a.Name, a.Data.Reason, a.Data.AskedAt)
				}
			}
		})
	}
}

// refuses tells the keeper that a close was refused: that one.
func (k *keeper) refuses(said events.Answer) events.Answer {
	k.t.Helper()
	return k.decides(k.refusal(said))
}

func (k *keeper) refusal(said events.Answer) events.Event {
	e := k.fact(events.BookingCloseRefused)
	e.CausationID = rendered(said, events.Event{}).ID
	return e
}

func TestPlans_Decide_wishRefusedBefore(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": the refusal of the close before does not clear a wish that goes further", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			first := k.wished(booking.ReasonCustomer)
			second := k.wished(booking.ReasonOperator)
			for range 2 {
				k.refuses(first)
				if k.r.Wish == nil || k.r.Wish.Reason != booking.ReasonOperator || k.r.Armed.Step != events.BookingClose {
					t.Fatalf("wish %+v, next is %q", k.r.Wish, k.r.Armed.Step)
				}
			}
			if k.refuses(second); k.r.Wish != nil {
				t.Errorf("its own leaves %+v", k.r.Wish)
			}
		})
		t.Run(string(flow)+": an old refusal told again does not clear a newer wish", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			old := k.refusal(k.wished(booking.ReasonCustomer))
			k.decides(old)
			k.now = k.now.Add(time.Minute)
			newer := k.wished(booking.ReasonCustomer)
			if k.decides(old); newer.Name != events.BookingClose || k.r.Wish == nil {
				t.Errorf("said %q, wish %+v", newer.Name, k.r.Wish)
			}
		})
		t.Run(string(flow)+": a reminder's refusal counts, that of the close which it reminds of does not", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			first := k.wished(booking.ReasonCustomer)
			second := k.wake()
			if k.refuses(first); k.r.Wish == nil {
				t.Error("the first's cleared it")
			}
			if k.refuses(second); k.r.Wish != nil {
				t.Errorf("the second's left %+v", k.r.Wish)
			}
		})
		t.Run(string(flow)+": a record that was stored knows its close", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			said := k.wished(booking.ReasonCustomer)
			text, err := json.Marshal(k.r)
			k.r = saga.Record{}
			if err == nil {
				err = json.Unmarshal(text, &k.r)
			}
			if k.refuses(said); err != nil || k.r.Wish != nil {
				t.Errorf("%v, wish %+v", err, k.r.Wish)
			}
		})
	}
}

func TestPlans_Decide_wishRefused(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": a wish that came too late is dropped, and the saga goes on", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(confirmed...)
			k.refuses(k.wished(booking.ReasonCustomer))
			if k.r.Wish != nil || k.r.Armed.Step != events.SpotsSell {
				t.Errorf("wish %+v, next is %q", k.r.Wish, k.r.Armed.Step)
			}
			k.refuses(k.wished(booking.ReasonOperator)) // which is answered by the same fact
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
		t.Run(string(flow)+": a completed booking whose departure does not run after all is undone", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(then(told, events.BookingCompleted)...)
			if a := k.wished(booking.ReasonDepartureCancelled); a.Name != events.BookingClose {
				t.Errorf("said %q", a.Name)
			}
			k.hears(events.BookingCancelled, events.PaymentRefunded, events.SpotsReleased)
			if a := k.hears(events.Sent); a.Name != events.SagaCompensated || k.r.Armed != (saga.Armed{}) || k.r.Status() != booking.StatusCancelled {
				t.Errorf("said %q, armed %+v, %s", a.Name, k.r.Armed, k.r.Status())
			}
		})
		t.Run(string(flow)+": whoever took the tour is refused, and it stays finished", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(then(told, events.BookingCompleted)...)
			if a := k.refuses(k.wished(booking.ReasonCustomer)); !a.Silent() || k.r.Armed != (saga.Armed{}) || len(k.r.Ends) != 1 {
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
			"+1m20s booking.request", "+2m40s booking.request", "+5m0s booking.request",
			"+5m0s booking.close", "+20s booking.close",
		}
		if diff := cmp.Diff(want, k.wakes(len(want))); diff != "" {
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
		k.wakes(7)
		for _, n := range []events.Name{events.BookingExpired, events.PaymentVoided} {
			e := k.fact(n)
			e.Booking = booking.Booking{ID: id}
			k.decides(e)
		}
		if k.r.Armed.Step != events.Announce || k.r.Spoken.Command != events.Announce || k.r.Status() != booking.StatusExpired {
			t.Errorf("%s, armed %+v, said %s", k.r.Status(), k.r.Armed, k.r.Spoken.Command)
		}
		said := k.wakes(12)
		if last := said[11]; last != "+5m0s saga.compensated" || k.r.Armed != (saga.Armed{}) {
			t.Errorf("told in vain, it says %v, armed %+v", said, k.r.Armed)
		}
	})
	for _, flow := range flows {
		t.Run(string(flow)+": one that is found after it was given up gives back what it has taken then", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.wakes(7)
			for _, n := range []events.Name{events.BookingExpired, events.PaymentVoided} {
				e := k.fact(n)
				e.Booking = booking.Booking{ID: id}
				k.decides(e)
			}
			k.wakes(12)
			k.hears(events.BookingRequested, events.SpotsReserved) // whom nobody answered for an hour is back
			k.wake()
			if d := k.r.Spoken.Data; k.r.Spoken.Command != events.SpotsRelease || d.DepartureID != "lyon-0900" {
				t.Errorf("says %q of %q, armed %+v", k.r.Spoken.Command, d.DepartureID, k.r.Armed)
			}
			k.hears(events.SpotsReleased)
			if k.r.Armed != (saga.Armed{}) || len(k.r.Ends) != 1 {
				t.Errorf("armed %+v, %d ends", k.r.Armed, len(k.r.Ends))
			}
		})
	}
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
			got := k.wakes(8)
			if !slices.Contains(got, "+5m0s booking.close") || k.r.Spoken.Data.Reason != booking.ReasonCustomer {
				t.Errorf("said %v, by %s", got, k.r.Spoken.Data.Reason)
			}
		})
	}
}
