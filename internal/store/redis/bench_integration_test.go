//go:build integration

package redis_test

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
)

var start = time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)

// write is a commit as functions make them: a head, an entry, a line and a place
// in a list.
func write(id string, n int) store.Write {
	body := []byte(fmt.Sprintf(`{"booking":%q,"departure":"lyon-0900","seats":2,"version":%d,"held":{"at":"2026-05-01T09:00:00Z","seats":2}}`, id, n))
	return store.Write{
		Key: store.Key{Record: "booking", ID: id}, Head: body, Entries: map[string][]byte{id: body},
		Lines: []store.Line{{Name: id, At: start.Add(time.Duration(n) * time.Millisecond)}},
		Index: []store.Index{{Name: "all", Member: id, Score: int64(n), In: true}},
	}
}

// full opens a store with n records.
func full(b *testing.B, n int) *redis.Store {
	b.Helper()
	s := openShared(b)
	errs := make(chan error, n)
	slots := make(chan struct{}, 64)
	for i := range n {
		slots <- struct{}{}
		go func() {
			errs <- s.Commit(b.Context(), write(fmt.Sprint("b-", i), i))
			<-slots
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// trips reports round trips an operation since the count was before.
func trips(b *testing.B, s *redis.Store, before uint64) {
	b.ReportMetric(float64(s.RoundTrips()-before)/float64(b.N), "trips/op")
}

// many runs a benchmark by 64 goroutines, each with a number.
func many(b *testing.B, do func(worker, n int) error) {
	var workers atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		worker := int(workers.Add(1))
		for n := 0; pb.Next(); n++ {
			if err := do(worker, n); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	s := full(b, 1000)
	load := func(n int) error {
		id := fmt.Sprint("b-", n%1000)
		_, err := s.Load(b.Context(), store.Key{Record: "booking", ID: id}, id)
		return err
	}
	b.Run("alone", func(b *testing.B) {
		before := s.RoundTrips()
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			if err := load(n); err != nil {
				b.Fatal(err)
			}
		}
		trips(b, s, before)
	})
	b.Run("64 at once", func(b *testing.B) {
		many(b, func(worker, n int) error { return load(worker*37 + n) })
	})
}

// BenchmarkCommit makes a record with each commit. With appendfsync always the
// commits of 64 at once share the waits for the disk.
func BenchmarkCommit(b *testing.B) {
	s := openShared(b)
	commit := func(worker, n int) error {
		return s.Commit(b.Context(), write(fmt.Sprint(rand.Text(), "-", worker), n))
	}
	b.Run("alone", func(b *testing.B) {
		before := s.RoundTrips()
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			if err := commit(0, n); err != nil {
				b.Fatal(err)
			}
		}
		trips(b, s, before)
	})
	b.Run("64 at once", func(b *testing.B) {
		before := s.RoundTrips()
		many(b, commit)
		trips(b, s, before)
	})
}

func BenchmarkUpdate(b *testing.B) {
	count := func(row store.Row) (store.Change, error) {
		n, _ := strconv.Atoi(string(row.Head))
		more := strconv.AppendInt(nil, int64(n+1), 10)
		return store.Change{Head: more, Entry: more}, nil
	}
	for _, c := range []struct {
		name string
		id   func(worker int) string
	}{
		{"one record", func(int) string { return "lyon-0900" }},
		{"a record each", func(worker int) string { return fmt.Sprint("lyon-", worker) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := openShared(b)
			records := store.New(s)
			before := s.RoundTrips()
			many(b, func(worker, _ int) error {
				key := store.Key{Record: "departure", ID: c.id(worker)}
				return records.Update(b.Context(), key, fmt.Sprint(worker), count)
			})
			trips(b, s, before)
		})
	}
}

func BenchmarkDue(b *testing.B) {
	s := full(b, 20_000)
	now := start.Add(-time.Hour)
	b.Run("nothing", func(b *testing.B) {
		before := s.RoundTrips()
		b.ReportAllocs()
		for b.Loop() {
			if lines, err := s.Due(b.Context(), now, time.Minute, 100); err != nil || len(lines) != 0 {
				b.Fatal(lines, err)
			}
		}
		trips(b, s, before)
	})
	b.Run("a hundred of many", func(b *testing.B) {
		now, before := start.Add(time.Hour), s.RoundTrips()
		for b.Loop() {
			if lines, err := s.Due(b.Context(), now, time.Millisecond, 100); err != nil || len(lines) != 100 {
				b.Fatal(len(lines), err)
			}
			now = now.Add(time.Second)
		}
		trips(b, s, before)
	})
}

func BenchmarkList(b *testing.B) {
	s := full(b, 20_000)
	for _, limit := range []int{20, 1000} {
		b.Run(fmt.Sprint("pages of ", limit), func(b *testing.B) {
			cursor, before := "", s.RoundTrips()
			for b.Loop() {
				page, err := s.List(b.Context(), "all", cursor, limit)
				if err != nil || len(page.Members) == 0 {
					b.Fatal(len(page.Members), err)
				}
				cursor = page.Next
			}
			trips(b, s, before)
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if n, err := s.Count(b.Context(), "all"); err != nil || n != 20_000 {
				b.Fatal(n, err)
			}
		}
	})
}
