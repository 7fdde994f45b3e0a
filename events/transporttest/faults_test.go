package transporttest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// faulty is a transport with a fault in it.
type faulty struct {
	events.Transport
	declare func(*events.Subscription)
	publish func([]event.Event) []event.Event
	handle  func(handle) handle
	consume func(ctx context.Context, name string, h handle) error
	letters func([]events.DeadLetter)
	discard func(letter string) error
	close   func() error
}

func (f *faulty) Declare(ctx context.Context, s events.Subscription) error {
	if f.declare != nil {
		f.declare(&s)
	}
	return f.Transport.Declare(ctx, s)
}

func (f *faulty) Publish(ctx context.Context, ces ...event.Event) error {
	if f.publish != nil {
		ces = f.publish(ces)
	}
	return f.Transport.Publish(ctx, ces...)
}

func (f *faulty) Consume(ctx context.Context, name string, h func(context.Context, events.Delivery) events.Verdict) error {
	if f.consume != nil {
		return f.consume(ctx, name, h)
	}
	if f.handle != nil {
		h = f.handle(h)
	}
	return f.Transport.Consume(ctx, name, h)
}

func (f *faulty) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	list, err := f.Transport.DeadLetters(ctx)
	if f.letters != nil {
		f.letters(list)
	}
	return list, err
}

func (f *faulty) Discard(ctx context.Context, letter string) error {
	if f.discard != nil {
		return f.discard(letter)
	}
	return f.Transport.Discard(ctx, letter)
}

func (f *faulty) Close() error {
	if f.close != nil {
		return f.close()
	}
	return f.Transport.Close()
}

// fault is a thing a transport may do wrong, and the check that must say so.
type fault struct {
	does   string
	caught string
	plant  func(*faulty)
}

func onDeclare(change func(*events.Subscription)) func(*faulty) {
	return func(f *faulty) { f.declare = change }
}

func onPublish(change func([]event.Event) []event.Event) func(*faulty) {
	return func(f *faulty) { f.publish = change }
}

func onHandle(wrap func(handle) handle) func(*faulty) {
	return func(f *faulty) { f.handle = wrap }
}

func onVerdict(change func(context.Context, *events.Verdict)) func(*faulty) {
	return onHandle(func(h handle) handle {
		return func(ctx context.Context, d events.Delivery) events.Verdict {
			v := h(ctx, d)
			change(ctx, &v)
			return v
		}
	})
}

// tellsNobody drops the command that nobody wants.
func tellsNobody(ces []event.Event) []event.Event {
	kept := slices.Clone(ces)
	return slices.DeleteFunc(kept, func(ce event.Event) bool { return ce.ID() == "lost" })
}

func onLetters(change func([]events.DeadLetter)) func(*faulty) {
	return func(f *faulty) { f.letters = change }
}

var faults = []fault{
	{"wants everything", "a subscription gets the events", onDeclare(func(s *events.Subscription) { s.Filter = nil })},
	{"delivers the past", "events published before Declare", deliverPast},
	{"handles one more at once", "as many deliveries are in flight", onDeclare(func(s *events.Subscription) { s.Concurrency++ })},
	{"handles one at once", "as many deliveries are in flight", onDeclare(func(s *events.Subscription) { s.Concurrency = 1 })},
	{"has no bound", "a subscription that is full says ErrFull", onDeclare(func(s *events.Subscription) { s.Bound = 0 })},
	{"loses every tenth event", "many publishers and consumers", loseTenth()},
	{"loses an extension", "an event arrives whole", onPublish(loseTrace)},
	{"delivers twice", "two names get a copy each", onPublish(func(ces []event.Event) []event.Event { return append(ces, ces...) })},
	{"reverses a batch", "with concurrency 1 the events of one partitionkey", onPublish(func(ces []event.Event) []event.Event { slices.Reverse(ces); return ces })},
	{"does not count", "what is put off comes again", onHandle(forgetTries)},
	{"comes too early", "what is put off comes again", onVerdict(func(_ context.Context, v *events.Verdict) { v.Again = min(v.Again, 1) })},
	{"waits in the consumer", "what is put off does not hold up", onVerdict(waitInside)},
	{"takes a panic for done", "a panic has the event delivered again", onHandle(swallowPanic)},
	{"hands the same event out again", "what a consumer does to its event", onHandle(sameAgain)},
	{"does not take done for done", "what was done is not delivered again", onVerdict(func(_ context.Context, v *events.Verdict) { v.Again = max(v.Again, 1) })},
	{"ends the context of what is in flight", "a consumer whose context ends", breakOff},
	{"does not wait for what is in flight", "a consumer whose context ends", leaveEarly},
	{"loses the reason", "dead letters are kept whole", onLetters(func(ls []events.DeadLetter) { clearReasons(ls) })},
	{"forgets the marks", "a dead letter bears the marks", onVerdict(func(_ context.Context, v *events.Verdict) { v.Marks = nil })},
	{"lists the newest first", "dead letters are kept whole", onLetters(slices.Reverse[[]events.DeadLetter])},
	{"keeps what is discarded", "a dead letter that was discarded", func(f *faulty) { f.discard = func(string) error { return nil } }},
	{"drops a command that nobody wants", "a command that matches no subscription", onPublish(tellsNobody)},
	{"closes at once", "Close finishes what is in flight", closeAtOnce},
	{"forgets the space", "what waits outlives Close", nil}, // planted by TestFaulty
}

func deliverPast(f *faulty) {
	var past []event.Event
	f.publish = func(ces []event.Event) []event.Event {
		past = append(past, ces...)
		return past
	}
}

func loseTenth() func(*faulty) {
	var mu sync.Mutex
	n := 0
	return onPublish(func(ces []event.Event) []event.Event {
		mu.Lock()
		defer mu.Unlock()
		return slices.DeleteFunc(ces, func(event.Event) bool { n++; return n%10 == 0 })
	})
}

func loseTrace(ces []event.Event) []event.Event {
	for i := range ces {
		ces[i].SetExtension("traceparent", nil)
	}
	return ces
}

func forgetTries(h handle) handle {
	return func(ctx context.Context, d events.Delivery) events.Verdict {
		d.Tries = 0
		return h(ctx, d)
	}
}

func swallowPanic(h handle) handle {
	return func(ctx context.Context, d events.Delivery) (v events.Verdict) {
		defer func() { _ = recover() }()
		return h(ctx, d)
	}
}

func sameAgain(h handle) handle {
	var first *event.Event
	return func(ctx context.Context, d events.Delivery) events.Verdict {
		if first == nil {
			first = &d.Event
		}
		d.Event = *first
		return h(ctx, d)
	}
}

func waitInside(_ context.Context, v *events.Verdict) {
	time.Sleep(min(v.Again, 3*patience))
	v.Again = min(v.Again, 1)
}

func breakOff(f *faulty) {
	f.consume = func(ctx context.Context, name string, h handle) error {
		return f.Transport.Consume(ctx, name, func(_ context.Context, d events.Delivery) events.Verdict { return h(ctx, d) })
	}
}

func leaveEarly(f *faulty) {
	f.consume = func(ctx context.Context, name string, h handle) error {
		go f.Transport.Consume(ctx, name, h)
		<-ctx.Done()
		return nil
	}
}

func clearReasons(ls []events.DeadLetter) {
	for i := range ls {
		ls[i].Reason = ""
	}
}

func closeAtOnce(f *faulty) {
	f.close = func() error {
		go f.Transport.Close()
		return nil
	}
}
