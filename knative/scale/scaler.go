package scale

import (
	"math"
	"time"
)

// traffic is what a decision is made on.
type traffic struct {
	stable float64   // the metric, averaged over the window
	burst  float64   // over the panic window
	ready  int       // processes
	since  time.Time // when the first of those was
}

// scaler decides how many processes there are to be, as Knative's pod
// autoscaler does, one decision after the other. It is used by one goroutine at
// a time.
type scaler struct {
	Settings
	panics time.Time  // when it last was a burst; zero: it is none
	most   int        // processes since it is
	lately []decision // for the delay, the oldest first
	zero   time.Time  // since when none is wanted; zero: some are
}

type decision struct {
	at   time.Time
	want int
}

// decide returns how many processes there are to be.
func (s *scaler) decide(now time.Time, t traffic) int {
	ready := float64(max(t.ready, 1))
	stable, burst := s.needed(t.stable), s.needed(t.burst)
	want := s.floor(stable, t.ready)
	switch over := burst/ready >= s.PanicThreshold; {
	case over:
		s.panics = now
	case !s.panics.IsZero() && now.Sub(s.panics) > s.Window:
		s.panics, s.most = time.Time{}, 0
	}
	if !s.panics.IsZero() {
		s.most = max(s.most, want, s.floor(burst, t.ready))
		want = s.most
	}
	return s.bound(s.kept(now, s.delayed(now, want), t))
}

// needed is how many processes a metric takes, by their target; a sum of many
// small times is not exact to the last digit.
func (s *scaler) needed(metric float64) float64 {
	return math.Ceil(math.Round(metric/s.Target*1e6) / 1e6)
}

// floor is a wish, where there are any processes by halves at most less than
// there are, and where any are wanted as many as are started at once.
func (s *scaler) floor(wish float64, ready int) int {
	want := max(int(min(wish, math.MaxInt32)), ready/2)
	if wish > 0 {
		want = max(want, s.Activation)
	}
	return want
}

// delayed is the largest number that was wanted within the delay.
func (s *scaler) delayed(now time.Time, want int) int {
	if s.Delay == 0 {
		return want
	}
	s.lately = append(s.lately, decision{now, want})
	for now.Sub(s.lately[0].at) > s.Delay {
		s.lately = s.lately[1:]
	}
	for _, d := range s.lately {
		want = max(want, d.want)
	}
	return want
}

// kept has the last process stay for its retention, and for no less than a
// window since there was one.
func (s *scaler) kept(now time.Time, want int, t traffic) int {
	if want > 0 || t.ready == 0 {
		s.zero = time.Time{}
		return want
	}
	if s.zero.IsZero() {
		s.zero = now
	}
	if now.Sub(s.zero) < s.Retention || now.Sub(t.since) < s.Window {
		return 1
	}
	return 0
}

// bound brings a number to where it may be.
func (s *scaler) bound(want int) int {
	if s.Max > 0 {
		want = min(want, s.Max)
	}
	return max(want, s.Min)
}
