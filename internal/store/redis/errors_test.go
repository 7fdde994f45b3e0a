package redis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
)

// said is an answer of a server.
type said string

func (s said) Error() string { return string(s) }

func (said) RedisError() {}

func TestExplain(t *testing.T) {
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	dial := &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	for _, c := range []struct {
		says string
		ctx  context.Context
		err  error
		want error
		word string
	}{
		{"memory that is full", t.Context(), said("OOM command not allowed when used memory > 'maxmemory'. script: 4f2c, on @user_script:37."), store.ErrUnavailable, "raise maxmemory"},
		{"the same, as old servers say it", t.Context(), said("ERR Error running script (call to f_4f2c): @user_script:37: @user_script: 37: -OOM command not allowed when used memory > 'maxmemory'."), store.ErrUnavailable, "raise maxmemory"},
		{"a disk that is full", t.Context(), said("MISCONF Errors writing to the AOF file: No space left on device"), store.ErrUnavailable, "free some space"},
		{"a replica", t.Context(), said("READONLY You can't write against a read only replica."), store.ErrUnavailable, "primary"},
		{"a server that starts", t.Context(), said("LOADING Redis is loading the dataset in memory"), store.ErrUnavailable, "soon"},
		{"a cluster with holes", t.Context(), said("CLUSTERDOWN The cluster is down"), store.ErrUnavailable, "cluster"},
		{"a slot that moves", t.Context(), said("MOVED 3999 127.0.0.1:6381"), store.ErrUnavailable, "slot"},
		{"too many clients", t.Context(), said("ERR max number of clients reached"), store.ErrUnavailable, "maxclients"},
		{"no password", t.Context(), said("NOAUTH Authentication required."), store.ErrUnavailable, "password"},
		{"a connection that broke", t.Context(), io.EOF, store.ErrUnavailable, "EOF"},
		{"an answer that did not come", t.Context(), os.ErrDeadlineExceeded, store.ErrUnavailable, "timeout"},
		{"a server that does not answer the door", t.Context(), dial, store.ErrUnavailable, "dial"},
		{"a context that was cancelled", ended(), io.EOF, context.Canceled, ""},
		{"a context whose time is up", over, os.ErrDeadlineExceeded, context.DeadlineExceeded, ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			err := redis.Explain(c.ctx, c.err)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
			contains(t, err, "load: ", c.word)
			if c.want == store.ErrUnavailable && errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v looks like the caller's own deadline", err)
			}
		})
	}
	t.Run("what cannot work later is not called unavailable", func(t *testing.T) {
		err := redis.Explain(t.Context(), said("WRONGTYPE Operation against a key holding the wrong kind of value"))
		if errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		contains(t, err, "WRONGTYPE")
	})
}

func TestStore_down(t *testing.T) {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(address(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	s := open(t, server)
	put(t, s, store.Write{Key: departure, Head: []byte("1")})
	server.Close()
	ctx := t.Context()
	_, load := s.Load(ctx, departure)
	_, due := s.Due(ctx, time.Now(), time.Minute, 1)
	_, list := s.List(ctx, "all", "", 1)
	_, count := s.Count(ctx, "all")
	errs := []error{load, due, list, count, s.Commit(ctx, store.Write{Key: departure})}
	for i, err := range errs {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("call %d got %v", i, err)
		}
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	head(t, s, "1")
}

func TestStore_deadline(t *testing.T) {
	s, _, p := losing(t)
	p.set(func() { p.silent = true })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := s.Load(ctx, departure); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a server that does not answer: got %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestStore_kinds(t *testing.T) {
	s := open(t, miniredis.RunT(t))
	for _, kind := range []string{"", "list", "a:b"} {
		t.Run(fmt.Sprintf("a record of kind %q is refused: its key could be another's", kind), func(t *testing.T) {
			key := store.Key{Record: kind, ID: "b1"}
			_, err := s.Load(t.Context(), key)
			for _, err := range []error{err, s.Commit(t.Context(), store.Write{Key: key}), s.Await(t.Context(), key, 0)} {
				if err == nil || errors.Is(err, store.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// TestStore_wrongType has a stranger take a key: nothing of a commit is made.
func TestStore_wrongType(t *testing.T) {
	server := miniredis.RunT(t)
	s := open(t, server)
	if err := server.Set("tourbillon:{s169}:due", "a stranger's"); err != nil {
		t.Fatal(err)
	}
	w := store.Write{Key: departure, Head: []byte("1"), Lines: []store.Line{{Name: "a", At: time.Now()}}}
	if err := s.Commit(t.Context(), w); err == nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v", err)
	}
	snap, err := s.Load(t.Context(), departure)
	if err != nil || snap.Revision != 0 {
		t.Errorf("half of it was made: %+v, %v", snap, err)
	}
}
