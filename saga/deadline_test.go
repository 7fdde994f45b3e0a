package saga_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

func repeat(n int, s string) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

func TestPlans_Decide_deadlines(t *testing.T) {
	doubling := func(n events.Name) []string {
		return []string{"+20s " + string(n), "+40s " + string(n), "+1m20s " + string(n), "+2m40s " + string(n)}
	}
	stuck := func(n events.Name) []string { // 10 minutes after the first
		return append(doubling(n), "+5m0s saga.stuck", "+1s "+string(n), "+5m0s "+string(n), "+5m0s "+string(n))
	}
	settle := "payment.settle"
	initiated := then(created, events.PaymentInitiated)
	cancelled := then(created, events.BookingCancelled)
	undone := then(cancelled, events.PaymentVoided)
	untold := append([]string{"+1m0s notification.announce", "+2m0s notification.announce", "+4m0s notification.announce"},
		repeat(8, "+5m0s notification.announce")...)
	for says, c := range map[string]struct {
		heard []events.Name
		want  []string
	}{
		"reserve is reminded until the hold ends, and then closed": {reserved[:1],
			append(doubling(events.SpotsReserve), "+5m0s tour.spots.reserve", "+5m0s booking.close", "+20s booking.close")},
		"book likewise": {reserved, append(doubling(events.BookingCreate), "+5m0s booking.create", "+4m59s booking.close")},
		"charge is settled after a minute": {created,
			[]string{"+1m0s " + settle, "+2m0s " + settle, "+4m0s " + settle, "+5m0s " + settle, "+2m58s booking.close"}},
		"an initiated payment is looked at after ten minutes": {initiated, []string{"+10m0s " + settle, "+4m57s booking.close"}},
		"confirm is reminded until the hold ends":             {paid, append(doubling(events.BookingConfirm), "+5m0s booking.confirm")},
		"sell is reminded for ever":                           {confirmed, stuck(events.SpotsSell)},
		"the close of a declined booking for ever":            {then(created, events.PaymentFailed), stuck(events.BookingClose)},
		"refund for ever":                                     {cancelled, stuck(events.PaymentRefund)},
		"release for ever":                                    {undone, stuck(events.SpotsRelease)},
		"telling twelve times, and then it has ended":         {sold, append(untold, "+5m0s saga.completed")},
		"telling of the undoing as well": {then(undone, events.SpotsReleased),
			append(untold, "+5m0s saga.compensated")},
	} {
		t.Run(says, func(t *testing.T) {
			k := newKeeper(t, booking.Orchestration)
			k.hears(c.heard...)
			if diff := cmp.Diff(c.want, k.wakes(len(c.want))); diff != "" {
				t.Errorf("wakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlans_Decide_refundFailed(t *testing.T) {
	for _, flow := range flows {
		k := newKeeper(t, flow)
		a := k.hears(then(created, events.BookingCancelled, events.PaymentRefundFailed)...)
		want := []string{
			"+20s payment.settle", "+40s payment.settle", "+1m20s payment.settle", "+2m40s payment.settle",
			"+5m0s saga.stuck", "+1s payment.settle", "+5m0s payment.settle", "+5m0s payment.settle",
		}
		if diff := cmp.Diff(want, k.wakes(len(want))); diff != "" || !a.Silent() {
			t.Errorf("%s: said %q, then (-want +got):\n%s", flow, a.Name, diff)
		}
		k.hears(events.PaymentRefunded)
		if k.r.Armed.Step != events.SpotsRelease {
			t.Errorf("%s: refunded, next is %q", flow, k.r.Armed.Step)
		}
	}
}

// TestPlans_Decide_refundCameBack has a bank refuse, days after the end, what
// was given back: an operator is told at once, and nothing is tried before he
// wishes it.
func TestPlans_Decide_refundCameBack(t *testing.T) {
	for _, flow := range flows {
		k := newKeeper(t, flow)
		back := k.fact(events.PaymentRefunded)
		back.ID, back.Attempt = "the first", 1
		k.hears(then(created, events.PaymentSucceeded, events.BookingCancelled)...)
		k.decides(back)
		k.hears(events.SpotsReleased, events.Sent)
		if len(k.r.Ends) != 1 || k.r.Armed.Step != "" {
			t.Fatalf("%s: it has not ended: %+v", flow, k.r.Armed)
		}
		k.now = k.now.Add(72 * time.Hour)
		a := k.hears(events.PaymentRefundFailed)
		if a.Name != events.SagaStuck || !k.r.IsStuck() || !k.r.OwesUndo() {
			t.Errorf("%s: it says %q, stuck: %v", flow, a.Name, k.r.IsStuck())
		}
		k.now = k.now.Add(30 * 24 * time.Hour)
		if a := k.decides(k.wakeEvent()); !a.Silent() {
			t.Errorf("%s: by itself it says %q", flow, a.Name)
		}
		wake := k.wakeEvent()
		wake.ID, wake.By = "the operator's", "operator"
		if a := k.decides(wake); a.Name != events.PaymentSettle || k.r.Armed.Due.Before(k.now.Add(365*24*time.Hour)) {
			t.Errorf("%s: to an operator it says %q, and is due %v", flow, a.Name, k.r.Armed.Due)
		}
		if a := k.hears(events.PaymentRefunded); !a.Silent() || k.r.Armed.Step != "" || len(k.r.Ends) != 1 {
			t.Errorf("%s: given back anew, it says %q, next is %q", flow, a.Name, k.r.Armed.Step)
		}
	}
}

func TestPlans_Decide_stuck(t *testing.T) {
	k := newKeeper(t, booking.Orchestration)
	k.hears(confirmed...)
	k.wakes(4)
	k.now = k.r.Armed.Due
	wake := k.wakeEvent()
	first := k.decides(wake)
	t.Run("an operator hears which step, and how the booking stands", func(t *testing.T) {
		e := rendered(first, wake)
		if e.Name != events.SagaStuck || e.Step || e.Data.Step != "tour.spots.sell" || e.Status != booking.StatusConfirmed || e.Attempt != 1 {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("asked again, it is said again", func(t *testing.T) {
		k.now = k.now.Add(time.Second)
		if diff := cmp.Diff(rendered(first, wake), rendered(k.decides(wake), wake)); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
	t.Run("the next wake is another, and the command goes on", func(t *testing.T) {
		if a := k.wake(); a.Name != events.SpotsSell {
			t.Errorf("got %q", a.Name)
		}
	})
	t.Run("asked again once the step is answered, it is said again word for word", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(confirmed...)
		k.wakes(4)
		k.now = k.r.Armed.Due
		wake := k.wakeEvent()
		first := rendered(k.decides(wake), wake)
		k.hears(events.SpotsSold)
		if diff := cmp.Diff(first, rendered(k.decides(wake), wake)); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
	t.Run("another step that is stuck is said of, too", func(t *testing.T) {
		k.wished(booking.ReasonOperator)
		k.hears(events.BookingCancelled)
		k.wakes(4)
		a := k.wake()
		if e := rendered(a, wake); a.Name != events.SagaStuck || e.Data.Step != "payment.refund" || e.Attempt != 2 || e.RecordVersion != 2 {
			t.Errorf("got %+v", e)
		}
	})
}

func TestPlans_Decide_stuckTwice(t *testing.T) {
	k := newKeeper(t, booking.Orchestration)
	k.hears(confirmed...)
	k.wakes(4)
	first := rendered(k.wake(), events.Event{})
	k.refuses(k.wished(booking.ReasonOperator)) // another step meanwhile
	k.wakes(4)
	second := rendered(k.wake(), events.Event{})
	if first.Name != events.SagaStuck || second.Name != events.SagaStuck || second.Data.Step != first.Data.Step || second.Attempt != 2 || first.ID == second.ID {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestPlans_Decide_refundFailedOften(t *testing.T) {
	k := newKeeper(t, booking.Orchestration)
	k.hears(then(created, events.BookingCancelled)...)
	var all []events.Event
	for attempt := range 5 {
		k.now = k.now.Add(time.Minute)
		e := k.fact(events.PaymentRefundFailed)
		e.ID, e.Attempt = e.ID+strconv.Itoa(attempt), attempt+1
		all = append(all, e)
	}
	for _, i := range []int{1, 0, 4, 2, 3, 4, 0} {
		k.decides(all[i])
	}
	var kept []int
	for _, h := range k.r.Heard {
		if h.Name == events.PaymentRefundFailed {
			kept = append(kept, h.Attempt)
		}
	}
	if diff := cmp.Diff([]int{5}, kept); diff != "" || len(k.r.Heard) != len(created)+2 || k.r.Armed.Step != events.PaymentSettle {
		t.Errorf("%d heard, next is %q (-want +kept):\n%s", len(k.r.Heard), k.r.Armed.Step, diff)
	}
}

func TestPlans_Decide_expiry(t *testing.T) {
	for _, flow := range flows {
		t.Run(string(flow)+": any event after the hold's end closes, now", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(reserved...)
			k.now = ends
			a := k.hears(events.BookingCreated)
			if a.Name != events.BookingClose || a.Data.As != booking.StatusExpired || a.Data.Reason != booking.ReasonTimeout {
				t.Errorf("got %+v", a)
			}
		})
		t.Run(string(flow)+": the keeper wakes when the hold ends", func(t *testing.T) {
			k := newKeeper(t, flow)
			k.hears(created...)
			for k.now.Before(ends) {
				k.wake()
			}
			if !k.now.Equal(ends) || k.r.Spoken.Command != events.BookingClose {
				t.Errorf("at %v it says %s", k.now, k.r.Spoken.Command)
			}
		})
	}
	t.Run("a step that begins just before the hold's end is not waited for", func(t *testing.T) {
		k := newKeeper(t, booking.Choreography)
		k.hears(reserved[:1]...)
		k.now = ends.Add(-5 * time.Second)
		if k.hears(events.SpotsReserved); !k.r.Armed.Due.Equal(ends) {
			t.Errorf("wakes at %v", k.r.Armed.Due)
		}
	})
	t.Run("a payment that takes days extends the hold", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		p := k.plans[1]
		p.Delayed = 48 * time.Hour
		k.plans[1] = p
		k.hears(then(created, events.PaymentInitiated)...)
		for k.r.Wish == nil && k.now.Before(leave) {
			k.wake()
		}
		if want := ends.Add(48 * time.Hour); !k.now.Equal(want) {
			t.Errorf("closed at %v, want %v", k.now, want)
		}
	})
}

func TestPlans_Decide_unexpiring(t *testing.T) {
	t.Run("a declined booking is closed as declined, with growing patience, also after its hold", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(created...)
		k.now = ends.Add(-10 * time.Second)
		k.hears(events.PaymentFailed)
		want := []string{"+20s booking.close", "+40s booking.close", "+1m20s booking.close"}
		if diff := cmp.Diff(want, k.wakes(3)); diff != "" || k.r.Spoken.Data.Reason != booking.ReasonCardDeclined {
			t.Errorf("as %s (-want +got):\n%s", k.r.Spoken.Data.Reason, diff)
		}
	})
	t.Run("a booking that is confirmed does not expire", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(confirmed...)
		k.now = ends.Add(time.Hour)
		if a := k.hears(events.SpotsSold); a.Name != events.Announce {
			t.Errorf("got %q", a.Name)
		}
	})
	t.Run("nor one of which only what follows was heard", func(t *testing.T) {
		for _, n := range []events.Name{events.SpotsSold, events.Sent, events.BookingCompleted} {
			k := newKeeper(t, booking.Orchestration)
			k.hears(reserved[0], n)
			k.now = ends
			if k.wake(); k.r.Wish != nil {
				t.Errorf("after %s: %+v", n, k.r.Wish)
			}
		}
	})
	t.Run("a payment heard of before its booking is waited for, likewise", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(then(reserved, events.PaymentInitiated)...)
		k.now = k.now.Add(time.Second)
		a := k.hears(events.BookingCreated)
		if want := k.now.Add(10 * time.Minute); !a.Silent() || !k.r.Armed.Due.Equal(want) {
			t.Errorf("said %q, due %v, want %v", a.Name, k.r.Armed.Due, want)
		}
	})
}

func TestPlans_Decide_complete(t *testing.T) {
	for _, flow := range flows {
		k := newKeeper(t, flow)
		k.hears(told...)
		if due := k.r.Armed.Due; !due.Equal(leave.Add(24 * time.Hour)) {
			t.Errorf("%s: completes at %v", flow, due)
		}
		k.now = k.r.Armed.Due
		want := []string{"+0s booking.complete", "+20s booking.complete", "+40s booking.complete"}
		if diff := cmp.Diff(want, k.wakes(3)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", flow, diff)
		}
		k.now = k.now.Add(24 * time.Hour)
		if a := k.wake(); a.Name != events.BookingComplete {
			t.Errorf("%s: completing is no operator's affair, got %q", flow, a.Name)
		}
		a := k.hears(events.BookingCompleted)
		if k.r.Status() != booking.StatusCompleted || !k.r.Armed.Due.IsZero() || !a.Silent() {
			t.Errorf("%s: %s, armed %+v, said %q", flow, k.r.Status(), k.r.Armed, a.Name)
		}
	}
}
