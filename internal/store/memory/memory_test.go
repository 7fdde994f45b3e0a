package memory_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

func TestStore_shared(t *testing.T) {
	shared := memory.New()
	for _, round := range []string{"when it is new", "when it is full"} {
		t.Run(round, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) store.Store { return shared })
		})
	}
}

func commit(t *testing.T, s store.Store, w store.Write) {
	t.Helper()
	if err := s.Commit(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func TestStore_ownership(t *testing.T) {
	s, key := memory.New(), store.Key{Record: "booking", ID: "b1"}
	roomy := append(make([]byte, 0, 64), "abc"...)
	w := store.Write{Key: key, Head: roomy, Entries: map[string][]byte{"a": roomy}}
	commit(t, s, w)

	t.Run("what one reader appends another does not see", func(t *testing.T) {
		one, _ := s.Load(t.Context(), key, "a")
		two, _ := s.Load(t.Context(), key, "a")
		ones := []string{string(append(one.Head, '1')), string(append(one.Entries["a"], '1'))}
		twos := []string{string(append(two.Head, '2')), string(append(two.Entries["a"], '2'))}
		if diff := cmp.Diff([]string{"abc1", "abc1", "abc2", "abc2"}, append(ones, twos...)); diff != "" {
			t.Error(diff)
		}
		if cap(one.Head) != 3 || cap(one.Entries["a"]) != 3 {
			t.Errorf("bytes have room for %d and %d", cap(one.Head), cap(one.Entries["a"]))
		}
	})
	t.Run("the maps of a write and of a snapshot are not kept", func(t *testing.T) {
		w.Entries["b"] = []byte("late")
		one, _ := s.Load(t.Context(), key, "a")
		one.Entries["c"] = []byte("late")
		delete(one.Entries, "a")
		two, _ := s.Load(t.Context(), key, "a", "b", "c")
		if diff := cmp.Diff(map[string][]byte{"a": []byte("abc")}, two.Entries); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStore_Due(t *testing.T) {
	now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	s := memory.New()
	for i := range 1000 {
		id := fmt.Sprint(i)
		line := store.Line{Name: id, At: now.Add(-time.Duration(i) * time.Second)}
		commit(t, s, store.Write{Key: store.Key{Record: "saga", ID: id}, Lines: []store.Line{line}})
	}
	for _, claim := range []time.Duration{0, -time.Hour} {
		t.Run(fmt.Sprintf("a claim of %v shows no line twice in one call", claim), func(t *testing.T) {
			lines, err := s.Due(t.Context(), now, claim, 1<<30)
			if err != nil || len(lines) != 1000 {
				t.Errorf("got %d lines and %v", len(lines), err)
			}
		})
		now = now.Add(time.Millisecond)
	}
}

func TestStore_List(t *testing.T) {
	for _, cursor := range []string{"?", "QQ", "====", "\xff"} {
		t.Run(fmt.Sprintf("the cursor %q is refused", cursor), func(t *testing.T) {
			if page, err := memory.New().List(t.Context(), "bookings", cursor, 10); err == nil {
				t.Errorf("got %+v", page)
			}
		})
	}
	t.Run("a page may have any limit", func(t *testing.T) {
		s := memory.New()
		change := store.Index{Name: "bookings", Member: "b1", In: true}
		commit(t, s, store.Write{Key: store.Key{ID: "b1"}, Index: []store.Index{change}})
		page, err := s.List(t.Context(), "bookings", "", 1<<63-1)
		if err != nil || len(page.Members) != 1 || page.Next != "" {
			t.Errorf("got %+v and %v", page, err)
		}
	})
}

// TestStore_together does everything at once, for the race detector, and adds
// up what is left.
func TestStore_together(t *testing.T) {
	s := memory.New()
	start := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	const ids, rounds = 50, 200
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range rounds {
				bump(t, s, fmt.Sprint((n+i)%ids), start.Add(time.Duration(n)*time.Second))
				s.Due(t.Context(), start.Add(time.Minute), time.Minute, 5)
				s.List(t.Context(), "all", "", 5)
			}
		})
	}
	all.Wait()
	total := uint64(0)
	for i := range ids {
		snap, _ := s.Load(t.Context(), store.Key{Record: "saga", ID: fmt.Sprint(i)})
		total += snap.Revision
	}
	if total != 4*rounds {
		t.Errorf("%d commits of %d", total, 4*rounds)
	}
	lines, _ := s.Due(t.Context(), start.Add(time.Hour), time.Hour, 2*ids)
	page, _ := s.List(t.Context(), "all", "", 2*ids)
	if len(lines) != ids || len(page.Members) != ids {
		t.Errorf("%d lines and %d members of %d", len(lines), len(page.Members), ids)
	}
}

// bump commits once on a record, with its line and its place in the list.
func bump(t *testing.T, s store.Store, id string, at time.Time) {
	w := store.Write{
		Key:   store.Key{Record: "saga", ID: id},
		Lines: []store.Line{{Name: id, At: at}},
		Index: []store.Index{{Name: "all", Member: id, Score: at.Unix(), In: true}},
	}
	for {
		snap, _ := s.Load(t.Context(), w.Key)
		w.Revision = snap.Revision
		if err := s.Commit(t.Context(), w); err == nil {
			return
		} else if !errors.Is(err, store.ErrConflict) {
			t.Error(err)
			return
		}
	}
}
