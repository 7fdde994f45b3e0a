package pump

import "sync"

// Job is a connection with something to write. Flush writes it, and must not
// wait for anybody. A job is pushed once, and again only after Flush has seen
// that there is no more.
type Job interface{ Flush() }

// Pool has jobs flushed by a few workers, first come first served.
type Pool struct {
	mu      sync.Mutex
	more    sync.Cond
	jobs    []Job // a ring
	first   int
	n       int
	ended   bool
	workers sync.WaitGroup
}

// NewPool returns a pool with that many workers.
func NewPool(workers int) *Pool {
	p := &Pool{jobs: make([]Job, 64)}
	p.more.L = &p.mu
	for range workers {
		p.workers.Go(p.work)
	}
	return p
}

// Push has a job flushed soon. It does not wait. After Close it does nothing.
func (p *Pool) Push(j Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	if p.n == len(p.jobs) {
		p.grow()
	}
	p.jobs[(p.first+p.n)%len(p.jobs)] = j
	p.n++
	p.more.Signal()
}

func (p *Pool) grow() {
	ring := make([]Job, 2*len(p.jobs))
	n := copy(ring, p.jobs[p.first:])
	copy(ring[n:], p.jobs[:p.first])
	p.jobs, p.first = ring, 0
}

func (p *Pool) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for p.n == 0 {
			if p.ended {
				return
			}
			p.more.Wait()
		}
		j := p.jobs[p.first]
		p.jobs[p.first] = nil
		p.first = (p.first + 1) % len(p.jobs)
		p.n--
		p.mu.Unlock()
		j.Flush()
		p.mu.Lock()
	}
}

// Close has the workers flush what was pushed, and returns when they have.
func (p *Pool) Close() {
	p.mu.Lock()
	p.ended = true
	p.more.Broadcast()
	p.mu.Unlock()
	p.workers.Wait()
}
