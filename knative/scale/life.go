package scale

import (
	"context"
	"slices"
	"time"
)

// live is a process, from its start to its end.
func (p *Pool) live(m *member) {
	program, err := p.Start()
	if err == nil {
		err = p.begin(m, program)
		<-program.Ended()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.left != nil { // as it was told to
		p.leaving--
		if m.ready {
			p.failed = 0
		}
		p.still = slices.DeleteFunc(p.still, func(o *member) bool { return o == m })
		return
	}
	p.all = slices.DeleteFunc(p.all, func(o *member) bool { return o == m })
	if err == nil {
		err = program.Err()
	}
	p.died(m, err)
}

// begin waits until a new process is ready, and gives it work.
func (p *Pool) begin(m *member, program Program) error {
	p.mu.Lock()
	m.Program = program
	if m.left != nil { // it was not wanted any more before it was there
		p.every.Go(func() { p.end(m) })
	}
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	if err := program.Ready(ctx); err != nil {
		program.Stop()
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready() == 0 {
		p.since = time.Now()
	}
	m.ready = true
	took := time.Since(m.began)
	p.Began(took)
	p.counts.Cold = append(p.counts.Cold, took)
	p.counts.Cold = p.counts.Cold[max(len(p.counts.Cold)-mostCold, 0):]
	p.arrived()
	p.serve()
	return nil
}

// died has the next process wait, longer each time that one does not live.
func (p *Pool) died(m *member, err error) {
	p.counts.Failed++
	if m.ready && time.Since(m.began) > settled {
		p.failed = 0
	}
	wait := min(firstWait<<min(p.failed, 10), lastWait)
	p.failed++
	p.held = time.Now().Add(wait)
	p.Log.Error("process ended: another is started when it is needed", "function", p.Name, "err", err, "wait", wait)
	if !m.ready && p.err == nil && len(p.counts.Cold) == 0 {
		p.err = err
		close(p.wrong)
	}
	time.AfterFunc(wait, p.poke)
}

// arrived notes that those that are to be there at first are.
func (p *Pool) arrived() {
	if !p.begun && p.ready() >= p.scaler.bound(p.Initial) {
		p.begun = true
		close(p.there)
	}
}
