package scale

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

var discard = slog.New(slog.DiscardHandler)

func withCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// TestScaler_Decide goes by the arithmetic of Knative's autoscaler.
func TestScaler_Decide(t *testing.T) {
	for _, c := range []struct {
		says          string
		stable, burst float64
		ready, want   int
	}{
		{"nothing", 0, 0, 0, 0},
		{"a trace", 0.01, 0.01, 1, 1},
		{"what one can do", 70, 70, 1, 1},
		{"a little more", 70.1, 70.1, 1, 2},
		{"a burst of twice as much as there is", 10, 140, 1, 2},
		{"a burst of less", 10, 139, 2, 1},
		{"by halves at most", 0.1, 0.1, 8, 4},
		{"to none from one", 0, 0, 1, 0},
	} {
		s := scaler{Settings: cluster}
		if got := s.decide(noon, traffic{stable: c.stable, burst: c.burst, ready: c.ready}); got != c.want {
			t.Errorf("%s: got %d, want %d", c.says, got, c.want)
		}
	}
}

// TestScaler_Panics holds that a burst is not answered by fewer until a window
// has passed.
func TestScaler_Panics(t *testing.T) {
	s := scaler{Settings: cluster}
	for _, c := range []struct {
		after       time.Duration
		burst       float64
		ready, want int
	}{{0, 350, 1, 5}, {10 * time.Second, 0, 5, 5}, {time.Minute, 0, 5, 5}, {61 * time.Second, 0, 5, 2}} {
		if got := s.decide(noon.Add(c.after), traffic{stable: 1, burst: c.burst, ready: c.ready}); got != c.want {
			t.Errorf("after %v: got %d, want %d", c.after, got, c.want)
		}
	}
}

func TestMeter_Average(t *testing.T) {
	m := newMeter(time.Minute, noon)
	at := func(after time.Duration) time.Time { return noon.Add(after) }
	is := func(what string, got, want float64) {
		t.Helper()
		if got < want-0.02 || got > want+0.02 {
			t.Errorf("%s: got %.3f, want %.3f", what, got, want)
		}
	}
	is("nothing", m.average(Concurrency, time.Minute, at(time.Hour)), 0)
	m.begin(at(time.Hour))
	m.begin(at(time.Hour))
	is("two since there is anything", m.average(Concurrency, time.Minute, at(time.Hour+10*time.Second)), 2)
	m.end(at(time.Hour + 10*time.Second))
	m.end(at(time.Hour + 10*time.Second))
	is("none since", m.average(Concurrency, time.Minute, at(time.Hour+40*time.Second)), 0.5)
	is("and none lately", m.average(Concurrency, 6*time.Second, at(time.Hour+40*time.Second)), 0)
	is("begun in a second", m.average(Requests, time.Minute, at(time.Hour+40*time.Second)), 0.05)
	is("all is forgotten", m.average(Concurrency, time.Minute, at(time.Hour+71*time.Second)), 0)
	m.begin(at(2 * time.Hour))
	is("one for hours", m.average(Concurrency, time.Minute, at(5*time.Hour)), 1)
}
