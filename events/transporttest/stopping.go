package transporttest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"tourbillon/events"
)

var stopping = []check{
	{"a consumer whose context ends finishes what is in flight and leaves the rest", cleanStop},
	{"a consumer whose context has ended takes nothing", stoppedBefore},
	{"a consumer that stops leaves the events to the others of its name", oneOfTwoStops},
	{"consuming what was not declared is an error", undeclared},
}

var closing = []check{
	{"Close finishes what is in flight, then everything answers ErrClosed", closed},
}

// inFlight is a consumer whose deliveries are held in flight by a gate.
type inFlight struct {
	*inbox
	gate             chan struct{}
	finished, broken atomic.Int64 // handles that returned; those whose context had ended
}

func (b *bench) inFlight(name string) *inFlight {
	f := &inFlight{gate: make(chan struct{})}
	f.inbox = b.inboxOf(name, func(ctx context.Context, d events.Delivery) events.Verdict {
		b.hold(f.gate)
		if ctx.Err() != nil {
			f.broken.Add(1)
		}
		f.finished.Add(1)
		return events.Verdict{}
	})
	return f
}

// wantFinished wants n deliveries to have been finished, their contexts alive.
func (f *inFlight) wantFinished(n int64) {
	f.b.Helper()
	if got := f.finished.Load(); got != n {
		f.b.Errorf("%d deliveries were finished when the consumer returned; want %d", got, n)
	}
	if broken := f.broken.Load(); broken > 0 {
		f.b.Errorf("the context of %d deliveries in flight had ended", broken)
	}
	if more := len(f.got); more > 0 {
		f.b.Errorf("%d deliveries were begun after the end", more)
	}
}

func cleanStop(b *bench) {
	b.declareAs(events.Subscription{Name: "two-at-once", Filter: facts, Concurrency: 2})
	ces, ids := numbered("e", 5)
	for i := range ces {
		ces[i] = factOf(ids[i], ids[i]) // a key each: they need not wait for each other
	}
	b.publish(ces...)
	in := b.inFlight("two-at-once")
	taken := map[string]bool{in.next("a delivery").Event.ID(): true, in.next("a second delivery").Event.ID(): true}
	in.cancel()
	silence(b, "Consume returned while deliveries were in flight", in.done)
	close(in.gate)
	in.stop()
	in.wantFinished(2)
	left := b.inbox("two-at-once")
	for range len(ids) - len(taken) {
		d := left.next("what the first consumer left")
		if taken[d.Event.ID()] || d.Tries != 0 {
			b.Errorf("the next consumer got %s after %d tries; want what was never delivered", d.Event.ID(), d.Tries)
		}
		taken[d.Event.ID()] = true
	}
	if len(taken) != len(ids) {
		b.Errorf("got %v; want all of %q", taken, ids)
	}
}

func stoppedBefore(b *bench) {
	b.declare("s", facts)
	b.publish(fact("e"))
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	err := b.tr.Consume(ctx, "s", func(_ context.Context, d events.Delivery) events.Verdict {
		b.Errorf("%s was delivered", d.Event.ID())
		return events.Verdict{}
	})
	b.wantErr("Consume", err, nil)
	b.inbox("s").until("e")
}

func oneOfTwoStops(b *bench) {
	b.declare("s", facts)
	first, second := b.inbox("s"), b.inbox("s")
	ces, ids := numbered("e", 10)
	b.publish(ces[:5]...)
	first.stop()
	b.publish(ces[5:]...)
	got := map[string]bool{}
	for len(got) < len(ids) {
		select {
		case d := <-first.got:
			got[d.Event.ID()] = true
		default:
			got[second.next("what the first consumer left").Event.ID()] = true
		}
	}
}

func undeclared(b *bench) {
	err := b.tr.Consume(b.Context(), "nobody", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{} })
	if err == nil {
		b.Error("Consume of what was not declared returned nil")
	}
}

// untilClosed waits until the transport refuses, that is until a Close that was
// begun has begun.
func (b *bench) untilClosed() {
	b.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, err := b.tr.DeadLetters(b.Context()); errors.Is(err, events.ErrClosed) {
			return
		}
	}
	b.Fatalf("waited %v for the transport to refuse", patience)
}

func closed(b *bench) {
	s := events.Subscription{Name: "s", Filter: facts, Concurrency: 1}
	b.declareAs(s)
	ces, _ := numbered("e", 3)
	b.publish(ces...)
	in := b.inFlight("s")
	in.next("a delivery")
	closed := make(chan error, 2)
	go func() { closed <- b.tr.Close() }()
	b.untilClosed()
	silence(b, "Close returned while a delivery was in flight", closed)
	silence(b, "Consume returned while its delivery was in flight", in.done)
	close(in.gate)
	b.wantErr("Consume under Close", await(b, "Consume to return", in.done), events.ErrClosed)
	in.wantFinished(1)
	b.wantErr("Close", await(b, "Close to return", closed), nil)
	b.wantErr("Close again", b.tr.Close(), nil)
	got := map[string]error{"Declare": b.tr.Declare(b.Context(), s), "Publish": b.tr.Publish(b.Context(), fact("e"))}
	got["Consume"] = b.tr.Consume(b.Context(), "s", nil)
	_, got["DeadLetters"] = b.tr.DeadLetters(b.Context())
	got["Discard"] = b.tr.Discard(b.Context(), "1")
	for method, err := range got {
		b.wantErr(method+" after Close", err, events.ErrClosed)
	}
}
