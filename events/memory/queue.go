package memory

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// item is an event that waits. It is shared between queues and changed by
// nobody: consumers get clones.
type item struct {
	event event.Event
	tries int
}

// queue is a subscription and what waits in it. The transport's lock guards
// it; methods that take the lock themselves say so.
type queue struct {
	events.Subscription
	mu     *sync.Mutex // the transport's
	wake   *sync.Cond  // something is ready, or a consumer has to stop
	ready  ring
	later  later
	timer  *time.Timer // rings when the first of later is due; nil until needed
	asked  int         // room asked for by the Publish under way
	closed bool
}

func newQueue(mu *sync.Mutex, s events.Subscription) *queue {
	return &queue{Subscription: s, mu: mu, wake: sync.NewCond(mu)}
}

func (q *queue) waiting() int { return q.ready.n + len(q.later.items) }

func (q *queue) push(it item) {
	q.ready.push(it)
	q.wake.Signal()
}

// next takes the lock and waits for an event; false means stop.
func (q *queue) next(ctx context.Context) (item, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ctx.Err() == nil && !q.closed {
		if q.ready.n > 0 {
			return q.ready.pop(), true
		}
		q.wake.Wait()
	}
	return item{}, false
}

// wakeAll takes the lock and has every worker look whether it must stop.
func (q *queue) wakeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.wake.Broadcast()
}

func (q *queue) putOff(it item, d time.Duration) {
	if q.closed {
		return
	}
	heap.Push(&q.later, due{item: it, at: time.Now().Add(d)})
	q.arm()
}

// arm sets the timer to the first event put off.
func (q *queue) arm() {
	if len(q.later.items) == 0 {
		return
	}
	d := time.Until(q.later.items[0].at)
	if q.timer == nil {
		q.timer = time.AfterFunc(d, q.ripen)
		return
	}
	q.timer.Reset(d)
}

// ripen takes the lock and readies what is due.
func (q *queue) ripen() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.later.items) > 0 && !q.later.items[0].at.After(now) {
		q.push(heap.Pop(&q.later).(due).item)
	}
	q.arm()
}

// close drops what waits and ends the consumers.
func (q *queue) close() {
	q.closed, q.ready, q.later = true, ring{}, later{}
	if q.timer != nil {
		q.timer.Stop()
	}
	q.wake.Broadcast()
}
