package saga_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

var seedFlag = flag.Uint64("seed", 0, "the order in which TestPlans_Decide_order tells; 0: any")

const shuffles = 2000

// history is a complete one, and what it must come to in whatever order it is
// told.
type history struct {
	says   string
	facts  []events.Name
	status booking.Status
	reason booking.Reason
	next   events.Name
	end    events.Name
}

func histories() []history {
	undo := []events.Name{events.PaymentVoided, events.SpotsReleased, events.Sent}
	back := []events.Name{events.BookingCancelled, events.PaymentRefunded, events.SpotsReleased, events.Sent}
	failed := slices.Insert(slices.Clone(back), 1, events.PaymentRefundFailed)
	closed, done := events.SagaCompensated, events.SagaCompleted
	return []history{
		{"confirmed", told, booking.StatusConfirmed, "", events.BookingComplete, done},
		{"completed", then(told, events.BookingCompleted), booking.StatusCompleted, "", "", done},
		{"confirmed, and a wish refused", then(told, events.BookingCloseRefused), booking.StatusConfirmed, "", events.BookingComplete, done},
		{"a delayed payment", then(created, append([]events.Name{events.PaymentInitiated}, told[3:]...)...),
			booking.StatusConfirmed, "", events.BookingComplete, done},
		{"declined", then(created, slices.Insert(slices.Clone(undo), 0, events.PaymentFailed, events.BookingCancelled)...),
			booking.StatusCancelled, booking.ReasonCustomer, "", closed},
		{"rejected", then(reserved[:1], slices.Insert(slices.Clone(undo), 0, events.SpotsRejected, events.BookingRejected)...),
			booking.StatusRejected, booking.ReasonSoldOut, "", closed},
		{"expired", then(created, slices.Insert(slices.Clone(undo), 0, events.BookingExpired)...),
			booking.StatusExpired, booking.ReasonTimeout, "", closed},
		{"cancelled after confirmation", then(told, back...), booking.StatusCancelled, booking.ReasonCustomer, "", closed},
		{"a refund that failed once", then(paid, failed...), booking.StatusCancelled, booking.ReasonCustomer, "", closed},
		{"a refund that failed", then(paid, failed[:2]...), booking.StatusCancelled, booking.ReasonCustomer, events.PaymentSettle, ""},
		{"paid, and no more", paid, booking.StatusOnHold, "", events.BookingConfirm, ""},
	}
}

// facts are the history's, as their records told them.
func (h history) told(t *testing.T, flow booking.Flow) []events.Event {
	k := newKeeper(t, flow)
	var all []events.Event
	for _, n := range h.facts {
		e := k.fact(n)
		k.decides(e)
		all, k.now = append(all, e), k.now.Add(time.Second)
	}
	return all
}

func TestPlans_Decide_order(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	for _, h := range histories() {
		t.Run(h.says, func(t *testing.T) {
			facts := map[booking.Flow][]events.Event{}
			for _, flow := range flows {
				facts[flow] = h.told(t, flow)
			}
			dice := rand.New(rand.NewPCG(seed, 0))
			orders(len(h.facts), dice, func(order []int) bool {
				flow := flows[dice.IntN(len(flows))]
				h.holds(t, flow, facts[flow], order, dice)
				if t.Failed() {
					t.Logf("in %s, in the order %v of %v", flow, order, h.facts)
				}
				return !t.Failed()
			})
		})
	}
}

// holds tells the facts in the order given, each once or twice, and looks what
// it comes to.
func (h history) holds(t *testing.T, flow booking.Flow, facts []events.Event, order []int, dice *rand.Rand) {
	t.Helper()
	k := newKeeper(t, flow)
	k.now, k.loose = facts[len(facts)-1].Time, dice.IntN(8) > 0
	for i, at := range order {
		k.now = k.now.Add(time.Second)
		k.decides(facts[at])
		if twice := order[dice.IntN(i+1)]; dice.IntN(2) == 0 {
			k.decides(facts[twice])
		}
	}
	if k.r.Status() != h.status || k.r.Reason() != h.reason || k.r.Armed.Step != h.next {
		t.Errorf("%s by %q, next is %q", k.r.Status(), k.r.Reason(), k.r.Armed.Step)
	}
	h.stated(t, k.r)
	var heard []string
	for _, f := range k.r.Heard {
		heard = append(heard, f.ID)
	}
	var want []string
	for _, f := range facts {
		want = append(want, f.ID)
	}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

// stated checks that the history's end is what the keeper stated last, and
// once. An end before it was stated if the keeper heard of it in time.
func (h history) stated(t *testing.T, r saga.Record) {
	t.Helper()
	want := events.Occurrence(h.status)
	if h.end == events.SagaCompleted {
		want = events.Occurrence(booking.StatusConfirmed)
	}
	most := 1
	if h.end == events.SagaCompensated && slices.Contains(h.facts, events.BookingConfirmed) {
		most = 2
	}
	switch n := len(r.Ends); {
	case h.end == "" && n > 0, h.end != "" && n == 0, n > most:
		t.Errorf("stated %d ends: %+v", n, r.Ends)
	case n > 0 && r.Ends[n-1].Occurrence != want, n > 1 && r.Ends[0].Occurrence == want:
		t.Errorf("stated %+v, want %s at last", r.Ends, want)
	}
}

// orders calls yield with every order of n things up to seven, and with some
// of more.
func orders(n int, dice *rand.Rand, yield func([]int) bool) {
	if n > 7 {
		for range shuffles {
			if !yield(dice.Perm(n)) {
				return
			}
		}
		return
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	permute(order, 0, yield)
}

func permute(order []int, from int, yield func([]int) bool) bool {
	if from == len(order) {
		return yield(order)
	}
	for i := from; i < len(order); i++ {
		order[from], order[i] = order[i], order[from]
		goesOn := permute(order, from+1, yield)
		order[from], order[i] = order[i], order[from]
		if !goesOn {
			return false
		}
	}
	return true
}
