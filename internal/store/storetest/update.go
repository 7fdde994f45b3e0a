package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"tourbillon/internal/store"
)

var updateChecks = []check{
	{"a decision is given the head and the entry, and what it changes is kept", updateChanges},
	{"an empty change is not committed", updateNothing},
	{"a change of one thing alone is committed", updateAlone},
	{"a refusal is given to the caller and changes nothing", updateRefuses},
	{"writers in several processes lose no update", updateRace},
	{"a decision overtaken by another process is made again on what that one wrote", updateAgain},
	{"a process that dies between load and commit hinders nobody", updateDies},
	{"a commit whose answer was lost is found when asked again", updateLost},
	{"a lease is busy, then taken over, and its old holder sees that", updateLease},
	{"lines and lists are read through", updateReads},
}

var errRefused = errors.New("refused")

// count is a decision that adds one to the head and one to the entry.
func count(row store.Row) (store.Change, error) {
	return store.Change{Head: more(row.Head), Entry: more(row.Entry)}, nil
}

func more(n []byte) []byte {
	i, _ := strconv.Atoi(string(n))
	return strconv.AppendInt(nil, int64(i+1), 10)
}

func update(t *testing.T, r *store.Records, key store.Key, entry string, decide store.Decide) {
	t.Helper()
	if err := r.Update(t.Context(), key, entry, decide); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// reads checks a record's head and entry.
func reads(t *testing.T, r *store.Records, key store.Key, entry string, head, want string) {
	t.Helper()
	row, err := r.Read(t.Context(), key, entry)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	same(t, "head and entry "+entry, []string{string(row.Head), string(row.Entry)}, []string{head, want})
}

func updateChanges(t *testing.T, s store.Store) {
	r, key := store.New(s), newKey()
	update(t, r, key, "a", func(row store.Row) (store.Change, error) {
		if row.Head != nil || row.Entry != nil {
			t.Errorf("a new record has %+v", row)
		}
		return store.Change{Head: []byte("h"), Entry: []byte("1")}, nil
	})
	update(t, r, key, "b", func(row store.Row) (store.Change, error) {
		return store.Change{Entry: append(bytes.Clone(row.Head), '2')}, nil
	})
	update(t, r, key, "a", func(row store.Row) (store.Change, error) {
		return store.Change{Head: append(bytes.Clone(row.Entry), 'h')}, nil
	})
	reads(t, r, key, "a", "1h", "1")
	reads(t, r, key, "b", "1h", "h2")
	reads(t, r, key, "c", "1h", "")
}

func updateNothing(t *testing.T, s store.Store) {
	f := &Faulty{Store: s}
	key := newKey()
	update(t, store.New(f), key, "a", func(store.Row) (store.Change, error) { return store.Change{}, nil })
	same(t, "commits", f.Commits(), 0)
	same(t, "revision", load(t, s, key).Revision, uint64(0))
}

func updateAlone(t *testing.T, s store.Store) {
	r, key := store.New(s), newKey()
	for what, change := range map[string]store.Change{
		"head":  {Head: []byte("h")},
		"entry": {Entry: []byte{}},
		"line":  {Lines: []store.Line{{Name: key.ID}}},
		"index": {Index: []store.Index{in(key.ID, "m", 1)}},
	} {
		before := load(t, s, key).Revision
		update(t, r, key, "a", func(store.Row) (store.Change, error) { return change, nil })
		if load(t, s, key).Revision == before {
			t.Errorf("a change of the %s was not committed", what)
		}
	}
}

func updateRefuses(t *testing.T, s store.Store) {
	r, key := store.New(s), newKey()
	update(t, r, key, "a", count)
	revision := load(t, s, key).Revision
	err := r.Update(t.Context(), key, "a", func(row store.Row) (store.Change, error) {
		c, _ := count(row)
		return c, fmt.Errorf("count: %w", errRefused)
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
	reads(t, r, key, "a", "1", "1")
	same(t, "revision", load(t, s, key).Revision, revision)
}

// updateRace has three processes count in one head and two entries. Who loses
// too often to the others is told so, and asks again.
func updateRace(t *testing.T, s store.Store) {
	processes := []*store.Records{store.New(s), store.New(s), store.New(s)}
	key := newKey()
	const writers, rounds = 12, 20
	err := errors.Join(together(writers, func(i int) error {
		for n := 0; n < rounds; {
			err := processes[i%len(processes)].Update(t.Context(), key, fmt.Sprint(i%2), count)
			if err == nil {
				n++
			} else if !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		return nil
	})...)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{"0", "1"} {
		reads(t, processes[0], key, entry, fmt.Sprint(writers*rounds), fmt.Sprint(writers*rounds/2))
	}
}

func updateAgain(t *testing.T, s store.Store) {
	here, there, key := store.New(s), store.New(s), newKey()
	tries := 0
	update(t, here, key, "a", func(row store.Row) (store.Change, error) {
		if tries++; tries <= 2 {
			update(t, there, key, "b", count)
		}
		return count(row)
	})
	same(t, "tries", tries, 3)
	reads(t, here, key, "a", "3", "1")
	reads(t, here, key, "b", "3", "2")
}

func updateDies(t *testing.T, s store.Store) {
	r, key := store.New(s), newKey()
	update(t, r, key, "a", count)
	dying := load(t, s, key, "a")
	update(t, r, key, "a", count)
	reads(t, r, key, "a", "2", "2")
	late := store.Write{Key: key, Revision: dying.Revision, Head: []byte("late"), Entries: map[string][]byte{"a": []byte("late")}}
	if err := s.Commit(t.Context(), late); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the dead one's commit got %v", err)
	}
	update(t, r, key, "a", count)
	reads(t, r, key, "a", "3", "3")
}

// updateLost books a seat, and the answer is lost. What was booked is in the
// entry, so asking again books no second one.
func updateLost(t *testing.T, s store.Store) {
	f := &Faulty{Store: s}
	r, key := store.New(f), newKey()
	book := func(row store.Row) (store.Change, error) {
		if row.Entry != nil {
			return store.Change{}, nil
		}
		return count(row)
	}
	f.Lose(1)
	if err := r.Update(t.Context(), key, "a", book); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	update(t, r, key, "a", book)
	reads(t, r, key, "a", "1", "1")
	same(t, "commits", f.Commits(), 1)
}

// call is an entry for work outside that one at a time may do.
type call struct {
	Lease   store.Lease
	Learned string
	Look    bool
}

// begin takes the call's lease at a time, for ten seconds.
func begin(r *store.Records, key store.Key, at time.Duration) (fence uint64, err error) {
	err = r.Update(context.Background(), key, "call", func(row store.Row) (store.Change, error) {
		var c call
		if row.Entry != nil {
			if err := json.Unmarshal(row.Entry, &c); err != nil {
				return store.Change{}, err
			}
		}
		c.Lease, err = c.Lease.Take(epoch.Add(at), 10*time.Second)
		if err != nil {
			return store.Change{}, err
		}
		fence = c.Lease.Fence
		entry, err := json.Marshal(c)
		return store.Change{Entry: entry}, err
	})
	return fence, err
}

// finish writes what was learned, or only a mark when the fence was overtaken.
func finish(r *store.Records, key store.Key, fence uint64, learned string) error {
	return r.Update(context.Background(), key, "call", func(row store.Row) (store.Change, error) {
		var c call
		if err := json.Unmarshal(row.Entry, &c); err != nil {
			return store.Change{}, err
		}
		if c.Lease.Holds(fence) {
			c.Lease, c.Learned = c.Lease.Free(), learned
		} else {
			c.Look = true
		}
		entry, err := json.Marshal(c)
		return store.Change{Entry: entry}, err
	})
}

func updateLease(t *testing.T, s store.Store) {
	here, there, key := store.New(s), store.New(s), newKey()
	takes := func(r *store.Records, at time.Duration, want uint64, wantErr error) {
		t.Helper()
		if fence, err := begin(r, key, at); fence != want || !errors.Is(err, wantErr) {
			t.Fatalf("at %v: got fence %d and %v, want %d and %v", at, fence, err, want, wantErr)
		}
	}
	takes(here, 0, 1, nil)
	takes(there, 10*time.Second-1, 0, store.ErrLeased)
	takes(there, 10*time.Second, 2, nil)
	finishes := func(r *store.Records, fence uint64, learned string, want call) {
		t.Helper()
		if err := finish(r, key, fence, learned); err != nil {
			t.Fatalf("finish: %v", err)
		}
		var got call
		if err := json.Unmarshal(load(t, s, key, "call").Entries["call"], &got); err != nil {
			t.Fatalf("entry: %v", err)
		}
		same(t, "call", got, want)
	}
	taken := store.Lease{Fence: 2, Until: epoch.Add(20 * time.Second)}
	finishes(here, 1, "declined", call{Lease: taken, Look: true})
	finishes(there, 2, "paid", call{Lease: store.Lease{Fence: 2}, Learned: "paid", Look: true})
	takes(here, 11*time.Second, 3, nil)
}

func updateReads(t *testing.T, s store.Store) {
	c, r, key := newCalendar(t, s), store.New(s), newKey()
	c.note(key, "a")
	update(t, r, key, "e", func(store.Row) (store.Change, error) {
		return store.Change{Lines: []store.Line{c.line("a", time.Second)}, Index: []store.Index{in(key.ID, "m", 1)}}, nil
	})
	lines, err := r.Due(t.Context(), epoch.Add(time.Minute), time.Hour, 10)
	if err != nil || !slices.ContainsFunc(lines, func(l store.Line) bool { return l.Name == c.line("a", 0).Name }) {
		t.Errorf("due: got %v and %v", lines, err)
	}
	page, err := r.List(t.Context(), key.ID, "", 10)
	if err != nil || !slices.Equal(page.Members, []string{"m"}) {
		t.Errorf("list: got %v and %v", page, err)
	}
}
