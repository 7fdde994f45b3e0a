package saga_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// retry is an operator who does not wait for the deadline.
func (k *keeper) retry() events.Answer {
	k.t.Helper()
	return k.decides(k.command(events.SagaWake, events.Data{Booking: booking.Booking{ID: id}, By: "operator"}))
}

func TestPlans_Decide_retry(t *testing.T) {
	for _, flow := range flows {
		for _, c := range []struct {
			says  string
			heard []events.Name
			want  events.Name
		}{
			{"a booking that the keeper does not know is asked for", nil, events.BookingRequest},
			{"a charge is looked at, not begun again", created, events.PaymentSettle},
			{"so is one whose outcome comes later", then(created, events.PaymentInitiated), events.PaymentSettle},
			{"a sale is said", confirmed, events.SpotsSell},
			{"a refund is said", then(created, events.BookingCancelled), events.PaymentRefund},
			{"a debt is said", then(created, events.BookingCancelled, events.PaymentRefundFailed), events.PaymentSettle},
			{"telling is said", sold, events.Announce},
			{"a completion is not said before its time", told, ""},
			{"nor anything after the end", then(created, events.BookingCancelled, events.PaymentVoided, events.SpotsReleased, events.Sent), ""},
		} {
			t.Run(string(flow)+": "+c.says, func(t *testing.T) {
				k := newKeeper(t, flow)
				k.hears(c.heard...)
				k.now = k.now.Add(time.Second)
				was := k.r
				if a := k.retry(); a.Name != c.want {
					t.Fatalf("got %q, want %q", a.Name, c.want)
				}
				if c.want == "" && cmp.Diff(was, k.r) != "" {
					t.Errorf("it wrote: %s", cmp.Diff(was, k.r))
				}
				if c.want != "" && (k.r.Armed.Said != 1 || !k.r.Armed.Due.After(k.now)) {
					t.Errorf("armed %+v", k.r.Armed)
				}
			})
		}
	}
	t.Run("the same retry is answered by the same command", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(confirmed...)
		e := k.command(events.SagaWake, events.Data{Booking: booking.Booking{ID: id}, By: "operator"})
		first := k.decides(e)
		k.now = k.now.Add(time.Second)
		if diff := cmp.Diff(rendered(first, e), rendered(k.decides(e), e)); diff != "" {
			t.Errorf("-first +again:\n%s", diff)
		}
	})
	t.Run("who retries often does not give up what has attempts", func(t *testing.T) {
		for _, heard := range [][]events.Name{nil, sold} {
			k := newKeeper(t, booking.Orchestration)
			k.hears(heard...)
			step := k.r.Armed.Step
			for range 30 {
				k.now = k.now.Add(time.Second)
				k.retry()
			}
			if k.r.Unknown || k.r.Untold != nil || len(heard) > 0 && k.r.Armed.Step != step {
				t.Errorf("after %v it gave up: %+v", heard, k.r)
			}
		}
	})
}

func TestPlans_Telling(t *testing.T) {
	cancelled := then(created, events.BookingCancelled)
	undone := then(cancelled, events.PaymentRefunded, events.SpotsReleased)
	for _, c := range []struct {
		says  string
		heard []events.Name
		want  events.Name
	}{
		{"a booking that the keeper does not know has nothing to tell", nil, ""},
		{"nor has one under way", paid, ""},
		{"nor one whose seats are not sold yet", confirmed, ""},
		{"a confirmed one is told", sold, events.BookingConfirmed},
		{"and again", told, events.BookingConfirmed},
		{"one whose money is not given back yet has nothing to tell", cancelled, ""},
		{"an undone one is told", undone, events.BookingCancelled},
		{"and again, after the end", then(undone, events.Sent), events.BookingCancelled},
	} {
		t.Run(c.says, func(t *testing.T) {
			k := newKeeper(t, booking.Orchestration)
			k.hears(c.heard...)
			d, may := k.plans.Telling(k.r)
			if may != (c.want != "") || may && d.Occurrence != string(c.want) {
				t.Fatalf("got %q, %v", d.Occurrence, may)
			}
			if may {
				k.sayable(events.Tell(events.Announce, d, k.now))
			}
			if c.want == events.BookingCancelled && (d.Amount == nil || d.Reason == "") {
				t.Errorf("it lacks why and what was given back: %+v", d)
			}
		})
	}
	t.Run("it is what the keeper says itself", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		said := k.hears(sold...)
		if d, _ := k.plans.Telling(k.r); !cmp.Equal(d, said.Data) {
			t.Error(cmp.Diff(said.Data, d))
		}
	})
	t.Run("by a plan that is not known nothing is told", func(t *testing.T) {
		if _, may := saga.Shipped().Telling(saga.Record{Plan: 99}); may {
			t.Error("it is")
		}
	})
}
