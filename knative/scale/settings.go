package scale

import "time"

// Metric is what is counted of a function's traffic.
type Metric string

// The metrics.
const (
	Concurrency Metric = "concurrency" // exchanges under way at once
	Requests    Metric = "rps"         // exchanges begun in a second
)

// Settings is how many processes a function has, and when: every figure as a
// cluster has it that was not told otherwise.
type Settings struct {
	Min, Max   int // processes; Max 0: as many as it takes
	Initial    int // processes at first, before there is any traffic
	Activation int // the fewest that are started where there were none

	Limit  int     // exchanges at once that one process is given; 0: any number
	Metric Metric  // by which it is scaled
	Target float64 // of the metric, for one process: utilization is in it

	Window         time.Duration // over which the metric is averaged
	PanicWindow    time.Duration // over which it is, too, for a burst
	PanicThreshold float64       // how many times as many processes as there are make it a burst
	Delay          time.Duration // for which a smaller number must have held
	Retention      time.Duration // how long the last process stays, once nothing is asked of it

	Timeout time.Duration // of one exchange, with the wait for a process
}

// Within returns the settings with nothing in them that takes longer than the
// window: for tests and demonstrations, which do not wait for a minute.
func (s Settings) Within(window time.Duration) Settings {
	if window <= 0 || window >= s.Window {
		return s
	}
	s.PanicWindow = max(s.PanicWindow*window/s.Window, time.Millisecond)
	s.Window = window
	s.Delay = min(s.Delay, window)
	s.Retention = min(s.Retention, window)
	return s
}
