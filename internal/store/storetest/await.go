package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tourbillon/internal/store"
)

var awaitChecks = []check{
	{"a record that has another revision is not waited for", awaitOther},
	{"everybody who waits is told of the next commit", awaitCommit},
	{"a record that does not exist may be waited for", awaitFirst},
	{"the commit of another record tells nobody for ever", awaitElsewhere},
	{"a wait ends with its context", awaitEnded},
	{"watching sees the last of many changes", awaitWatch},
}

var countChecks = []check{
	{"a list counts its members, over all shards", countMembers},
	{"who is taken out is not counted", countOut},
}

// patience bounds waits that should be short.
const patience = 20 * time.Second

func awaitOther(t *testing.T, s store.Store) {
	key := newKey()
	put(t, s, store.Write{Key: key, Head: []byte("1")})
	if err := s.Await(t.Context(), key, 0); err != nil {
		t.Errorf("got %v", err)
	}
}

func awaitCommit(t *testing.T, s store.Store) {
	key := newKey()
	at := put(t, s, store.Write{Key: key, Head: []byte("1")})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan []error)
	go func() {
		done <- together(3, func(int) error {
			for load(t, s, key).Revision == at { // it may return early
				if err := s.Await(ctx, key, at); err != nil {
					return err
				}
			}
			return nil
		})
	}()
	put(t, s, store.Write{Key: key, Head: []byte("2")})
	if err := errors.Join(<-done...); err != nil {
		t.Errorf("got %v", err)
	}
}

func awaitFirst(t *testing.T, s store.Store) {
	key := newKey()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error)
	go func() {
		var err error
		for err == nil && load(t, s, key).Revision == 0 {
			err = s.Await(ctx, key, 0)
		}
		done <- err
	}()
	put(t, s, store.Write{Key: key, Entries: map[string][]byte{"a": []byte("1")}})
	if err := <-done; err != nil {
		t.Errorf("got %v", err)
	}
}

func awaitElsewhere(t *testing.T, s store.Store) {
	key := newKey()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var err error
	for err == nil { // told early, it asks again, until its time is up
		put(t, s, store.Write{Key: sibling(key), Head: []byte("1")})
		err = s.Await(ctx, key, 0)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func awaitEnded(t *testing.T, s store.Store) {
	if err := s.Await(ended(t), newKey(), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func awaitWatch(t *testing.T, s store.Store) {
	key, last := newKey(), "9"
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := range 10 {
			put(t, s, store.Write{Key: key, Entries: map[string][]byte{"a": {byte('0' + i)}}})
		}
	})
	defer writer.Wait()
	err := store.New(s).Watch(ctx, key, "a", func(r store.Row) bool { return string(r.Entry) == last })
	if err != nil {
		t.Errorf("got %v", err)
	}
}

func countMembers(t *testing.T, s store.Store) {
	list := newKey().ID
	for _, key := range spread(5) {
		put(t, s, store.Write{Key: key, Index: []store.Index{{Name: list, Member: key.ID, Score: 1, In: true}}})
	}
	for index, want := range map[string]int{list: 5, newKey().ID: 0} {
		if n, err := s.Count(t.Context(), index); err != nil || n != want {
			t.Errorf("%s: got %d, %v; want %d", index, n, err, want)
		}
	}
}

func countOut(t *testing.T, s store.Store) {
	key, list := newKey(), newKey().ID
	put(t, s, store.Write{Key: key, Index: []store.Index{{Name: list, Member: "a", In: true}, {Name: list, Member: "b", In: true}}})
	put(t, s, store.Write{Key: key, Index: []store.Index{{Name: list, Member: "a"}}})
	if n, err := s.Count(t.Context(), list); err != nil || n != 1 {
		t.Errorf("got %d, %v; want 1", n, err)
	}
}
