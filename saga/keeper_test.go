package saga_test

import (
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

const id = "q7Xw2LrT9vKcMz4J"

var (
	nine  = time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	ends  = nine.Add(15 * time.Minute) // the hold
	leave = nine.Add(30 * 24 * time.Hour)
	flows = []booking.Flow{booking.Orchestration, booking.Choreography}
)

func asked(flow booking.Flow) booking.Booking {
	return booking.Booking{
		ID: id, DepartureID: "lyon-0900", TourID: "lyon", Seats: 2, Flow: flow, ExpiresAt: ends,
		Price: booking.Money{Amount: 9000, Currency: "EUR"}, StartsAt: leave, TimeZone: "Europe/Paris",
		Policy: booking.Policy{{HoursBefore: 48, Percent: 50}},
	}
}

// keeper is the keeper of one booking, with a clock that moves on command.
type keeper struct {
	t     testing.TB
	plans saga.Plans
	flow  booking.Flow
	r     saga.Record
	now   time.Time
	asks  int
	bare  bool // facts may leave out what the keeper needs, and so may it
	loose bool // the records passed in are not held against copies
}

func newKeeper(t testing.TB, flow booking.Flow) *keeper {
	return &keeper{t: t, plans: saga.Shipped(), flow: flow, now: nine}
}

// fact is the fact as its record tells it: always the same.
func (k *keeper) fact(n events.Name) events.Event {
	e := events.Event{ID: string(n), Name: n, Time: k.now, Step: true, Data: events.Data{Booking: asked(k.flow)}}
	switch n {
	case events.Sent, events.SendFailed, events.SendDeferred:
		e.Occurrence = events.Occurrence(booking.StatusConfirmed)
		if s := k.r.Status(); s.Closed() {
			e.Occurrence = events.Occurrence(s)
		}
		e.ID += "/" + e.Occurrence
	case events.SpotsRejected, events.BookingRejected:
		e.Reason = booking.ReasonSoldOut
	case events.PaymentFailed:
		e.Reason = booking.ReasonCardDeclined
	case events.BookingExpired:
		e.Reason = booking.ReasonTimeout
	case events.BookingCancelled:
		e.Reason, e.Amount = booking.ReasonCustomer, &booking.Money{Amount: 4500, Currency: "EUR"}
	case events.PaymentRefunded, events.PaymentVoided:
		e.Amount, e.Attempt = &booking.Money{Amount: 4500, Currency: "EUR"}, 2 // after one that was refused, if any
	case events.PaymentRefundFailed:
		e.Attempt = 1
	}
	return e
}

// hears tells the keeper facts, a second apart, and returns its last answer.
func (k *keeper) hears(names ...events.Name) (last events.Answer) {
	k.t.Helper()
	for i, n := range names {
		if i > 0 {
			k.now = k.now.Add(time.Second)
		}
		last = k.decides(k.fact(n))
	}
	return last
}

// wished is a person's wish, each asking an event of its own.
func (k *keeper) wished(why booking.Reason) events.Answer {
	k.t.Helper()
	return k.decides(k.cancel(why))
}

func (k *keeper) cancel(why booking.Reason) events.Event {
	return k.command(events.BookingCancel, events.Data{Booking: booking.Booking{ID: id}, Reason: why})
}

func (k *keeper) command(n events.Name, d events.Data) events.Event {
	k.asks++
	return events.Event{ID: string(n) + "/" + strconv.Itoa(k.asks), Name: n, Time: k.now, Data: d}
}

func (k *keeper) wakeEvent() events.Event {
	return k.command(events.SagaWake, events.Data{Booking: booking.Booking{ID: id}})
}

// wake has the clock wake the keeper when its command is due.
func (k *keeper) wake() events.Answer {
	k.t.Helper()
	if k.now.Before(k.r.Armed.Due) {
		k.now = k.r.Armed.Due
	}
	return k.decides(k.wakeEvent())
}

// wakes wakes the keeper n times and says when, and what it said.
func (k *keeper) wakes(n int) (said []string) {
	k.t.Helper()
	for range n {
		before := k.now
		a := k.wake()
		said = append(said, "+"+k.now.Sub(before).String()+" "+string(a.Name))
	}
	return said
}

// decides takes one decision, and holds it against what every decision keeps.
func (k *keeper) decides(e events.Event) events.Answer {
	k.t.Helper()
	var was saga.Record
	if !k.loose {
		was = deepCopy(k.r)
	}
	after, answer := k.plans.Decide(k.r, e, k.now)
	if !k.loose && !reflect.DeepEqual(k.r, was) {
		k.t.Errorf("%s changed the record it was decided on:\n%+v\nwas\n%+v", e.Name, k.r, was)
	}
	if after.Armed.Step != "" && after.Armed.Due.IsZero() {
		k.t.Errorf("%s: %s is next and never due", e.Name, after.Armed.Step)
	}
	facts := uint64(len(after.Ends))
	if after.Stuck != nil {
		facts += uint64(after.Stuck.Attempt)
	}
	if after.Version != facts || answer.Err != nil {
		k.t.Errorf("%s: version %d after %d facts, error %v", e.Name, after.Version, facts, answer.Err)
	}
	k.sayable(answer)
	k.r = after
	return answer
}

// sayable checks that what is said is as its schema demands.
func (k *keeper) sayable(a events.Answer) {
	k.t.Helper()
	if a.Silent() || k.loose || k.bare {
		return
	}
	ce, err := events.Encode(rendered(a, events.Event{}))
	if err == nil {
		_, err = events.Decode(ce)
	}
	if err != nil {
		k.t.Errorf("said %s: %v", a.Name, err)
	}
}

// deepCopy shares nothing with r that a decision might write to.
func deepCopy(r saga.Record) saga.Record {
	r.Heard, r.Untold, r.Ends = slices.Clone(r.Heard), slices.Clone(r.Untold), slices.Clone(r.Ends)
	r.Booking.Policy = slices.Clone(r.Booking.Policy)
	r.Spoken.Data.Policy = slices.Clone(r.Spoken.Data.Policy)
	for i := range r.Heard {
		if a := r.Heard[i].Amount; a != nil {
			r.Heard[i].Amount = new(*a)
		}
	}
	for i := range r.Ends {
		r.Ends[i].Said = new(*r.Ends[i].Said)
	}
	if r.Wish != nil {
		r.Wish = new(*r.Wish)
	}
	if r.Stuck != nil {
		r.Stuck = new(*r.Stuck)
	}
	return r
}

// rendered is the answer as the event that goes out.
func rendered(a events.Answer, cause events.Event) events.Event {
	return a.Render(events.Speaker{Function: "saga", Record: "saga", ID: id}, cause)
}

// The way of a booking that goes well, and that of its undoing.
var (
	reserved  = []events.Name{events.BookingRequested, events.SpotsReserved}
	created   = append(slices.Clip(reserved), events.BookingCreated)
	paid      = append(slices.Clip(created), events.PaymentSucceeded)
	confirmed = append(slices.Clip(paid), events.BookingConfirmed)
	sold      = append(slices.Clip(confirmed), events.SpotsSold)
	told      = append(slices.Clip(sold), events.Sent)
)

func then(names []events.Name, more ...events.Name) []events.Name {
	return append(slices.Clip(names), more...)
}
