package pump

import (
	"sync"
	"time"
)

// Spoke is looked after by a [Wheel]. Tick must not wait for anybody.
type Spoke interface{ Tick(now time.Time) }

// slots is in how many parts a wheel's turn is cut, so that its spokes are not
// all looked at in the same moment.
const slots = 50

// Wheel looks at every one of its spokes once a turn.
type Wheel struct {
	mu     sync.Mutex
	spokes [slots]map[Spoke]struct{}
	next   int
	end    chan struct{}
	done   sync.WaitGroup
}

// NewWheel returns a wheel that turns once in the given time.
func NewWheel(turn time.Duration) *Wheel {
	w := &Wheel{end: make(chan struct{})}
	for i := range w.spokes {
		w.spokes[i] = make(map[Spoke]struct{})
	}
	w.done.Go(func() { w.turn(turn / slots) })
	return w
}

// Add has s looked at from now on, first when a turn is over or nearly so. It
// returns what Remove takes.
func (w *Wheel) Add(s Spoke) (slot int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot = w.next
	// Connections that come together need not be pinged together.
	w.next = (w.next + 17) % slots
	w.spokes[slot][s] = struct{}{}
	return slot
}

// Remove has s no longer looked at. A look that has begun may still come.
func (w *Wheel) Remove(s Spoke, slot int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.spokes[slot], s)
}

// Each calls f for all spokes.
func (w *Wheel) Each(f func(Spoke)) {
	w.mu.Lock()
	var all []Spoke
	for _, slot := range w.spokes {
		for s := range slot {
			all = append(all, s)
		}
	}
	w.mu.Unlock()
	for _, s := range all {
		f(s)
	}
}

func (w *Wheel) turn(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	var now []Spoke
	for at := 0; ; at = (at + 1) % slots {
		select {
		case <-w.end:
			return
		case <-t.C:
		}
		w.mu.Lock()
		for s := range w.spokes[at] {
			now = append(now, s)
		}
		w.mu.Unlock()
		when := time.Now()
		for _, s := range now {
			s.Tick(when)
		}
		clear(now)
		now = now[:0]
	}
}

// Close stops the wheel.
func (w *Wheel) Close() {
	close(w.end)
	w.done.Wait()
}
