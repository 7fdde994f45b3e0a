package transporttest

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var ordering = []check{
	{"with concurrency 1 the events of one partitionkey come in the order published", orderOfOneKey},
	{"with concurrency 1 all events come in the order published", orderOfAll},
	{"as many deliveries are in flight as Concurrency says, and no more", concurrency},
}

func orderOfOneKey(b *bench) {
	ces, ids := numbered("e", 200)
	b.wantOrder(ces, ids)
}

func orderOfAll(b *bench) {
	if !b.promised(b.Ordered, "order across partitionkeys") {
		return
	}
	var ces []event.Event
	var ids []string
	for i := range 200 {
		ids = append(ids, fmt.Sprint("e-", i))
		ces = append(ces, factOf(ids[i], fmt.Sprint("booking-", i%7)))
	}
	b.wantOrder(ces, ids)
}

// wantOrder publishes the events in batches of growing size, some before the
// consumer is there and some while it is.
func (b *bench) wantOrder(ces []event.Event, ids []string) {
	b.declare("orderly", facts)
	var in *inbox
	for n := 1; len(ces) > 0; n++ {
		n = min(n, len(ces))
		b.publish(ces[:n]...)
		if ces = ces[n:]; len(ces) < 100 && in == nil {
			in = b.inbox("orderly")
		}
	}
	if diff := cmp.Diff(ids, in.until(ids...)); diff != "" {
		b.Errorf("events published (-) and delivered (+):\n%s", diff)
	}
}

// concurrency lets one delivery go whenever as many as may be are in flight,
// and counts them all along.
func concurrency(b *bench) {
	const limit, n = 3, 30
	b.declareAs(events.Subscription{Name: "three", Filter: facts, Concurrency: limit})
	var inFlight, most atomic.Int64
	gate := make(chan struct{})
	in := b.inboxOf("three", func(context.Context, events.Delivery) events.Verdict {
		now := inFlight.Add(1)
		defer inFlight.Add(-1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); {
			m = most.Load()
		}
		b.hold(gate)
		return events.Verdict{}
	})
	for i := range n {
		b.publish(factOf(fmt.Sprint("e-", i), fmt.Sprint("booking-", i)))
	}
	for i := range n {
		in.next("as many deliveries as may be in flight")
		if i == limit-1 {
			silence(b, "another delivery came while as many as may be were in flight", in.got)
		}
		if i >= limit-1 {
			gate <- struct{}{} // somebody holds, and takes it
		}
	}
	close(gate)
	in.stop()
	if m := most.Load(); m != limit {
		b.Errorf("up to %d deliveries were in flight; want %d", m, limit)
	}
}
