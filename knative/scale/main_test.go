package scale

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is what a revision has that says nothing.
var cluster = Settings{
	Activation: 1, Metric: Concurrency, Target: 70, Window: time.Minute, PanicWindow: 6 * time.Second, PanicThreshold: 2,
	Timeout: 5 * time.Minute,
}

// program is a process that takes a while to begin.
type program struct {
	takes time.Duration
	url   string
	ended chan struct{}
	end   func(error)
	err   error
}

func begins(takes time.Duration) *program {
	p := &program{takes: takes, ended: make(chan struct{})}
	var once sync.Once
	p.end = func(err error) { once.Do(func() { p.err = err; close(p.ended) }) }
	return p
}

var errDead = errors.New("killed")

func (p *program) Ready(ctx context.Context) error {
	select {
	case <-time.After(p.takes):
		return nil
	case <-p.ended:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *program) URL() string            { return p.url }
func (p *program) Ended() <-chan struct{} { return p.ended }
func (p *program) Err() error             { return p.err }
func (p *program) Stop()                  { p.end(nil) }

// stage is a pool whose every exchange takes as long as is asked for.
type stage struct {
	*Pool
	t      *testing.T
	mu     sync.Mutex
	began  []*program
	next   func() (Program, error) // what is started, if not a sound one
	atOnce int
	mostly int // of atOnce
}

// RoundTrip takes as long as its path says.
func (s *stage) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.atOnce++
	s.mostly = max(s.mostly, s.atOnce)
	i, err := strconv.Atoi(r.URL.Host)
	by := s.began[i]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.atOnce--
		s.mu.Unlock()
	}()
	takes, no := time.ParseDuration(strings.TrimPrefix(r.URL.Path, "/"))
	if err := errors.Join(err, no); err != nil {
		return nil, err
	}
	select {
	case <-time.After(takes):
	case <-by.ended:
		return nil, errDead
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

// play runs a pool in a bubble of its own time.
func play(t *testing.T, to Settings, act func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t}
		s.Pool = New(Options{Name: "reserve", Via: s, Log: slog.New(slog.DiscardHandler), Settings: to, Start: func() (Program, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.next != nil {
				return s.next()
			}
			p := begins(80 * time.Millisecond)
			p.url = fmt.Sprint("http://", len(s.began))
			s.began = append(s.began, p)
			return p, nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { defer close(ran); s.Run(ctx) }()
		synctest.Wait()
		act(s)
		cancel()
		<-ran
		if got := s.Status(); got.Ready+got.Starting+got.Stopping+got.UnderWay+got.Waiting > 0 {
			t.Errorf("it is not over: %+v", got)
		}
	})
}

// starts has the pool start something else from now on.
func (s *stage) starts(next func() (Program, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = next
}

// ask is one exchange, and the status that it ends with; 0 is none.
func (s *stage) ask(takes time.Duration) int {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://reserve/"+takes.String(), strings.NewReader("{}"))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.Pool.RoundTrip(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close() // there is nothing behind it
	return resp.StatusCode
}

// many asks n times at once, and returns how often there was each status.
func (s *stage) many(n int, takes time.Duration) map[int]int {
	got := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			status := s.ask(takes)
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	all.Wait()
	return got
}
