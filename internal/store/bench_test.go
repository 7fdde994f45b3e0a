package store_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

// BenchmarkRecords_Update has 64 goroutines count, all in one record or each in
// its own, and says how many updates went into one commit.
func BenchmarkRecords_Update(b *testing.B) {
	const goroutines = 64
	for _, c := range []struct {
		name string
		id   func(worker int64) string
	}{
		{"hot", func(int64) string { return "lyon-0900" }},
		{"spread out", func(worker int64) string { return fmt.Sprint("lyon-", worker) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := &storetest.Faulty{Store: memory.New()}
			records := store.New(f)
			var workers atomic.Int64
			b.SetParallelism(goroutines / runtime.GOMAXPROCS(0))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				worker := workers.Add(1)
				key, entry := store.Key{Record: "departure", ID: c.id(worker)}, fmt.Sprint(worker)
				for pb.Next() {
					if err := records.Update(b.Context(), key, entry, count); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/float64(f.Commits()), "updates/commit")
		})
	}
}

// BenchmarkRecords_Update_entries shows that a stadium costs what a minibus
// does.
func BenchmarkRecords_Update_entries(b *testing.B) {
	for _, entries := range []int{10, 100_000} {
		b.Run(fmt.Sprint(entries), func(b *testing.B) {
			s := memory.New()
			full := store.Write{Key: departure, Entries: map[string][]byte{}}
			names := make([]string, entries)
			for i := range names {
				names[i] = fmt.Sprint(i)
				full.Entries[names[i]] = []byte("1")
			}
			if err := s.Commit(b.Context(), full); err != nil {
				b.Fatal(err)
			}
			records, i := store.New(s), 0
			b.ReportAllocs()
			for b.Loop() {
				i++
				if err := records.Update(b.Context(), departure, names[i%entries], count); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
