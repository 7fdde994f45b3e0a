package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tourbillon/internal/store"
)

var commitChecks = []check{
	{"a nil head, and an entry that is nil or absent, stay as they are", commitNil},
	{"bytes that are empty but not nil are a value", commitEmpty},
	{"every commit that succeeds gives a revision that was never before", commitRevision},
	{"a commit on any revision but the newest is a conflict", commitGuard},
	{"a conflict changes nothing", commitConflict},
	{"a context that had ended is answered with its error and nothing is changed", commitEnded},
	{"of many commits on one revision one succeeds", commitRace},
	{"nobody sees half a commit", commitWhole},
	{"a commit may change thousands of things", commitLarge},
}

func commitNil(t *testing.T, s store.Store) {
	key := newKey()
	put(t, s, store.Write{Key: key, Head: []byte("h"), Entries: map[string][]byte{"a": []byte("1"), "b": []byte("2")}})
	put(t, s, store.Write{Key: key, Entries: map[string][]byte{"a": nil, "c": nil}})
	put(t, s, store.Write{Key: key, Entries: map[string][]byte{"b": []byte("3")}})
	snap := load(t, s, key, "a", "b", "c")
	same(t, "head", string(snap.Head), "h")
	same(t, "entries", texts(snap.Entries), map[string]string{"a": "1", "b": "3"})
}

func commitEmpty(t *testing.T, s store.Store) {
	key := newKey()
	put(t, s, store.Write{Key: key, Head: []byte("h"), Entries: map[string][]byte{"a": []byte("1")}})
	put(t, s, store.Write{Key: key, Head: []byte{}, Entries: map[string][]byte{"a": {}, "b": {}}})
	snap := load(t, s, key, "a", "b")
	if snap.Head == nil || len(snap.Head) != 0 {
		t.Errorf("head is %#v", snap.Head)
	}
	same(t, "entries", texts(snap.Entries), map[string]string{"a": "", "b": ""})
	for name, entry := range snap.Entries {
		if entry == nil {
			t.Errorf("entry %s is nil", name)
		}
	}
}

func commitRevision(t *testing.T, s store.Store) {
	key := newKey()
	seen := map[uint64]string{0: "no record"}
	for _, c := range []struct {
		what string
		w    store.Write
	}{
		{"lines alone", store.Write{Lines: []store.Line{{Name: key.ID}}}},
		{"a head", store.Write{Head: []byte("h")}},
		{"the same head", store.Write{Head: []byte("h")}},
		{"an entry", store.Write{Entries: map[string][]byte{"a": []byte("1")}}},
		{"an index alone", store.Write{Index: []store.Index{{Name: key.ID, Member: "m", In: true}}}},
		{"nothing", store.Write{}},
	} {
		c.w.Key = key
		revision := put(t, s, c.w)
		if before, old := seen[revision]; old {
			t.Errorf("%s gave the revision of %s", c.what, before)
		}
		seen[revision] = c.what
	}
}

func commitGuard(t *testing.T, s store.Store) {
	key := newKey()
	first := put(t, s, store.Write{Key: key, Head: []byte("1")})
	newest := put(t, s, store.Write{Key: key, Head: []byte("2")})
	for _, c := range []struct {
		what string
		w    store.Write
	}{
		{"that of no record", store.Write{Key: key, Revision: 0}},
		{"an old one", store.Write{Key: key, Revision: first}},
		{"one not given yet", store.Write{Key: key, Revision: newest + 1}},
		{"one far off", store.Write{Key: key, Revision: 1<<63 + 1}},
		{"one of a record that does not exist", store.Write{Key: newKey(), Revision: 1}},
	} {
		c.w.Head = []byte("3")
		if err := s.Commit(t.Context(), c.w); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: got %v", c.what, err)
		}
	}
	same(t, "head", string(load(t, s, key).Head), "2")
}

// furnished is a record with everything that a commit can change.
func furnished(c *calendar, s store.Store) (w store.Write, untouched func(what string)) {
	key := newKey()
	c.set(key, "stays", time.Second)
	c.set(key, "moves", 2*time.Second)
	revision := put(c.t, s, store.Write{
		Key: key, Head: []byte("head"), Entries: map[string][]byte{"a": []byte("old")},
		Index: []store.Index{{Name: key.ID, Member: "stays", Score: 1, In: true}, {Name: key.ID, Member: "moves", Score: 2, In: true}},
	})
	c.note(key, "new")
	w = store.Write{
		Key: key, Revision: revision, Head: []byte("changed"),
		Entries: map[string][]byte{"a": []byte("changed"), "b": []byte("new")},
		Lines:   []store.Line{c.line("stays", -1), c.line("moves", 0), c.line("new", time.Second)},
		Index: []store.Index{
			{Name: key.ID, Member: "stays"},
			{Name: key.ID, Member: "moves", Score: 0, In: true},
			{Name: key.ID, Member: "new", Score: 3, In: true},
		},
	}
	return w, func(what string) {
		c.t.Helper()
		snap := load(c.t, s, key, "a", "b")
		same(c.t, what+": revision", snap.Revision, revision)
		same(c.t, what+": head", string(snap.Head), "head")
		same(c.t, what+": entries", texts(snap.Entries), map[string]string{"a": "old"})
		same(c.t, what+": list", members(c.t, s, key.ID), []string{"stays", "moves"})
		same(c.t, what+": lines", c.due(time.Minute, time.Hour, 10), []string{"stays at 1s", "moves at 2s"})
	}
}

func commitConflict(t *testing.T, s store.Store) {
	w, untouched := furnished(newCalendar(t, s), s)
	w.Revision++
	if err := s.Commit(t.Context(), w); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("got %v", err)
	}
	untouched("after a conflict")
}

func commitEnded(t *testing.T, s store.Store) {
	w, untouched := furnished(newCalendar(t, s), s)
	if err := s.Commit(ended(t), w); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	untouched("after an end")
}

func commitRace(t *testing.T, s store.Store) {
	key := newKey()
	for range 5 {
		revision := load(t, s, key).Revision
		won := ""
		for i, err := range together(8, func(i int) error {
			return s.Commit(t.Context(), store.Write{Key: key, Revision: revision, Head: fmt.Append(nil, i)})
		}) {
			switch {
			case err == nil && won == "":
				won = fmt.Sprint(i)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("writer %d got %v, and %q had won", i, err, won)
			}
		}
		same(t, "head", string(load(t, s, key).Head), won)
	}
}

// commitWhole has one write the same value everywhere, again and again, while
// others look at the record.
func commitWhole(t *testing.T, s store.Store) {
	key := newKey()
	const rounds = 200
	errs := together(4, func(i int) error {
		for n := range rounds {
			if i == 0 {
				value := fmt.Append(nil, n)
				w := store.Write{Key: key, Head: value, Entries: map[string][]byte{"a": value, "b": value}}
				if err := rewrite(t.Context(), s, w); err != nil {
					return err
				}
			}
			snap, err := s.Load(t.Context(), key, "a", "b")
			if err != nil {
				return err
			}
			if a, b := snap.Entries["a"], snap.Entries["b"]; string(a) != string(b) || string(a) != string(snap.Head) {
				return fmt.Errorf("saw head %s, entries %s and %s", snap.Head, a, b)
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func rewrite(ctx context.Context, s store.Store, w store.Write) error {
	snap, err := s.Load(ctx, w.Key)
	if err != nil {
		return err
	}
	w.Revision = snap.Revision
	return s.Commit(ctx, w)
}

// commitLarge changes more than a backend may like to take in one piece.
func commitLarge(t *testing.T, s store.Store) {
	const n = 3000
	c, key := newCalendar(t, s), newKey()
	w := store.Write{Key: key, Head: []byte("h"), Entries: map[string][]byte{}}
	var names, due []string
	for i := range n {
		name := fmt.Sprintf("%04d", i)
		w.Entries[name] = []byte("entry " + name)
		w.Lines = append(w.Lines, c.line(name, time.Duration(i)*time.Second))
		w.Index = append(w.Index, in(key.ID, name, int64(i)))
		names, due = append(names, name), append(due, fmt.Sprintf("%s at %v", name, time.Duration(i)*time.Second))
		c.note(key, name)
	}
	put(t, s, w)
	same(t, "entries", texts(load(t, s, key, names...).Entries), texts(w.Entries))
	same(t, "lines", c.due(n*time.Second, time.Hour, 2*n), due)
	same(t, "members", members(t, s, key.ID), names)
	for i := range w.Index {
		w.Index[i].In = i == 0
	}
	put(t, s, store.Write{Key: key, Index: w.Index})
	same(t, "one is left", members(t, s, key.ID), names[:1])
}
