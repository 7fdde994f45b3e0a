package memory_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// BenchmarkStore_Commit has every worker commit on records of its own.
func BenchmarkStore_Commit(b *testing.B) {
	now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	for name, fill := range map[string]func(w *store.Write, n int){
		"head": func(w *store.Write, _ int) { w.Head = []byte("head") },
		"head, entry, line and index": func(w *store.Write, n int) {
			id := w.Key.ID
			w.Head, w.Entries = []byte("head"), map[string][]byte{id: []byte("entry")}
			w.Lines = []store.Line{{Name: id, At: now.Add(time.Duration(n) * time.Millisecond)}}
			w.Index = []store.Index{{Name: "all", Member: id, Score: int64(n), In: true}}
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := memory.New()
			var workers atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				worker, ws := workers.Add(1), make([]store.Write, 1000)
				for n := 0; pb.Next(); n++ {
					w := &ws[n%len(ws)]
					if w.Key.ID == "" {
						w.Key = store.Key{Record: "booking", ID: fmt.Sprintf("%d-%d", worker, n)}
					}
					fill(w, n)
					if err := s.Commit(b.Context(), *w); err != nil {
						b.Error(err)
					}
					w.Revision++
				}
			})
		})
	}
}

// full is a store of n records, each with an entry, a line and a place.
func full(b *testing.B, n int, now time.Time) *memory.Store {
	s := memory.New()
	for i := range n {
		id := fmt.Sprintf("booking-%d", i)
		w := store.Write{
			Key: store.Key{Record: "booking", ID: id}, Head: []byte("head"), Entries: map[string][]byte{id: []byte("entry")},
			Lines: []store.Line{{Name: id, At: now.Add(time.Duration(i) * time.Second)}},
			Index: []store.Index{{Name: "all", Member: id, Score: int64(i), In: true}},
		}
		if err := s.Commit(b.Context(), w); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkStore_Load(b *testing.B) {
	s := full(b, 1000, time.Now())
	key := store.Key{Record: "booking", ID: "booking-7"}
	b.ReportAllocs()
	for b.Loop() {
		if snap, err := s.Load(b.Context(), key, key.ID); err != nil || snap.Head == nil {
			b.Fatal(snap, err)
		}
	}
}

func BenchmarkStore_Due(b *testing.B) {
	const records = 100_000
	now := time.Now().Truncate(time.Second)
	s := full(b, records, now)
	b.Run("nothing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if lines, err := s.Due(b.Context(), now.Add(-time.Hour), time.Minute, 100); err != nil || len(lines) != 0 {
				b.Fatal(lines, err)
			}
		}
	})
	b.Run("a hundred", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			now = now.Add(100 * time.Second)
			if lines, err := s.Due(b.Context(), now, records*time.Second, 100); err != nil || len(lines) != 100 {
				b.Fatal(len(lines), err)
			}
		}
	})
}

func BenchmarkStore_List(b *testing.B) {
	s := full(b, 100_000, time.Now())
	cursor := ""
	b.ReportAllocs()
	for b.Loop() {
		page, err := s.List(b.Context(), "all", cursor, 100)
		if err != nil || len(page.Members) != 100 {
			b.Fatal(len(page.Members), err)
		}
		cursor = page.Next
	}
}
