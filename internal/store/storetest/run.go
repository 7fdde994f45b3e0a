package storetest

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/store"
)

// check is a sentence of the contract, and what shows that it holds.
type check struct {
	says  string
	holds func(t *testing.T, s store.Store)
}

// Run checks the stores that open returns; each check opens one.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, part := range []struct {
		name   string
		checks []check
	}{
		{"load", loadChecks},
		{"commit", commitChecks},
		{"due", dueChecks},
		{"list", listChecks},
		{"count", countChecks},
		{"await", awaitChecks},
		{"update", updateChecks},
		{"group", groupChecks},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, c := range part.checks {
				t.Run(c.says, func(t *testing.T) { c.holds(t, open(t)) })
			}
		})
	}
}

// newKey returns the key of a record that does not exist.
func newKey() store.Key { return store.Key{Record: "storetest", ID: rand.Text()} }

// sibling returns the key of another record in the same shard.
func sibling(k store.Key) store.Key { return store.Key{Record: k.Record + "-sibling", ID: k.ID} }

// spread returns n new keys, each in a shard of its own.
func spread(n int) []store.Key {
	keys := make([]store.Key, 0, n)
	taken := map[int]bool{}
	for len(keys) < n {
		if k := newKey(); !taken[k.Shard()] {
			taken[k.Shard()] = true
			keys = append(keys, k)
		}
	}
	return keys
}

func load(t *testing.T, s store.Store, key store.Key, entries ...string) store.Snapshot {
	t.Helper()
	snap, err := s.Load(t.Context(), key, entries...)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return snap
}

// put commits w on the newest revision and returns the one after it.
func put(t *testing.T, s store.Store, w store.Write) uint64 {
	t.Helper()
	w.Revision = load(t, s, w.Key).Revision
	if err := s.Commit(t.Context(), w); err != nil {
		t.Fatalf("commit: %v", err)
	}
	return load(t, s, w.Key).Revision
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// texts shows entries as text, and none as an empty map.
func texts(entries map[string][]byte) map[string]string {
	m := map[string]string{}
	for name, entry := range entries {
		m[name] = string(entry)
	}
	return m
}

// together runs do n times at once and returns the errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errs
}

// ended returns a context that has ended.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
