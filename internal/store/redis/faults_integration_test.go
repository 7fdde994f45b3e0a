//go:build integration

package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
	"tourbillon/internal/store/storetest"
)

func TestReal_cluster(t *testing.T) {
	url := newCluster(t)
	var log bytes.Buffer
	s := openAt(t, redis.Settings{URL: url, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "keeps what it acknowledges") {
		t.Errorf("log says %s", &log)
	}
	storetest.Run(t, func(*testing.T) store.Store { return s })
	t.Run("a node of it alone is refused, and the way is said", func(t *testing.T) {
		one, _, _ := strings.Cut(url, "?")
		s, err := redis.Open(t.Context(), redis.Settings{URL: one})
		if err == nil {
			t.Error(s.Close())
		}
		contains(t, err, "addr=")
	})
	t.Run("what is no cluster is refused as one", func(t *testing.T) {
		o := newOwn(t)
		_, err := redis.Open(t.Context(), redis.Settings{URL: "redis://" + o.addr + "?addr=" + o.addr})
		contains(t, err, "leave addr out")
	})
	t.Run("it is not asked to wait for its disk", func(t *testing.T) {
		_, err := redis.Open(t.Context(), redis.Settings{URL: url, Durable: true})
		contains(t, err, "no cluster")
	})
}

// busy is workers that hold seats for one booking after the other, and count
// those of which they were told.
type busy struct {
	t    *testing.T
	s    *redis.Store
	stop context.CancelFunc
	all  sync.WaitGroup
	told [8]atomic.Int64 // bookings of each worker, all of them answered
	errs atomic.Int64
}

func newBusy(t *testing.T, s *redis.Store) *busy {
	b := &busy{t: t, s: s}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(t.Context())
	records := store.New(s)
	for worker := range b.told {
		b.all.Go(func() {
			for n := int64(1); ctx.Err() == nil; {
				err := records.Update(t.Context(), seats(worker), fmt.Sprint("b-", n), hold)
				switch {
				case err == nil:
					b.told[worker].Store(n)
					n++
				case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
					b.errs.Add(1) // made or not: it is asked again
				default:
					t.Errorf("got %v", err)
					return
				}
			}
		})
	}
	return b
}

// seats is a departure that two workers share.
func seats(worker int) store.Key {
	return store.Key{Record: "departure", ID: fmt.Sprint("d-", worker/2)}
}

func (b *busy) total() (n int64) {
	for i := range b.told {
		n += b.told[i].Load()
	}
	return n
}

// moves waits until every worker was told of more.
func (b *busy) moves() {
	b.t.Helper()
	before := b.told[0].Load()
	total := b.total()
	eventually(b.t, "work goes on", func() bool { return b.total() > total+50 && b.told[0].Load() > before })
}

// ends stops the workers and looks that the records have all they were told of,
// each once.
func (b *busy) ends() {
	b.t.Helper()
	b.stop()
	b.all.Wait()
	for worker := 0; worker < len(b.told); worker += 2 {
		most := max(b.told[worker].Load(), b.told[worker+1].Load())
		snap, err := b.s.Load(b.t.Context(), seats(worker))
		if err != nil {
			b.t.Fatal(err)
		}
		if got := string(snap.Head); got != fmt.Sprint(most) && got != fmt.Sprint(most+1) {
			b.t.Errorf("%s has %s held, its workers were told of %d", seats(worker).ID, got, most)
		}
		for n := range most {
			entry := fmt.Sprint("b-", n+1)
			if snap, err := b.s.Load(b.t.Context(), seats(worker), entry); err != nil || snap.Entries[entry] == nil {
				b.t.Fatalf("%s lost %s: %v", seats(worker).ID, entry, err)
			}
		}
	}
	b.t.Logf("%d bookings were answered, %d asked again", b.total(), b.errs.Load())
}

func TestReal_killed(t *testing.T) {
	o := newOwn(t)
	b := newBusy(t, openAt(t, o.settings()))
	for i := range 5 {
		b.moves()
		o.kill()
		time.Sleep(time.Duration(i) * 400 * time.Millisecond) // longer than a call tries
		o.start()
	}
	b.moves() // with scripts that the new process had never seen
	b.ends()
}

func TestReal_cut(t *testing.T) {
	o := newOwn(t)
	p := newProxy(t, o.addr)
	b := newBusy(t, openAt(t, p.settings()))
	for i := range 20 {
		b.moves()
		p.set(func() { p.shut = i%2 == 0 })
		p.cut()
		p.set(func() { p.shut = false })
		p.lose(3, func() {})
	}
	b.moves()
	b.ends()
}

func TestReal_paused(t *testing.T) {
	o := newOwn(t)
	s := openAt(t, o.settings())
	b := newBusy(t, s)
	b.moves()
	o.signal(syscall.SIGSTOP)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := s.Load(ctx, departure); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a deadline of 300ms took %v", took)
	}
	begin = time.Now()
	_, load := s.Load(t.Context(), departure)
	if took := time.Since(begin); !errors.Is(load, store.ErrUnavailable) || took > 15*time.Second {
		t.Errorf("to load without a deadline: got %v after %v", load, took)
	}
	begin = time.Now()
	_, list := s.List(t.Context(), "all", "", 10)
	if took := time.Since(begin); !errors.Is(list, store.ErrUnavailable) || took > 15*time.Second {
		t.Errorf("to list without a deadline: got %v after %v", list, took)
	}
	o.signal(syscall.SIGCONT)
	b.moves()
	b.ends()
}

func TestReal_full(t *testing.T) {
	o := newOwn(t, "--maxmemory", "8mb")
	s := openAt(t, o.settings())
	now := time.Now()
	write := func(i int) error {
		id := fmt.Sprint("b-", i)
		return s.Commit(t.Context(), store.Write{
			Key: store.Key{Record: "booking", ID: id}, Head: bytes.Repeat([]byte{'x'}, 10_000),
			Lines: []store.Line{{Name: id, At: now}}, Index: []store.Index{{Name: "all", Member: id, In: true}},
		})
	}
	n := 0
	var err error
	for ; err == nil && n < 10_000; n++ {
		err = write(n)
	}
	n-- // the last was refused
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	contains(t, err, "OOM", "raise maxmemory")
	snap, err := s.Load(t.Context(), store.Key{Record: "booking", ID: fmt.Sprint("b-", n)})
	if err != nil || snap.Revision != 0 {
		t.Errorf("what was refused is half there: %+v, %v", snap, err)
	}
	if all, err := s.Count(t.Context(), "all"); err != nil || all != n {
		t.Errorf("%d of %d are listed, %v", all, n, err)
	}
	o.do("config", "set", "maxmemory", "0")
	if err := write(n); err != nil {
		t.Error(err)
	}
	if lines, err := s.Due(t.Context(), now.Add(time.Second), time.Minute, n+10); err != nil || len(lines) != n+1 {
		t.Errorf("%d of %d lines are due, %v", len(lines), n+1, err)
	}
}

func TestReal_forgotten(t *testing.T) {
	o := newOwn(t)
	b := newBusy(t, openAt(t, o.settings()))
	for range 20 {
		b.moves()
		o.do("script", "flush")
	}
	b.moves()
	b.ends()
}

func TestReal_waiting(t *testing.T) {
	o := newOwn(t)
	s := openAt(t, o.settings())
	done := make(chan error, 1)
	go func() {
		err := store.ErrUnavailable
		for errors.Is(err, store.ErrUnavailable) {
			err = store.New(s).Watch(t.Context(), departure, "", func(r store.Row) bool { return string(r.Head) == "2" })
		}
		done <- err
	}()
	eventually(t, "it listens", func() bool { return s.Listening(channel) })
	put(t, s, store.Write{Key: departure, Head: []byte("1")})
	o.kill()
	o.start()
	eventually(t, "it listens again", func() bool { return s.Listening(channel) })
	put(t, s, store.Write{Key: departure, Head: []byte("2")})
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestReal_undurable(t *testing.T) {
	for _, c := range []struct{ fsync, word string }{{"everysec", "two seconds"}, {"no", "half a minute"}} {
		var log bytes.Buffer
		settings := newOwn(t, "--appendfsync", c.fsync).settings()
		settings.Log = slog.New(slog.NewTextHandler(&log, nil))
		openAt(t, settings)
		if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), c.word) {
			t.Errorf("%s: log says %s", c.fsync, &log)
		}
	}
	t.Run("commits wait for the disk where the server can, and else it is said", func(t *testing.T) {
		settings := newOwn(t, "--appendfsync", "everysec").settings()
		settings.Durable = true
		s, err := redis.Open(t.Context(), settings)
		if err != nil { // before 7.2
			contains(t, err, "WAITAOF", "7.2")
			return
		}
		defer s.Close()
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
		if d := s.Durability(); !d.Waits || len(d.Risks()) != 0 {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("a replica may take over and lack something", func(t *testing.T) {
		o := newOwn(t)
		host, port, _ := strings.Cut(o.addr, ":")
		newOwn(t, "--replicaof", host, port)
		eventually(t, "the replica follows", func() bool {
			s, err := redis.Open(t.Context(), o.settings())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			return s.Durability().Replicas == 1 && len(s.Durability().Risks()) == 1
		})
	})
	t.Run("a replica is no store", func(t *testing.T) {
		host, port, _ := strings.Cut(newOwn(t).addr, ":")
		s := openAt(t, newOwn(t, "--replicaof", host, port).settings())
		err := s.Commit(t.Context(), store.Write{Key: departure, Head: []byte("1")})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		contains(t, err, "primary")
	})
	t.Run("CONFIG may be refused", func(t *testing.T) {
		o := newOwn(t)
		o.do("acl", "setuser", "app", "on", ">secret", "~tourbillon:*", "&tourbillon:*", "+@all", "-config")
		var log bytes.Buffer
		settings := redis.Settings{URL: "redis://app:secret@" + o.addr, Log: slog.New(slog.NewTextHandler(&log, nil))}
		s := openAt(t, settings)
		if s.Durability().Known || !strings.Contains(log.String(), "CONFIG GET is refused") {
			t.Errorf("log says %s", &log)
		}
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
	})
	t.Run("who may not publish commits, and who waits looks by himself", func(t *testing.T) {
		o := newOwn(t)
		o.do("acl", "setuser", "app", "on", ">secret", "~tourbillon:*", "resetchannels", "+@all")
		s := openAt(t, redis.Settings{URL: "redis://app:secret@" + o.addr})
		s.Hurry(10*time.Millisecond, time.Minute, time.Hour, 50*time.Millisecond)
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
		if err := s.Await(t.Context(), store.Key{Record: "departure", ID: "nice"}, 0); err != nil {
			t.Errorf("got %v", err)
		}
	})
}
