package scale

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPool_FromZeroToZero(t *testing.T) {
	play(t, cluster, func(s *stage) {
		time.Sleep(time.Hour)
		if got := s.Status().Starts; got != 0 {
			t.Errorf("%d started with nothing to do", got)
		}
		began := time.Now()
		if status := s.ask(10 * time.Millisecond); status != 200 || time.Since(began) != 90*time.Millisecond {
			t.Errorf("got %d after %v, want to wait for the start and no longer", status, time.Since(began))
		}
		time.Sleep(50 * time.Second)
		if got := s.Status().Ready; got != 1 {
			t.Errorf("%d are there within the window, want 1", got)
		}
		time.Sleep(15 * time.Second)
		if got := s.Status(); got.Ready != 0 || got.Stopping != 0 {
			t.Errorf("it is there after its window: %+v", got)
		}
		if status := s.ask(0); status != 200 || s.Status().Starts != 2 {
			t.Errorf("got %d, %d starts", status, s.Status().Starts)
		}
		if d := cmp.Diff([]time.Duration{80 * time.Millisecond, 80 * time.Millisecond}, s.Status().Cold); d != "" {
			t.Errorf("cold starts (-want +got):\n%s", d)
		}
	})
}

func TestPool_Bounds(t *testing.T) {
	with := func(change func(*Settings)) Settings { s := cluster; change(&s); return s }
	for says, c := range map[string]struct {
		settings Settings
		load     int // exchanges of a second at once, again and again for ten
		want     int // processes in the end
		after    time.Duration
		left     int // after so long without any
	}{
		"min-scale is always there":          {with(func(s *Settings) { s.Min = 2 }), 0, 2, time.Hour, 2},
		"initial-scale is at first":          {with(func(s *Settings) { s.Initial = 3 }), 0, 3, 70 * time.Second, 0},
		"one for a little":                   {cluster, 5, 1, 70 * time.Second, 0},
		"more where concurrency asks for it": {with(func(s *Settings) { s.Target = 5 }), 20, 4, 80 * time.Second, 0},
		"and no more than max-scale":         {with(func(s *Settings) { s.Target, s.Max = 5, 2 }), 20, 2, 80 * time.Second, 0},
		"activation-scale where any":         {with(func(s *Settings) { s.Activation = 3 }), 1, 3, 80 * time.Second, 0},
		"by requests a second":               {with(func(s *Settings) { s.Metric, s.Target = Requests, 5 }), 20, 4, 80 * time.Second, 0},
		"the last one is retained":           {with(func(s *Settings) { s.Retention = 5 * time.Minute }), 1, 1, 4 * time.Minute, 1},
		"and not for ever":                   {with(func(s *Settings) { s.Retention = 5 * time.Minute }), 1, 1, 7 * time.Minute, 0},
		"fewer only after a delay":           {with(func(s *Settings) { s.Target, s.Delay = 5, 10*time.Minute }), 20, 4, 10 * time.Minute, 4},
		"a window may be shorter":            {cluster.Within(2 * time.Second), 1, 1, 3 * time.Second, 0},
	} {
		t.Run(says, func(t *testing.T) {
			play(t, c.settings, func(s *stage) {
				for range 10 {
					s.many(c.load, time.Second)
				}
				if c.load == 0 {
					time.Sleep(time.Second)
				}
				if got := s.Status().Ready; got != c.want {
					t.Errorf("%d processes, want %d", got, c.want)
				}
				time.Sleep(c.after)
				if got := s.Status(); got.Ready != c.left || got.Stopping > 0 {
					t.Errorf("later there are %d, want %d", got.Ready, c.left)
				}
			})
		})
	}
}

// TestPool_Limit holds that a process is never given more than it takes, that
// nobody is turned away for that, and that all are answered.
func TestPool_Limit(t *testing.T) {
	to := cluster
	to.Limit, to.Max, to.Target = 2, 3, 1.4
	play(t, to, func(s *stage) {
		if got := s.many(500, 100*time.Millisecond); got[200] != 500 {
			t.Errorf("got %v", got)
		}
		if s.mostly > 6 || s.mostly < 3 {
			t.Errorf("%d at once in 3 processes of 2", s.mostly)
		}
	})
}

func TestPool_Waits(t *testing.T) {
	to := cluster
	to.Limit, to.Max, to.Timeout = 1, 1, 10*time.Second
	t.Run("no longer than an exchange may take", func(t *testing.T) {
		play(t, to, func(s *stage) {
			began := time.Now()
			if d := cmp.Diff(map[int]int{200: 1, 504: 2}, s.many(3, 9*time.Second)); d != "" || time.Since(began) != 10*time.Second {
				t.Errorf("after %v (-want +got):\n%s", time.Since(began), d)
			}
		})
	})
	t.Run("and not where too many wait", func(t *testing.T) {
		play(t, to, func(s *stage) {
			if got := s.many(mostWaiting+10, 9*time.Second); got[503] != 10 || got[200] != 1 || got[504] != mostWaiting-1 {
				t.Errorf("got %v", got)
			}
		})
	})
}

func TestPool_CrashLoop(t *testing.T) {
	t.Run("starts ever more slowly, while who asks waits", func(t *testing.T) {
		to := cluster
		to.Timeout = 30 * time.Second
		play(t, to, func(s *stage) {
			s.starts(func() (Program, error) {
				p := begins(time.Hour)
				time.AfterFunc(10*time.Millisecond, func() { p.end(errDead) })
				return p, nil
			})
			if status := s.ask(0); status != 504 {
				t.Errorf("got %d", status)
			}
			// 0.1, 0.2, 0.4 ... 3.2, 5, 5 ... seconds
			if got := s.Status(); got.Starts < 8 || got.Starts > 12 || got.Failed != got.Starts {
				t.Errorf("it was started %d times in 30 s, and failed %d times", got.Starts, got.Failed)
			}
			s.starts(nil)
			time.Sleep(lastWait)
			if status := s.ask(0); status != 200 {
				t.Errorf("mended, it answers %d", status)
			}
		})
	})
	t.Run("what is over and mended is not held against the next", func(t *testing.T) {
		to := cluster.Within(2 * time.Second)
		to.Timeout = 30 * time.Second
		crash := func() (Program, error) {
			p := begins(time.Hour)
			time.AfterFunc(10*time.Millisecond, func() { p.end(errDead) })
			return p, nil
		}
		play(t, to, func(s *stage) {
			s.starts(crash)
			s.ask(0)
			s.starts(nil)
			time.Sleep(lastWait)
			if status := s.ask(0); status != 200 {
				t.Errorf("mended, it answers %d", status)
			}
			time.Sleep(5 * time.Second)
			if got := s.Status(); got.Ready+got.Stopping > 0 {
				t.Fatalf("it is there after its window: %+v", got)
			}
			s.starts(func() (Program, error) {
				s.next = nil // whose lock is held
				return crash()
			})
			began := time.Now()
			if status := s.ask(0); status != 200 || time.Since(began) > time.Second {
				t.Errorf("got %d after %v, for one that died", status, time.Since(began))
			}
		})
	})
	t.Run("one that is always there is started again", func(t *testing.T) {
		to := cluster
		to.Min = 1
		play(t, to, func(s *stage) {
			time.Sleep(time.Minute)
			s.began[0].end(errDead)
			time.Sleep(time.Second)
			if got := s.Status(); got.Ready != 1 || got.Starts != 2 {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("one that is to be there at first and is not says why", func(t *testing.T) {
		to := cluster
		to.Min = 1
		synctest.Test(t, func(t *testing.T) {
			play := New(Options{Name: "a", Log: discard, Settings: to, Start: func() (Program, error) { return nil, errDead }})
			ran := make(chan struct{})
			ctx, cancel := withCancel(t)
			go func() { defer close(ran); play.Run(ctx) }()
			if err := play.Ready(ctx); !errors.Is(err, errDead) {
				t.Errorf("got %v", err)
			}
			cancel()
			<-ran
		})
	})
}

// TestPool_Ending holds that a process can be asked until somebody has asked it
// for the last time, and is told to end after that.
func TestPool_Ending(t *testing.T) {
	play(t, cluster, func(s *stage) {
		s.Ending = func(url string, gone func()) {
			time.Sleep(3 * time.Second)
			if got := s.URLs(); len(got) != 1 || got[0] != url {
				t.Errorf("there are %q, without the one that is to end, %s", got, url)
			}
			select {
			case <-s.began[0].ended:
				t.Error("it has ended before it was asked")
			default:
			}
			gone()
		}
		s.ask(0)
		time.Sleep(2 * time.Minute)
		if got := s.URLs(); len(got) != 0 {
			t.Errorf("there are %q still", got)
		}
	})
}

// TestPool_Stops holds that nothing in hand is cut off.
func TestPool_Stops(t *testing.T) {
	to := cluster.Within(2 * time.Second)
	play(t, to, func(s *stage) {
		answered := make(chan int, 1)
		go func() { answered <- s.ask(20 * time.Second) }()
		time.Sleep(10 * time.Second)
		if got := s.Status(); got.Ready != 1 || got.UnderWay != 1 {
			t.Errorf("in the middle of it: %+v", got)
		}
		if got := <-answered; got != 200 {
			t.Errorf("got %d", got)
		}
	})
	to.Initial = 2
	play(t, to, func(s *stage) {
		time.Sleep(100 * time.Millisecond)
		if got := s.many(2, 20*time.Second); got[200] != 2 || s.Status().Starts != 2 {
			t.Errorf("one of two is not needed any more, in the middle of it: got %v", got)
		}
	})
}
