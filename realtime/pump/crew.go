package pump

import "sync"

// Crew is goroutines that end by themselves, and are waited for. The zero value
// is one.
type Crew struct {
	mu     sync.Mutex
	closed bool
	all    sync.WaitGroup
}

// Go runs f. After Shut or Wait was called it does not, and reports false.
func (c *Crew) Go(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.all.Go(f)
	}
	return !c.closed
}

// Shut takes nobody in any more.
func (c *Crew) Shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// Wait takes nobody in any more, and returns when all have ended.
func (c *Crew) Wait() {
	c.Shut()
	c.all.Wait()
}
