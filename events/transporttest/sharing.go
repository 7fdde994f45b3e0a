package transporttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var sharing = []check{
	{"two names get a copy each", twoNames},
	{"consumers of one name share its events", oneName},
	{"what a consumer does to its event no other sees, nor a later delivery", scribbling},
	{"what the publisher does to its event afterwards nobody sees", publisherScribbling},
}

func twoNames(b *bench) {
	b.declare("one", facts)
	b.declare("two", facts)
	ces, ids := numbered("e", 5)
	b.publish(ces...)
	b.publish(fact("end"))
	ids = append(ids, "end")
	for _, name := range []string{"one", "two"} {
		if got := b.inbox(name).until("end"); !slices.Equal(got, ids) {
			b.Errorf("%s got %q; want %q", name, got, ids)
		}
	}
}

// oneName holds both consumers at their first event: that each has one shows
// that they share, and the count shows that nothing came twice.
func oneName(b *bench) {
	const n = 64
	b.declare("shared", facts)
	gate := make(chan struct{})
	wait := func(context.Context, events.Delivery) events.Verdict {
		b.hold(gate)
		return events.Verdict{}
	}
	first, second := b.inboxOf("shared", wait), b.inboxOf("shared", wait)
	for i := range n {
		b.publish(factOf(fmt.Sprint("e-", i), fmt.Sprint("booking-", i)))
	}
	seen := map[string]int{
		first.next("the first consumer's share").Event.ID():   1,
		second.next("the second consumer's share").Event.ID(): 1,
	}
	close(gate)
	for len(seen) < n {
		select {
		case d := <-first.got:
			seen[d.Event.ID()]++
		case d := <-second.got:
			seen[d.Event.ID()]++
		case <-time.After(patience):
			b.Fatalf("%d of %d events came", len(seen), n)
		}
	}
	for id, times := range seen {
		if times != 1 {
			b.Errorf("%s came %d times; want once", id, times)
		}
	}
}

func scribbling(b *bench) {
	want := wholeOf(fact("clean"))
	b.declare("scribbler", facts)
	b.declare("reader", facts)
	got := make(chan whole, 3)
	b.consume("scribbler", func(_ context.Context, d events.Delivery) events.Verdict {
		got <- wholeOf(d.Event)
		d.Event.SetExtension("kind", "scribbled")
		clear(d.Event.Data())
		if d.Tries == 0 {
			return events.Verdict{Again: 1}
		}
		return events.Verdict{Dead: "enough"}
	})
	b.publish(fact("clean"))
	for _, which := range []string{"first", "second"} {
		if diff := cmp.Diff(want, await(b, which+" delivery", got)); diff != "" {
			b.Errorf("%s delivery is not as published:\n%s", which, diff)
		}
	}
	if diff := cmp.Diff(want, wholeOf(b.inbox("reader").next("the reader's copy").Event)); diff != "" {
		b.Errorf("the reader's copy is not as published:\n%s", diff)
	}
}

func publisherScribbling(b *bench) {
	b.declare("reader", facts)
	ce := fact("clean")
	want := wholeOf(ce)
	b.publish(ce)
	ce.SetExtension("kind", "scribbled")
	clear(ce.Data())
	if diff := cmp.Diff(want, wholeOf(b.inbox("reader").next("the event").Event)); diff != "" {
		b.Errorf("the event is not as published:\n%s", diff)
	}
}
