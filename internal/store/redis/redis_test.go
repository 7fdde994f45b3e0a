package redis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
	"tourbillon/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens a store on an embedded server.
func open(t *testing.T, server *miniredis.Miniredis) *redis.Store {
	t.Helper()
	return openAt(t, redis.Settings{URL: "redis://" + server.Addr()})
}

func openAt(t *testing.T, settings redis.Settings) *redis.Store {
	t.Helper()
	s, err := redis.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// address is one that nobody listens at, below those that others are given: it
// is free when a server begins there, and when it begins again.
func address(t *testing.T) string {
	t.Helper()
	for {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10_000+rand.IntN(10_000))) // a cluster takes 10,000 more, too
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err == nil {
			err = l.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return l.Addr().String()
	}
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, miniredis.RunT(t)) })
}

func TestStore_shared(t *testing.T) {
	shared := open(t, miniredis.RunT(t))
	for _, round := range []string{"when it is new", "when it is full"} {
		t.Run(round, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) store.Store { return shared })
		})
	}
}

func put(t *testing.T, s store.Store, w store.Write) {
	t.Helper()
	snap, err := s.Load(t.Context(), w.Key)
	if err != nil {
		t.Fatal(err)
	}
	w.Revision = snap.Revision
	if err := s.Commit(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func contains(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, which does not say %q", err, word)
		}
	}
}
