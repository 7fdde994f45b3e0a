package breaker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/breaker"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

// faulty is a store that does as it is told, and counts what it is asked.
type faulty struct {
	store.Store
	mu    sync.Mutex
	err   error         // of every call; nil: it works
	takes time.Duration // every call
	asked int
}

func (f *faulty) now(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *faulty) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// Load fails as it is told.
func (f *faulty) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	f.mu.Lock()
	f.asked++
	err, takes := f.err, f.takes
	f.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return store.Snapshot{}, fmt.Errorf("load: %w", ctx.Err())
	}
	if err != nil {
		return store.Snapshot{}, err
	}
	return f.Store.Load(ctx, key, entries...)
}

var errDown = fmt.Errorf("dial: %w", store.ErrUnavailable)

// stage is a store behind a breaker.
type stage struct {
	*faulty
	*breaker.Breaker
	guarded store.Store
	log     logbook
}

func play(t *testing.T) *stage {
	t.Helper()
	s := &stage{faulty: &faulty{Store: memory.New()}}
	s.Breaker = breaker.New("store", breaker.Settings{Log: s.log.logger()})
	s.guarded = breaker.Store(s.Breaker, s.faulty)
	return s
}

// load asks once.
func (s *stage) load(ctx context.Context) error {
	_, err := s.guarded.Load(ctx, store.Key{Record: "booking", ID: "booking-0001"})
	return err
}

// fall lets the store be down until its breaker has opened.
func (s *stage) fall(t *testing.T) {
	t.Helper()
	s.now(errDown)
	for range 5 {
		if err := s.load(t.Context()); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, breaker.ErrOpen) {
			t.Fatalf("got %v, want the store's own error", err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	if s.State() != "open" {
		t.Fatalf("it is %s after five failures in 1.2 s", s.State())
	}
}

// TestStore_Suite holds a store behind a breaker to the contract of stores.
func TestStore_Suite(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		return breaker.Store(breaker.New("store", breaker.Settings{}), memory.New())
	})
}

func TestStore_Opens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t)
		s.fall(t)
		asked := s.calls()
		err := s.load(t.Context())
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, breaker.ErrOpen) || s.calls() != asked {
			t.Errorf("got %v after %d calls more, want a refusal and none", err, s.calls()-asked)
		}
		if code, after := arrow.Status(err); code != http.StatusServiceUnavailable || after <= 4*time.Second || after > 5*time.Second {
			t.Errorf("a function answers %d, Retry-After %v; want 503 and what is left of 5 s", code, after)
		}
		if s.Refused() != 1 {
			t.Errorf("%d refusals are counted, want 1", s.Refused())
		}
	})
}

func TestStore_TriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t)
		s.fall(t)
		for range 12 { // a minute in which it stays down
			time.Sleep(5*time.Second + time.Millisecond)
			before := s.calls()
			if err := s.load(t.Context()); errors.Is(err, breaker.ErrOpen) {
				t.Fatalf("it is not tried after 5 s: %v", err)
			}
			if err := s.load(t.Context()); !errors.Is(err, breaker.ErrOpen) || s.calls() != before+1 {
				t.Fatalf("got %v and %d calls, want a refusal after one", err, s.calls()-before)
			}
		}
		s.now(nil)
		time.Sleep(6 * time.Second)
		for range 3 {
			if err := s.load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if s.State() != "closed" {
			t.Errorf("it is %s, want closed", s.State())
		}
		if opened, closed := s.log.count("breaker opened"), s.log.count("breaker closed"); opened != 1 || closed != 1 {
			t.Errorf("the log has it opened %d times and closed %d times, want once each", opened, closed)
		}
	})
}

func TestStore_LetsFewThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t)
		s.fall(t)
		s.now(nil)
		s.takes = time.Second
		time.Sleep(6 * time.Second)
		before := s.calls()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				err := s.load(t.Context())
				if _, after := arrow.Status(err); err != nil && after != time.Second {
					t.Errorf("who came too many is to ask after %v, want 1 s", after)
				}
			})
		}
		all.Wait()
		if n := s.calls() - before; n != 2 || s.State() != "closed" {
			t.Errorf("%d of 50 calls were let through, and it is %s; want 2, closed", n, s.State())
		}
	})
}

func TestStore_CountsFailuresOnly(t *testing.T) {
	for says, c := range map[string]struct {
		err   error
		takes time.Duration // a call
		given time.Duration // the caller's own deadline; 0: none
		gone  bool          // the caller goes away
		want  string
	}{
		"a store that is down opens it":             {err: errDown, want: "open"},
		"one that does not answer in time opens it": {takes: time.Hour, given: 3 * time.Second, want: "open"},
		"a timeout of its own opens it":             {err: context.DeadlineExceeded, want: "open"},
		"a conflict does not":                       {err: store.ErrConflict, want: "closed"},
		"nor an error that is an answer":            {err: store.ErrCursor, want: "closed"},
		"nor a caller who had no time left":         {takes: time.Hour, given: 200 * time.Millisecond, want: "closed"},
		"nor a caller who goes away":                {takes: time.Hour, gone: true, want: "closed"},
		"nor one who goes away while it is down":    {err: errDown, gone: true, want: "closed"},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := play(t)
				s.now(c.err)
				s.takes = c.takes
				for range 20 {
					ctx, cancel := context.WithCancel(t.Context())
					if c.given > 0 {
						ctx, cancel = context.WithTimeout(t.Context(), c.given)
					}
					if c.gone {
						s.takes = time.Minute
						time.AfterFunc(400*time.Millisecond, cancel)
					}
					if err := s.load(ctx); err == nil {
						t.Fatal("it worked")
					}
					cancel()
					time.Sleep(300 * time.Millisecond)
				}
				if s.State() != c.want {
					t.Errorf("it is %s, want %s", s.State(), c.want)
				}
			})
		})
	}
}

func TestStore_OutlivesAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t)
		s.now(errDown)
		for range 100 { // all that was under way when a connection broke
			if err := s.load(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		s.now(nil)
		if err := s.load(t.Context()); err != nil || s.State() != "closed" {
			t.Errorf("got %v, and it is %s; want it closed", err, s.State())
		}
		s.now(errDown)
		for range 100 {
			time.Sleep(500 * time.Millisecond)
			s.now(errDown)
			for range 4 {
				_ = s.load(t.Context()) // fails
			}
			s.now(nil)
			if err := s.load(t.Context()); err != nil {
				t.Fatalf("what works now and then is refused: %v", err)
			}
		}
	})
}

// panicky is a store that panics.
type panicky struct{ store.Store }

// Count panics.
func (panicky) Count(context.Context, string) (int, error) { panic("planted") }

func TestStore_OutlivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New("store", breaker.Settings{})
		s := breaker.Store(b, panicky{memory.New()})
		for range 5 {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic is swallowed")
					}
				}()
				_, _ = s.Count(t.Context(), "all")
			}()
			time.Sleep(300 * time.Millisecond)
		}
		if b.State() != "open" {
			t.Errorf("it is %s, want open", b.State())
		}
	})
}

func TestStore_AwaitIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t)
		for range 10 { // each waits in vain, as who watches does
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := s.guarded.Await(ctx, store.Key{Record: "booking", ID: "booking-0001"}, 0); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
		}
		if s.State() != "closed" {
			t.Errorf("it is %s for those who wait, want closed", s.State())
		}
		s.fall(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.guarded.Await(ctx, store.Key{Record: "booking", ID: "booking-0001"}, 0); errors.Is(err, breaker.ErrOpen) {
			t.Error(err)
		}
	})
}
