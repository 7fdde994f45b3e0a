package scale

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Program is one process of a function, as [Options].Start made it. Its Stop
// tells it to end and returns when it has; Ended is closed then, and when it
// ends by itself.
type Program interface {
	Ready(ctx context.Context) error
	URL() string
	Ended() <-chan struct{}
	Err() error
	Stop()
}

// Options is one function.
type Options struct {
	Name  string
	Start func() (Program, error)
	Via   http.RoundTripper // what an exchange with a process goes by
	Log   *slog.Logger
	Began func(took time.Duration) // hears of every cold start; it must be quick. Nil: nobody does

	// Ending hears of a process that has nothing in hand and is about to be told to
	// end. It calls gone, once, when it has asked it what it wants to know: until
	// then [Pool.URLs] has it. Nil: nobody hears.
	Ending func(url string, gone func())
	Settings
}

// The times of a pool.
const (
	longestTick = 2 * time.Second // what Knative has
	firstWait   = 100 * time.Millisecond
	lastWait    = 5 * time.Second
	settled     = 10 * time.Second // who lived as long is started again without a wait
	readyTime   = time.Minute      // on a machine that is slow
	mostWaiting = 10_000           // as at an activator
	mostCold    = 100              // cold starts that are remembered
)

// Pool is the processes of one function. Make it with [New], run it with
// [Pool.Run]. Safe for concurrent use.
type Pool struct {
	Options

	mu      sync.Mutex
	all     []*member // but those that were told to end
	leaving int       // those that were
	still   []*member // of those, who may be asked
	waiting []*waiter // the first first
	meter   *meter
	scaler  scaler
	failed  int       // processes in a row that did not live
	held    time.Time // until when none is started
	err     error     // of the first, where no process was ever ready
	closed  bool
	begun   bool      // as many were ready as are to be there at first
	since   time.Time // when one came to be ready where none was
	counts  Counts

	wake  chan struct{} // there may be something to decide
	there chan struct{} // closed with begun
	wrong chan struct{} // closed when err is set
	every sync.WaitGroup
}

// Counts is what has been, since the pool is.
type Counts struct {
	Starts int
	Failed int             // processes that ended by themselves
	Cold   []time.Duration // from exec to the first answer, the last of them last
}

// member is one process.
type member struct {
	Program
	began time.Time
	ready bool
	busy  int
	left  chan struct{} // closed when it is to end and has nothing in hand; nil: it stays
}

// waiter is an exchange that has no process yet.
type waiter struct{ got chan *member }

// New returns a pool without a process.
func New(o Options) *Pool {
	if o.Began == nil {
		o.Began = func(time.Duration) {}
	}
	if o.Ending == nil {
		o.Ending = func(_ string, gone func()) { gone() }
	}
	return &Pool{
		Options: o, meter: newMeter(o.Window, time.Now()), scaler: scaler{Settings: o.Settings},
		wake: make(chan struct{}, 1), there: make(chan struct{}), wrong: make(chan struct{}),
	}
}

// Run has as many processes as there are to be until ctx ends; then it stops
// them, each after what it has in hand, and returns when they are gone. It is
// called once.
func (p *Pool) Run(ctx context.Context) {
	tick := time.NewTicker(min(max(p.Window/30, time.Millisecond), longestTick))
	defer tick.Stop()
	p.mu.Lock()
	p.scale(p.scaler.bound(p.Initial))
	p.arrived()
	p.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			p.close()
			return
		case <-tick.C:
			p.decide()
		case <-p.wake:
			p.first()
		}
	}
}

// Ready returns nil once as many processes are ready as there are to be at
// first, or always; the error of the first that ended before it was ready, or
// ctx's.
func (p *Pool) Ready(ctx context.Context) error {
	select {
	case <-p.there:
		return nil
	case <-p.wrong:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decide goes by the traffic.
func (p *Pool) decide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	want := p.scaler.decide(now, traffic{
		stable: p.meter.average(p.Metric, p.Window, now), burst: p.meter.average(p.Metric, p.PanicWindow, now),
		ready: p.ready(), since: p.since,
	})
	if p.meter.under > 0 {
		want = max(want, p.scaler.bound(1))
	}
	if !p.begun {
		want = max(want, p.scaler.bound(p.Initial))
	}
	p.scale(want)
}

// ready is how many processes are.
func (p *Pool) ready() (n int) {
	for _, m := range p.all {
		if m.ready {
			n++
		}
	}
	return n
}

// first starts what an exchange waits for that has come to no process at all,
// and replaces what has died.
func (p *Pool) first() {
	p.mu.Lock()
	defer p.mu.Unlock()
	least := p.Min
	if len(p.waiting) > 0 {
		least = p.scaler.bound(max(least, p.Activation))
	}
	if len(p.all) < least {
		p.scale(least)
	}
}

// scale starts or stops processes until there are n.
func (p *Pool) scale(n int) {
	for len(p.all) > n {
		p.release(p.dispensable())
	}
	for len(p.all) < n && !p.closed && !time.Now().Before(p.held) {
		m := &member{began: time.Now()}
		p.all = append(p.all, m)
		p.counts.Starts++
		p.every.Go(func() { p.live(m) })
	}
}

// dispensable is the process that has least in hand, and is the youngest of
// those.
func (p *Pool) dispensable() *member {
	youngest := slices.Clone(p.all)
	slices.Reverse(youngest)
	return slices.MinFunc(youngest, func(a, b *member) int { return cmp.Compare(a.busy, b.busy) })
}

// release gives a process nothing more, and has it end when it has done what it
// has in hand.
func (p *Pool) release(m *member) {
	p.all = slices.DeleteFunc(p.all, func(o *member) bool { return o == m })
	p.leaving++
	if m.left == nil {
		m.left = make(chan struct{})
		if m.busy == 0 {
			close(m.left)
		}
	}
	if m.ready {
		p.still = append(p.still, m)
	}
	if m.Program != nil {
		p.every.Go(func() { p.end(m) })
	}
}

// end has a process end when it has done what it has in hand.
func (p *Pool) end(m *member) {
	<-m.left
	p.mu.Lock()
	asked := m.ready && !p.closed
	p.mu.Unlock()
	if asked {
		p.Ending(m.URL(), func() { p.gone(m) })
	}
	m.Stop()
}

// gone is that nobody asks a process any more.
func (p *Pool) gone(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.still = slices.DeleteFunc(p.still, func(o *member) bool { return o == m })
}

// poke has Run look.
func (p *Pool) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// close stops everything, and turns those away that wait.
func (p *Pool) close() {
	p.mu.Lock()
	p.closed = true
	p.scale(0)
	for _, w := range p.waiting {
		close(w.got)
	}
	p.waiting = nil
	p.mu.Unlock()
	p.every.Wait()
}
