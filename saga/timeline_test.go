package saga_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

var timelines = map[string][][2]events.Name{
	"confirmed, by a slow payment, and completed": {
		{events.BookingRequested, ""},
		{events.SpotsReserved, events.BookingRequested},
		{events.BookingCreated, events.SpotsReserved},
		{events.PaymentInitiated, events.BookingCreated},
		{events.PaymentSucceeded, events.PaymentInitiated},
		{events.BookingConfirmed, events.PaymentSucceeded},
		{events.SpotsSold, events.BookingConfirmed},
		{events.Sent, events.SpotsSold},
		{events.BookingCompleted, events.Sent},
	},
	"confirmed, and the message came back": {
		{events.BookingRequested, ""},
		{events.SpotsReserved, events.BookingRequested},
		{events.BookingCreated, events.SpotsReserved},
		{events.PaymentSucceeded, events.BookingCreated},
		{events.BookingConfirmed, events.PaymentSucceeded},
		{events.SpotsSold, events.BookingConfirmed},
		{events.SendFailed, events.SpotsSold},
		{events.BookingCompleted, events.SendFailed},
	},
	"rejected": {
		{events.BookingRequested, ""},
		{events.SpotsRejected, events.BookingRequested},
		{events.BookingRejected, events.SpotsRejected},
		{events.PaymentVoided, events.BookingRejected},
		{events.SpotsReleased, events.PaymentVoided},
		{events.Sent, events.SpotsReleased},
	},
	"declined": {
		{events.BookingRequested, ""},
		{events.SpotsReserved, events.BookingRequested},
		{events.BookingCreated, events.SpotsReserved},
		{events.PaymentFailed, events.BookingCreated},
		{events.BookingCancelled, events.PaymentFailed},
		{events.PaymentVoided, events.BookingCancelled},
		{events.SpotsReleased, events.PaymentVoided},
		{events.Sent, events.SpotsReleased},
	},
	"cancelled after confirmation, the refund failed once": {
		{events.BookingRequested, ""},
		{events.SpotsReserved, events.BookingRequested},
		{events.BookingCreated, events.SpotsReserved},
		{events.PaymentSucceeded, events.BookingCreated},
		{events.BookingConfirmed, events.PaymentSucceeded},
		{events.SpotsSold, events.BookingConfirmed},
		{events.Sent, events.SpotsSold},
		{events.BookingCancelled, events.BookingConfirmed},
		{events.PaymentRefundFailed, events.BookingCancelled},
		{events.PaymentRefunded, events.BookingCancelled},
		{events.SpotsReleased, events.PaymentRefunded},
		{events.Sent, events.SpotsReleased},
	},
	"expired, with the charge under way": {
		{events.BookingRequested, ""},
		{events.SpotsReserved, events.BookingRequested},
		{events.BookingCreated, events.SpotsReserved},
		{events.PaymentInitiated, events.BookingCreated},
		{events.BookingExpired, events.BookingCreated},
		{events.PaymentVoided, events.BookingExpired},
		{events.SpotsReleased, events.PaymentVoided},
		{events.Sent, events.SpotsReleased},
	},
}

func TestPlans_Timeline(t *testing.T) {
	for says, want := range timelines {
		for _, flow := range flows {
			t.Run(says+", in "+string(flow), func(t *testing.T) {
				var h history
				for _, m := range want {
					h.facts = append(h.facts, m[0])
				}
				k := newKeeper(t, flow)
				facts := h.told(t, flow)
				for _, i := range rand.Perm(len(facts)) {
					k.decides(facts[i])
				}
				at := map[events.Name]time.Time{}
				var got [][2]events.Name
				for i, m := range k.plans.Timeline(k.r) {
					got = append(got, [2]events.Name{m.Event, m.Cause})
					if m.Cause != "" && time.Duration(m.Latency) != m.At.Sub(at[m.Cause]) || !m.At.Equal(facts[i].Time) || m.ID != facts[i].ID {
						t.Errorf("%s: %+v", m.Event, m)
					}
					at[m.Event] = m.At
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("timeline (-want +got):\n%s", diff)
				}
			})
		}
	}
	t.Run("an empty record has no timeline", func(t *testing.T) {
		if got := saga.Shipped().Timeline(saga.Record{}); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("by a plan of another build it has no causes", func(t *testing.T) {
		k := newKeeper(t, "")
		k.hears(reserved...)
		if got := (saga.Plans{2: saga.V1()}).Timeline(k.r); len(got) != 2 || got[1].Cause != "" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("attempt and reason are in it", func(t *testing.T) {
		k := newKeeper(t, "")
		e := k.fact(events.PaymentFailed)
		e.Attempt = 3
		k.decides(e)
		want := []saga.Moment{{At: nine, Event: e.Name, ID: e.ID, Attempt: 3, Reason: string(booking.ReasonCardDeclined)}}
		if diff := cmp.Diff(want, k.plans.Timeline(k.r)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestLatency_IsWrittenInMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0", 248 * time.Microsecond: "0.248", 2 * time.Second: "2000"} {
		raw, err := json.Marshal(saga.Latency(d))
		if err != nil || string(raw) != want {
			t.Errorf("%v is %s, %v; want %s", d, raw, err, want)
		}
	}
}
