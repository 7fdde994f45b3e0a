package booking_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// order walks a record through every order of steps. What it saw is kept by
// itself, so that it is not the record that tells.
type order struct {
	t    *testing.T
	path []string
	said uint64 // facts so far
	seen int    // orders walked
}

var steps = []struct {
	name string
	does func(booking.Record, time.Time) booking.Record
}{
	{"create", create},
	{"confirm", confirm},
	{"time out", expire},
	{"customer", closeAs(booking.StatusCancelled, booking.ReasonCustomer)},
	{"operator", closeAs(booking.StatusCancelled, booking.ReasonOperator)},
	{"complete", func(r booking.Record, now time.Time) booking.Record { return r.Complete(now) }},
}

func TestRecord_EveryOrder(t *testing.T) {
	o := &order{t: t}
	o.walk(booking.Record{}, noon, 5)
	if o.seen < 6*6*6*6*6*6 { // five steps, each departure time between them
		t.Errorf("only %d orders", o.seen)
	}
}

// walk takes each next step, before the departure has left, if it has not, and
// after.
func (o *order) walk(r booking.Record, from time.Time, deep int) {
	o.seen++
	if deep == 0 || o.t.Failed() {
		return
	}
	times := []time.Time{from.Add(time.Hour)}
	if from.Before(leaves) {
		times = []time.Time{from.Add(11 * time.Hour), leaves.Add(time.Hour)}
	}
	for _, step := range steps {
		for _, now := range times {
			o.step(r, step.name, step.does, now, deep)
		}
	}
}

func (o *order) step(r booking.Record, name string, does func(booking.Record, time.Time) booking.Record, now time.Time, deep int) {
	o.path = append(o.path, name+" at "+now.Sub(noon).String())
	said := o.said
	next := does(r, now)
	o.changed(r, next, now)
	o.holds(next)
	if again := does(next, now); !reflect.DeepEqual(next, again) {
		o.fail("a second asking changes it")
	}
	o.walk(next, now, deep-1)
	o.said, o.path = said, o.path[:len(o.path)-1]
}

func (o *order) fail(says string) {
	o.t.Helper()
	o.t.Errorf("%s: %s", strings.Join(o.path, ", "), says)
}

func stampsOf(r booking.Record) []*booking.Said {
	return []*booking.Said{r.Created, r.Confirmed, r.Closed, r.Completed, r.Refused}
}

// changed compares a record before and after a step.
func (o *order) changed(before, after booking.Record, now time.Time) {
	was, is := stampsOf(before), stampsOf(after)
	for i := range is {
		switch {
		case was[i] == is[i]:
		case was[i] == nil:
			o.said++
			if is[i].Version != o.said || !is[i].At.Equal(now) {
				o.fail("a fact has another version or time than its own")
			}
		case i == len(is)-1 && is[i] == nil && before.Closed == nil && after.Closed != nil:
			// a refusal is taken back by the closing
		default:
			o.fail("what was said has changed")
		}
	}
	if after.Version != o.said || after.Version > before.Version+1 {
		o.fail("versions have holes")
	}
	if before.Closed == nil && after.Closed != nil {
		o.owed(before, *after.Closed, now)
	}
	if before.Closed == nil && before.Confirmed != nil && after.Closed != nil && !after.Closed.Reason.Reaches() {
		o.fail("a reason closed what it does not reach")
	}
}

// owed works out by itself what a closing gives back.
func (o *order) owed(r booking.Record, closed booking.Said, now time.Time) {
	want := eur(13500)
	switch {
	case r.Created == nil:
		want = booking.Money{Currency: "XXX"}
	case r.Confirmed == nil || closed.Reason == booking.ReasonOperator:
	case leaves.Sub(now) < 24*time.Hour:
		want = eur(0)
	case leaves.Sub(now) < 48*time.Hour:
		want = eur(6750)
	}
	if *closed.Amount != want {
		o.fail("owed " + closed.Amount.String() + ", not " + want.String())
	}
}

// holds says what is true of a record at any time.
func (o *order) holds(r booking.Record) {
	switch {
	case r.Confirmed != nil && r.Created == nil:
		o.fail("confirmed, but never made")
	case r.Completed != nil && r.Confirmed == nil:
		o.fail("completed, but never confirmed")
	case r.Completed != nil && r.Closed != nil:
		o.fail("completed and closed")
	case r.Refused != nil && r.Closed != nil:
		o.fail("refused and closed")
	case r.Refused != nil && r.Confirmed == nil:
		o.fail("refused, though nothing was confirmed")
	case r.Closed != nil && r.Confirmed != nil && r.Closed.Version < r.Confirmed.Version:
		o.fail("confirmed what was closed")
	case r.Closed != nil && r.Confirmed != nil && r.Closed.Status != booking.StatusCancelled:
		o.fail("confirmed, and closed as " + string(r.Closed.Status))
	case r.Closed != nil && !r.Closed.Status.Closed():
		o.fail("closed as " + string(r.Closed.Status))
	case r.Completed != nil && r.Completed.At.Before(leaves):
		o.fail("completed before it left")
	}
}
