package saga_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// heard is what the keeper hears, but for wakes.
var heard = func() (all []events.Name) {
	for _, s := range events.Vocabulary() {
		if s.Step {
			all = append(all, s.Name)
		}
	}
	return append(all, events.BookingCancel)
}()

// tape is a script of events and times: three bytes each, which say what
// happens, how it differs, and how much later.
type tape []byte

func (b tape) play(k *keeper) {
	for ; len(b) >= 3; b = b[3:] {
		what, how, later := int(b[0]), b[1], time.Duration(b[2])
		k.now = k.now.Add(later * later * later * time.Millisecond * 10) // up to two days
		before := k.r
		switch {
		case what >= 200:
			k.wake()
		case what >= 150:
			if how%2 == 1 {
				k.retry()
			} else {
				k.decides(k.wakeEvent())
			}
		case heard[what%len(heard)] == events.BookingCancel:
			reasons := []booking.Reason{booking.ReasonCustomer, booking.ReasonOperator, booking.ReasonDepartureCancelled}
			k.wished(reasons[int(how)%len(reasons)])
		default:
			e := k.fact(heard[what%len(heard)])
			e.Time = e.Time.Add(-time.Duration(how) * time.Second)
			if how%4 == 3 { // told by one who knows no more of the booking
				e.Booking, k.bare = booking.Booking{ID: id}, true
			}
			e.ID += strconv.Itoa(int(how % 2))
			k.decides(e)
		}
		if k.r.Version < before.Version || k.r.Tries < before.Tries || len(k.r.Heard) < len(before.Heard) {
			k.t.Fatalf("it forgot: %+v, was %+v", k.r, before)
		}
	}
}

// FuzzDecide plays any tape: nothing panics, and what every decision keeps, is
// kept (see keeper.decides). Then the clock alone is left, and brings it to an
// end, or an operator is told.
func FuzzDecide(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte{0, 0, 1, 1, 0, 1, 5, 0, 1, 14, 0, 1, 6, 0, 1, 3, 0, 1, 19, 0, 1}, true)
	f.Add([]byte{0, 0, 1, 1, 0, 1, 200, 0, 0, 21, 0, 1, 200, 0, 0, 10, 3, 9, 220, 1, 255}, false)
	f.Fuzz(func(t *testing.T, b []byte, choreographed bool) {
		flow := booking.Orchestration
		if choreographed {
			flow = booking.Choreography
		}
		k := newKeeper(t, flow)
		if len(b) > 300 {
			b = b[:300]
		}
		tape(b).play(k)
		kept(t, k.r)
		for range 60 {
			if k.r.Booking.ExpiresAt.IsZero() || k.r.Armed.Step == "" || k.r.Armed.Step == events.BookingComplete || k.r.Stuck != nil {
				return
			}
			k.wake()
		}
		if k.r.Armed.Step != "" && len(b) > 0 {
			t.Errorf("nobody is told that it waits for %+v: %+v", k.r.Armed, k.r)
		}
	})
}

// kept checks that a record comes back from its JSON as it was.
func kept(t *testing.T, r saga.Record) {
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back saga.Record
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the record came back otherwise (-was +is):\n%s", diff)
	}
}
