package rabbitmq

import (
	"sync"
	"time"
)

// inbox is what was handed over and not yet taken, in the order it came. The
// server's prefetch bounds it.
type inbox struct {
	mu     sync.Mutex
	filled *sync.Cond
	items  []arrival
	over   chan struct{} // closed by stop
}

func newInbox() *inbox {
	b := &inbox{over: make(chan struct{})}
	b.filled = sync.NewCond(&b.mu)
	return b
}

func (b *inbox) put(a arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items = append(b.items, a)
	b.filled.Signal()
}

// take waits for an arrival; false means stop.
func (b *inbox) take() (arrival, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.stopped() {
		if len(b.items) > 0 {
			a := b.items[0]
			b.items[0] = arrival{} // let go of the message
			b.items = b.items[1:]
			return a, true
		}
		b.filled.Wait()
	}
	return arrival{}, false
}

func (b *inbox) stopped() bool {
	select {
	case <-b.over:
		return true
	default:
		return false
	}
}

// stop lets nobody take any more, and returns what is left.
func (b *inbox) stop() []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.over)
	b.filled.Broadcast()
	left := b.items
	b.items = nil
	return left
}

// late returns what came after stop.
func (b *inbox) late() []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.items
}

// pause waits, or until stop.
func (b *inbox) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-b.over:
	}
}
