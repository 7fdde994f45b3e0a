package saga_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// ways are whole histories, and the command that each fact is followed by.
var ways = map[string][][2]events.Name{
	"confirmed": {
		{events.BookingRequested, events.SpotsReserve}, {events.SpotsReserved, events.BookingCreate},
		{events.BookingCreated, events.PaymentCharge}, {events.PaymentSucceeded, events.BookingConfirm},
		{events.BookingConfirmed, events.SpotsSell}, {events.SpotsSold, events.Announce},
		{events.Sent, events.SagaCompleted}, {events.BookingCompleted, ""},
	},
	"rejected": {
		{events.BookingRequested, events.SpotsReserve}, {events.SpotsRejected, events.BookingClose},
		{events.BookingRejected, events.PaymentRefund}, {events.PaymentVoided, events.SpotsRelease},
		{events.SpotsReleased, events.Announce}, {events.SendFailed, events.SagaCompensated},
	},
	"declined": {
		{events.BookingRequested, events.SpotsReserve}, {events.SpotsReserved, events.BookingCreate},
		{events.BookingCreated, events.PaymentCharge}, {events.PaymentFailed, events.BookingClose},
		{events.BookingCancelled, events.PaymentRefund}, {events.PaymentRefunded, events.SpotsRelease},
		{events.SpotsReleased, events.Announce}, {events.Sent, events.SagaCompensated},
	},
}

func TestPlans_Decide_orchestration(t *testing.T) {
	for says, way := range ways {
		t.Run(says+": each fact is answered by the next command", func(t *testing.T) {
			k := newKeeper(t, booking.Orchestration)
			for _, w := range way {
				a := k.hears(w[0])
				if a.Name != w[1] {
					t.Errorf("%s is answered by %q, want %q", w[0], a.Name, w[1])
				}
				if end := len(k.r.Ends) > 0 && w[0] != events.BookingCompleted; end && !a.Data.RequestedAt.Equal(nine) {
					t.Errorf("the end says that the booking was requested at %v", a.Data.RequestedAt)
				}
				k.now = k.now.Add(time.Second)
			}
		})
	}
}

func TestPlans_Decide_choreography(t *testing.T) {
	for says, way := range ways {
		t.Run(says+": each fact is left to others until the deadline", func(t *testing.T) {
			k := newKeeper(t, booking.Choreography)
			for _, w := range way {
				a := k.hears(w[0])
				if end := w[1] == events.SagaCompleted || w[1] == events.SagaCompensated; end || w[1] == "" {
					if a.Name != w[1] {
						t.Errorf("%s is answered by %q, want %q", w[0], a.Name, w[1])
					}
					continue
				}
				k.reminds(a, w)
			}
		})
	}
}

// reminds checks that nothing is said on the fact, nor before the deadline, and
// then the reminder.
func (k *keeper) reminds(a events.Answer, w [2]events.Name) {
	k.t.Helper()
	wait, want := 20*time.Second, w[1]
	switch want {
	case events.PaymentCharge:
		wait, want = time.Minute, events.PaymentSettle
	case events.Announce:
		wait = time.Minute
	}
	heard := k.now
	k.now = heard.Add(wait - 1)
	early := k.decides(k.wakeEvent())
	if !a.Silent() || !early.Silent() {
		k.t.Errorf("%s is answered by %q, and by %q before the deadline", w[0], a.Name, early.Name)
	}
	if late := k.wake(); late.Name != want || k.now.Sub(heard) != wait {
		k.t.Errorf("%s: %q was said after %v, want %q after %v", w[0], late.Name, k.now.Sub(heard), want, wait)
	}
}

// TestPlans_Decide_data looks at what each command tells.
func TestPlans_Decide_data(t *testing.T) {
	back := &booking.Money{Amount: 4500, Currency: "EUR"}
	for _, c := range []struct {
		heard  []events.Name
		name   events.Name
		status booking.Status
		fill   events.Data
	}{
		{reserved[:1], events.SpotsReserve, booking.StatusPending, events.Data{}},
		{created, events.PaymentCharge, booking.StatusOnHold, events.Data{}},
		{sold, events.Announce, booking.StatusConfirmed, events.Data{Occurrence: "booking.confirmed", Template: "booking.confirmed"}},
		{then(reserved[:1], events.SpotsRejected), events.BookingClose, booking.StatusPending,
			events.Data{As: booking.StatusRejected, Reason: booking.ReasonSoldOut}},
		{then(created, events.PaymentFailed), events.BookingClose, booking.StatusOnHold,
			events.Data{As: booking.StatusCancelled, Reason: booking.ReasonCardDeclined}},
		{then(created, events.BookingCancelled), events.PaymentRefund, booking.StatusCancelled,
			events.Data{Reason: booking.ReasonCustomer, Amount: back}},
		{then(created, events.BookingCancelled, events.PaymentVoided), events.SpotsRelease, booking.StatusCancelled,
			events.Data{Reason: booking.ReasonCustomer, Amount: back}},
		{then(created, events.BookingCancelled, events.PaymentRefunded, events.SpotsReleased), events.Announce,
			booking.StatusCancelled, events.Data{Reason: booking.ReasonCustomer, Amount: back, Occurrence: "booking.cancelled", Template: "booking.cancelled"}},
	} {
		k := newKeeper(t, booking.Orchestration)
		a := k.hears(c.heard...)
		c.fill.Booking, c.fill.Try = asked(booking.Orchestration), len(c.heard)
		c.fill.Status = c.status
		if diff := cmp.Diff(c.fill, a.Data); a.Name != c.name || diff != "" {
			t.Errorf("%s after %v (-want +got):\n%s", a.Name, c.heard, diff)
		}
	}
}

func TestPlans_Decide_repeated(t *testing.T) {
	for says, heard := range map[string][]events.Name{
		"the first":   reserved[:1],
		"a middle":    created,
		"a refusal":   then(reserved[:1], events.SpotsRejected),
		"the ending":  told,
		"a closed":    then(created, events.BookingCancelled),
		"the undoing": then(created, events.BookingCancelled, events.PaymentVoided, events.SpotsReleased, events.Sent),
	} {
		t.Run(says+" fact heard again gets the same again", func(t *testing.T) {
			k := newKeeper(t, booking.Orchestration)
			first := k.hears(heard...)
			cause, was := k.fact(heard[len(heard)-1]), k.r
			k.now = k.now.Add(5 * time.Second)
			again := k.decides(cause)
			if diff := cmp.Diff(rendered(first, cause), rendered(again, cause)); diff != "" {
				t.Errorf("(-first +again):\n%s", diff)
			}
			if diff := cmp.Diff(was, k.r); diff != "" {
				t.Errorf("the record changed (-was +is):\n%s", diff)
			}
			if e := rendered(again, cause); e.Time.Equal(k.now) {
				t.Errorf("it was said anew, at %v", e.Time)
			}
		})
	}
}

func TestPlans_Decide_repeatedLater(t *testing.T) {
	t.Run("a fact heard again after its command was answered gets silence", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(created...)
		for _, n := range reserved {
			if a := k.hears(n); !a.Silent() {
				t.Errorf("%s is answered by %s", n, a.Name)
			}
		}
	})
	t.Run("nor is one said again that nothing follows at once", func(t *testing.T) {
		k := newKeeper(t, booking.Orchestration)
		k.hears(told...)
		if a := k.hears(events.SpotsSold); !a.Silent() {
			t.Errorf("answered by %s", a.Name)
		}
	})
	t.Run("a wake delivered twice gets the same reminder", func(t *testing.T) {
		k := newKeeper(t, booking.Choreography)
		k.hears(reserved...)
		k.now = k.r.Armed.Due
		wake := k.wakeEvent()
		first := k.decides(wake)
		k.now = k.now.Add(time.Second)
		if diff := cmp.Diff(rendered(first, wake), rendered(k.decides(wake), wake)); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
	t.Run("in choreography a fact heard again does not set off its reminder again", func(t *testing.T) {
		k := newKeeper(t, booking.Choreography)
		k.hears(reserved...)
		k.wake()
		k.hears(events.BookingCreated)
		if a := k.hears(events.SpotsReserved); !a.Silent() {
			t.Errorf("answered by %s", a.Name)
		}
	})
}
