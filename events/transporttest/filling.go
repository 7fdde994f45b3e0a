package transporttest

import (
	"errors"
	"fmt"
	"slices"

	"tourbillon/events"
)

var filling = []check{
	{"a subscription that is full says ErrFull, has what it accepted, and takes more when there is room", full},
	{"of a Publish that finds one subscription full, none has anything", allOrNothing},
	{"a subscription that is full is in the way of no other", fullForItself},
}

// fill publishes one event after the other until the subscription, which is of
// that bound, is full. Servers count with some delay: they may take twice as
// much. It returns the ids of what was accepted.
func (b *bench) fill(bound int) (accepted []string) {
	b.Helper()
	for i := range 2*bound + 1 {
		id := fmt.Sprint("e-", i)
		err := b.tr.Publish(b.Context(), fact(id))
		switch {
		case errors.Is(err, events.ErrFull) && i >= bound:
			return accepted
		case err != nil:
			b.Fatalf("publish event %d to a subscription of bound %d: %v", i+1, bound, err)
		}
		accepted = append(accepted, id)
	}
	b.Fatalf("%d events were accepted, with a bound of %d", len(accepted), bound)
	return nil
}

func full(b *bench) {
	if !b.promised(b.Bounded, "a bound") {
		return
	}
	b.declareAs(events.Subscription{Name: "small", Filter: facts, Concurrency: 1, Bound: 5})
	accepted := b.fill(5)
	in := b.inbox("small")
	if got := in.until(accepted...); !slices.Equal(got, accepted) {
		b.Errorf("got %q; want what was accepted: %q", got, accepted)
	}
	in.stop()
	b.publish(fact("end"))
	if got := b.inbox("small").until("end"); !slices.Equal(got, []string{"end"}) {
		b.Errorf("got %q; want nothing that was not accepted", got)
	}
}

func allOrNothing(b *bench) {
	if !b.promised(b.Bounded && b.AllOrNothing, "all or nothing") {
		return
	}
	b.declare("before", facts)
	b.declareAs(events.Subscription{Name: "small", Filter: facts, Concurrency: 1, Bound: 5})
	b.declare("behind", facts)
	b.publish(fact("first"), fact("second"))
	ces, _ := numbered("too-many", 4)
	b.wantErr("publish 4 events where there is room for 3", b.tr.Publish(b.Context(), ces...), events.ErrFull)
	b.publish(fact("third"), fact("fourth"), fact("end"))
	want := []string{"first", "second", "third", "fourth", "end"}
	for _, name := range []string{"before", "small", "behind"} {
		if got := b.inbox(name).until("end"); !slices.Equal(got, want) {
			b.Errorf("%s got %q; want %q", name, got, want)
		}
	}
}

func fullForItself(b *bench) {
	if !b.promised(b.Bounded, "a bound") {
		return
	}
	b.declareAs(events.Subscription{Name: "small", Filter: facts, Concurrency: 1, Bound: 2})
	b.declare("other", events.Filter{"name": string(events.TourCreated)})
	b.fill(2)
	b.publish(say("end", events.TourCreated, nil))
	b.inbox("other").until("end")
}
