package realtime

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// LagBuckets are the upper bounds of [Stats.Lag], in seconds.
var LagBuckets = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Stats are a hub's counts since it was made, but for the first two, which are
// of now.
type Stats struct {
	Connections   map[string]int // by transport
	Subscriptions int
	In            uint64         // changes heard
	Dropped       uint64         // of those, not newer than what was known
	Gaps          uint64         // of those, not the next of their topic
	Missed        uint64         // values that were read, and no feed had told
	Out           uint64         // messages handed to connections
	Conflated     uint64         // values that a newer one replaced before they were sent
	Resumes       uint64         // subscriptions that said what was seen
	Closed        map[int]uint64 // connections that the relay closed, by code
	Lag           [len(LagBuckets)]uint64
	LagCount      uint64
	LagSum        float64 // seconds
	Stale         bool
}

type stats struct {
	subscriptions                                      atomic.Int64
	in, dropped, gaps, missed, out, conflated, resumes atomic.Uint64

	lags   [len(LagBuckets) + 1]atomic.Uint64
	lagSum atomic.Int64 // nanoseconds

	mu     sync.Mutex
	closed map[int]uint64
}

// lag counts what passed between a fact's time and its way into a socket.
func (s *stats) lag(at time.Time) {
	if at.IsZero() {
		return
	}
	d := max(0, time.Since(at)) // whose clock said it may be ahead of ours
	i := 0
	for i < len(LagBuckets) && d.Seconds() > LagBuckets[i] {
		i++
	}
	s.lags[i].Add(1)
	s.lagSum.Add(int64(d))
}

func (s *stats) closedFor(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed == nil {
		s.closed = make(map[int]uint64)
	}
	s.closed[code]++
}

// Stats returns the hub's counts.
func (h *Hub) Stats() Stats {
	s := &h.stats
	is := Stats{
		Connections: make(map[string]int), Subscriptions: int(s.subscriptions.Load()),
		In: s.in.Load(), Dropped: s.dropped.Load(), Gaps: s.gaps.Load(), Missed: s.missed.Load(),
		Out: s.out.Load(), Conflated: s.conflated.Load(), Resumes: s.resumes.Load(),
		LagSum: time.Duration(s.lagSum.Load()).Seconds(), Stale: h.Stale(),
	}
	for i := range s.lags {
		is.LagCount += s.lags[i].Load()
		if i < len(is.Lag) {
			is.Lag[i] = is.LagCount
		}
	}
	s.mu.Lock()
	is.Closed = maps.Clone(s.closed)
	s.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		c.mu.Lock()
		is.Connections[c.info.Transport]++
		c.mu.Unlock()
	}
	return is
}
