package transporttest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// patience is how long the suite waits for what must come: long, for it is
// only ever waited out where a transport is wrong.
var patience = 30 * time.Second

// moment is how long the suite watches for what must not come, where nothing
// sent later can show it. A right transport never fails by it; a wrong one is
// found unless it stalls for that long.
var moment = 100 * time.Millisecond

// handle is what a consumer does with a delivery.
type handle func(context.Context, events.Delivery) events.Verdict

// bench is what a check works on: a transport of its own and what one does
// with it, where anything unexpected ends the test.
type bench struct {
	*testing.T
	Features
	open  Open
	space string
	tr    events.Transport
}

func newBench(t *testing.T, f Features, open Open) *bench {
	b := &bench{T: t, Features: f, open: open, space: newSpace()}
	b.reopen()
	return b
}

// reopen opens the bench's space, again if it was open.
func (b *bench) reopen() {
	tr := b.open(b.T, b.space)
	b.Cleanup(func() {
		if err := tr.Close(); err != nil {
			b.Errorf("close: %v", err)
		}
	})
	b.tr = tr
}

// promised reports whether a check has anything to check. One that has not
// passes, and says why: nothing that was promised went unchecked.
func (b *bench) promised(promised bool, feature string) bool {
	b.Helper()
	if !promised {
		b.Logf("not promised: %s", feature)
	}
	return promised
}

// declare declares a subscription of concurrency 1 to what matches the filter.
func (b *bench) declare(name string, f events.Filter) {
	b.Helper()
	b.declareAs(events.Subscription{Name: name, Filter: f, Concurrency: 1})
}

func (b *bench) declareAs(s events.Subscription) {
	b.Helper()
	if err := b.tr.Declare(b.Context(), s); err != nil {
		b.Fatalf("declare %s: %v", s.Name, err)
	}
}

func (b *bench) publish(ces ...event.Event) {
	b.Helper()
	if err := b.tr.Publish(b.Context(), ces...); err != nil {
		b.Fatalf("publish: %v", err)
	}
}

func (b *bench) deadLetters() []events.DeadLetter {
	b.Helper()
	list, err := b.tr.DeadLetters(b.Context())
	if err != nil {
		b.Fatalf("dead letters: %v", err)
	}
	return list
}

// consumer is a Consume under way.
type consumer struct {
	b      *bench
	cancel context.CancelFunc
	done   chan error // Consume's answer
}

// consume begins a Consume, which ends with the test at the latest.
func (b *bench) consume(name string, h handle) *consumer {
	ctx, cancel := context.WithCancel(context.Background())
	c := &consumer{b: b, cancel: cancel, done: make(chan error, 1)}
	ended := make(chan struct{})
	tr := b.tr
	go func() {
		defer close(ended)
		c.done <- tr.Consume(ctx, name, h)
	}()
	b.Cleanup(func() {
		cancel()
		await(b, "Consume to return after the test", ended)
	})
	return c
}

// stop ends the consumer as one should, and waits for its end.
func (c *consumer) stop() {
	c.b.Helper()
	c.cancel()
	if err := await(c.b, "Consume to return", c.done); err != nil {
		c.b.Fatalf("Consume whose context ended returned %v; want nil", err)
	}
}

// inbox is a consumer that shows what it is given.
type inbox struct {
	*consumer
	got chan events.Delivery
}

// inbox begins a consumer that calls whatever it gets done.
func (b *bench) inbox(name string) *inbox {
	return b.inboxOf(name, func(context.Context, events.Delivery) events.Verdict { return events.Verdict{} })
}

// inboxOf begins a consumer that shows what it gets, then lets h decide.
func (b *bench) inboxOf(name string, h handle) *inbox {
	got := make(chan events.Delivery, 10_000)
	return &inbox{got: got, consumer: b.consume(name, func(ctx context.Context, d events.Delivery) events.Verdict {
		got <- d
		return h(ctx, d)
	})}
}

func (in *inbox) next(what string) events.Delivery {
	in.b.Helper()
	return await(in.b, what, in.got)
}

// until waits until every id was delivered, as often as it is named, and
// returns the ids of all that was, in the order it came.
func (in *inbox) until(ids ...string) []string {
	in.b.Helper()
	var seen []string
	for missing := slices.Clone(ids); len(missing) > 0; {
		id := in.next("event " + missing[0]).Event.ID()
		seen = append(seen, id)
		if i := slices.Index(missing, id); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		}
	}
	return seen
}

// await returns what the channel gives, or its zero value once it is closed.
func await[T any](b *bench, what string, ch <-chan T) (v T) {
	b.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		b.Fatalf("waited %v for %s", patience, what)
	}
	return v
}

// silence wants nothing of the channel for a moment.
func silence[T any](b *bench, what string, ch <-chan T) {
	b.Helper()
	select {
	case <-ch:
		b.Fatalf("%s; want nothing of the kind", what)
	case <-time.After(moment):
	}
}

// hold blocks a handle until the gate opens or the test is over.
func (b *bench) hold(gate <-chan struct{}) {
	select {
	case <-gate:
	case <-b.Context().Done():
	}
}

func (b *bench) wantErr(doing string, got, want error) {
	b.Helper()
	if !errors.Is(got, want) {
		b.Errorf("%s: got error %v; want %v", doing, got, want)
	}
}
