package memory

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"tourbillon/events"
)

// After a panic of handle the event waits, twice as long after each: a handle
// that panics on whatever it gets does not burn a core.
const (
	FirstPause = 100 * time.Millisecond
	LastPause  = time.Minute
)

func pause(tries int) time.Duration {
	return min(FirstPause<<min(tries, 16), LastPause)
}

type handle = func(context.Context, events.Delivery) events.Verdict

// Consume implements [events.Transport].
func (t *Transport) Consume(ctx context.Context, name string, h handle) error {
	q, err := t.enter(name)
	if err != nil {
		return err
	}
	defer t.consumers.Done()
	defer context.AfterFunc(ctx, q.wakeAll)()
	var workers sync.WaitGroup
	for range q.Concurrency {
		workers.Go(func() { t.work(ctx, q, h) })
	}
	workers.Wait()
	q.wakeAll() // one of ours may have been woken for an event that it left to others
	if ctx.Err() == nil {
		return events.ErrClosed
	}
	return nil
}

// work handles one delivery after the other until ctx or the transport ends.
func (t *Transport) work(ctx context.Context, q *queue, h handle) {
	finish := context.WithoutCancel(ctx)
	for {
		it, ok := q.next(ctx)
		if !ok {
			return
		}
		t.deliver(finish, q, it, h)
	}
}

// deliver hands one event over and does as it is told. Where it is told
// nothing, because handle panicked, the event is put off.
func (t *Transport) deliver(ctx context.Context, q *queue, it item, h handle) {
	verdict := events.Verdict{Again: pause(it.tries)}
	defer func() {
		if p := recover(); p != nil {
			t.log.Error("handle panicked: the event is delivered again", "function", q.Name, "event", it.event.ID(),
				"stack", string(debug.Stack()))
		}
		t.settle(q, it, verdict)
	}()
	verdict = h(ctx, events.Delivery{Event: clone(it.event), Tries: it.tries})
}

// settle carries out a verdict. Done needs nothing: the event is in no queue.
func (t *Transport) settle(q *queue, it item, v events.Verdict) {
	if v.Done() {
		return
	}
	if v.Dead != "" {
		dead := clone(it.event)
		for name, value := range v.Marks {
			if value == "" {
				dead.SetExtension(name, nil)
				continue
			}
			dead.SetExtension(name, value)
		}
		t.bury(events.DeadLetter{Event: dead, Subscription: q.Name, Reason: v.Dead, Tries: it.tries, At: time.Now()})
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	it.tries++
	q.putOff(it, v.Again)
}

func (t *Transport) bury(l events.DeadLetter) {
	t.mu.Lock()
	lost, full := t.dead.add(l)
	t.mu.Unlock()
	if full {
		t.log.Error("too many dead letters: the oldest is dropped",
			"function", lost.Subscription, "event", lost.Event.ID(), "err", lost.Reason)
	}
}
