package memory

import (
	"context"
	"math"
	"time"

	"tourbillon/internal/store"
)

// Store keeps records in memory. Make one with [New]. Safe for concurrent use.
type Store struct{ shards [store.Shards]shard }

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := new(Store)
	for i := range s.shards {
		sh := &s.shards[i]
		sh.records = make(map[store.Key]*record)
		sh.lists = make(map[string]*ranking)
		sh.waiting = make(map[store.Key]*waiter)
		sh.soonest.Store(never)
	}
	return s
}

// Load returns the record as it is: see [store.Store].
func (s *Store) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return store.Snapshot{}, err
	}
	return s.shards[key.Shard()].load(key, entries), nil
}

// Commit makes one atomic change: see [store.Store].
func (s *Store) Commit(ctx context.Context, w store.Write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.shards[w.Key.Shard()].commit(w)
}

// Due claims lines that have fallen due: see [store.Store]. It takes from the
// shard with the soonest line until another shard's is sooner.
func (s *Store) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	by := now.UnixMilli()
	// Even a claim of nothing hides a line from the rest of this call.
	until := max(store.Millis(now.Add(claim)), by+1)
	var lines []store.Line
	for len(lines) < limit {
		sh, first, second := s.soonest()
		if first > by {
			break
		}
		lines = sh.claim(lines, min(by, second), until, limit)
	}
	return lines, nil
}

// soonest returns the shard whose line is the soonest, when that is, and when
// the soonest of all other shards is.
func (s *Store) soonest() (sh *shard, first, second int64) {
	first, second = never, never
	for i := range s.shards {
		switch at := s.shards[i].soonest.Load(); {
		case at < first:
			sh, first, second = &s.shards[i], at, first
		case at < second:
			second = at
		}
	}
	return sh, first, second
}

// never is when an empty shard's soonest line is due.
const never = math.MaxInt64
