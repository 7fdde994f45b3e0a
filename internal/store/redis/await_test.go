package redis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
)

const channel = "tourbillon:{s169}:departure:lyon-0900"

// eventually waits until something is so, for at most a while.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// wait begins to wait for a departure that was never written.
func wait(ctx context.Context, s store.Store) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Await(ctx, departure, 0) }()
	return done
}

func listened(m *miniredis.Miniredis) int { return m.PubSubNumSub(channel)[channel] }

func TestStore_Await(t *testing.T) {
	m := miniredis.RunT(t)
	s := open(t, m)
	s.Hurry(20*time.Millisecond, time.Minute, time.Hour, time.Hour)
	idle := m.CurrentConnectionCount()
	t.Run("many who wait have one subscription, on one connection", func(t *testing.T) {
		var all []<-chan error
		for range 50 {
			all = append(all, wait(t.Context(), s))
		}
		eventually(t, "somebody listens", func() bool { return listened(m) == 1 })
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := len(m.PubSubChannels("*")); n > 1 {
			t.Errorf("%d channels are listened to", n)
		}
	})
	t.Run("nobody listens when nobody waits any more", func(t *testing.T) {
		eventually(t, "nobody listens", func() bool { return listened(m) == 0 })
		if m.CurrentConnectionCount() < idle {
			t.Errorf("%d connections, %d at first", m.CurrentConnectionCount(), idle)
		}
	})
	t.Run("what was written before is not waited for", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := s.Await(ctx, departure, 0); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("who leaves while others wait takes nothing from them", func(t *testing.T) {
		other := store.Key{Record: "departure", ID: "nice"}
		ctx, cancel := context.WithCancel(t.Context())
		stays := make(chan error, 1)
		go func() { stays <- s.Await(t.Context(), other, 0) }()
		leaves := make(chan error, 1)
		go func() { leaves <- s.Await(ctx, other, 0) }()
		cancel()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		put(t, s, store.Write{Key: other, Head: []byte("1")})
		if err := <-stays; err != nil {
			t.Error(err)
		}
	})
}

func TestStore_Await_broken(t *testing.T) {
	through := func(t *testing.T) (*redis.Store, store.Store, *proxy) {
		s, beside, p := losing(t)
		return s.(*redis.Store), beside, p
	}
	t.Run("what happens while the connection is broken is noticed", func(t *testing.T) {
		s, beside, p := through(t)
		s.Hurry(20*time.Millisecond, time.Minute, time.Hour, time.Hour)
		done := wait(t.Context(), s)
		eventually(t, "it listens, and looked", func() bool { return s.Listening(channel) && p.told() })
		p.set(func() { p.shut = true })
		p.cut()
		put(t, beside, store.Write{Key: departure, Head: []byte("1")})
		p.set(func() { p.shut = false })
		if err := <-done; err != nil { // it was told to look again, when it broke
			t.Errorf("got %v", err)
		}
		begin := time.Now()
		if err := s.Await(t.Context(), departure, 0); err != nil {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("took %v to listen again", took)
		}
	})
	t.Run("a connection that says nothing any more is given up", func(t *testing.T) {
		s, beside, p := through(t)
		s.Hurry(10*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond, time.Hour)
		done := wait(t.Context(), s)
		eventually(t, "it listens, and looked", func() bool { return s.Listening(channel) && p.told() })
		p.set(func() { p.silent = true })
		put(t, beside, store.Write{Key: departure, Head: []byte("1")})
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
		p.set(func() { p.silent = false })
		p.cut()
		if err := s.Await(t.Context(), departure, 0); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("one that is only quiet is not", func(t *testing.T) {
		s, beside, _ := through(t)
		s.Hurry(10*time.Millisecond, 30*time.Millisecond, 2*time.Second, time.Hour)
		done := wait(t.Context(), s)
		select {
		case err := <-done:
			t.Errorf("got %v", err)
		case <-time.After(3 * time.Second):
		}
		put(t, beside, store.Write{Key: departure, Head: []byte("1")})
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a waiter looks again by itself", func(t *testing.T) {
		s, _, _ := through(t)
		s.Hurry(time.Second, time.Minute, time.Hour, 20*time.Millisecond)
		if err := s.Await(t.Context(), departure, 0); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a store that is closed lets its waiters go", func(t *testing.T) {
		s, err := redis.Open(t.Context(), redis.Settings{URL: "redis://" + miniredis.RunT(t).Addr()})
		if err != nil {
			t.Fatal(err)
		}
		done := wait(t.Context(), s)
		eventually(t, "it listens", func() bool { return s.Listening(channel) })
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := s.Await(t.Context(), departure, 0); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("after the end: got %v", err)
		}
	})
}

// TestStore_Await_storm has writers count up, watchers wait for the end of it,
// and the connections between break again and again. Waiters look again by
// themselves only after an hour: a lost wake would hang.
func TestStore_Await_storm(t *testing.T) {
	s, beside, p := losing(t)
	s.(*redis.Store).Hurry(5*time.Millisecond, 50*time.Millisecond, time.Second, time.Hour)
	const records, commits = 20, 60
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	seen := make(chan error, records)
	key := func(i int) store.Key { return store.Key{Record: "booking", ID: fmt.Sprint("b-", i)} }
	for i := range records {
		go func() {
			for {
				err := store.New(s).Watch(ctx, key(i), "", func(r store.Row) bool { return string(r.Head) == strconv.Itoa(commits) })
				if err == nil || ctx.Err() != nil {
					seen <- err
					return
				}
			}
		}()
	}
	writers := store.New(beside)
	for n := range commits {
		for i := range records {
			if err := writers.Update(ctx, key(i), "", count); err != nil {
				t.Error(err)
			}
		}
		if n%10 == 0 {
			p.cut()
		}
		time.Sleep(time.Duration(rand.IntN(int(3 * time.Millisecond))))
	}
	for range records {
		if err := <-seen; err != nil {
			t.Errorf("a watcher did not see the end: %v", err)
		}
	}
}
