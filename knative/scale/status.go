package scale

import (
	"slices"
	"time"
)

// Status is how a pool stands.
type Status struct {
	Function string `json:"function"`
	Ready    int    `json:"ready"`    // processes
	Starting int    `json:"starting"` // processes
	Stopping int    `json:"stopping"` // processes
	UnderWay int    `json:"underWay"` // exchanges, with those that wait
	Waiting  int    `json:"waiting"`  // exchanges that have no process
	Min      int    `json:"min"`
	Max      int    `json:"max"`   // 0: no bound
	Limit    int    `json:"limit"` // exchanges at once for one process; 0: no bound
	Starts   int    `json:"starts"`
	Failed   int    `json:"failed"` // processes that ended by themselves

	Cold []time.Duration `json:"coldNs"` // from exec to the first answer, the last of them last
}

// Status is how the pool stands now.
func (p *Pool) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{
		Function: p.Name, Stopping: p.leaving, UnderWay: p.meter.under, Waiting: len(p.waiting),
		Min: p.Min, Max: p.Max, Limit: p.Limit, Starts: p.counts.Starts, Failed: p.counts.Failed,
		Cold: append([]time.Duration{}, p.counts.Cold...), // as JSON it is a list
	}
	for _, m := range p.all {
		if m.ready {
			s.Ready++
		} else {
			s.Starting++
		}
	}
	return s
}

// URLs is where the processes are that are ready, or are ending and may be asked
// still.
func (p *Pool) URLs() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range slices.Concat(p.still, p.all) {
		if m.ready {
			all = append(all, m.URL())
		}
	}
	return all
}
