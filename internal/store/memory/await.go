package memory

import (
	"context"

	"tourbillon/internal/store"
)

// waiter is who waits for the next commit of one record. It exists while
// somebody does.
type waiter struct {
	changed chan struct{} // closed by the commit
	n       int
}

// Await returns when the record is written: see [store.Store].
func (s *Store) Await(ctx context.Context, key store.Key, revision uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh := &s.shards[key.Shard()]
	w := sh.await(key, revision)
	if w == nil {
		return nil
	}
	select {
	case <-w.changed:
		return nil
	case <-ctx.Done():
		sh.leave(key, w)
		return ctx.Err()
	}
}

// await joins those who wait; nil is a record that has another revision already.
func (sh *shard) await(key store.Key, revision uint64) *waiter {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := uint64(0)
	if r := sh.records[key]; r != nil {
		now = r.revision
	}
	if now != revision {
		return nil
	}
	w := sh.waiting[key]
	if w == nil {
		w = &waiter{changed: make(chan struct{})}
		sh.waiting[key] = w
	}
	w.n++
	return w
}

func (sh *shard) leave(key store.Key, w *waiter) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if w.n--; w.n == 0 && sh.waiting[key] == w {
		delete(sh.waiting, key)
	}
}

// wake lets everybody go who waits for a record; it is called with the lock held.
func (sh *shard) wake(key store.Key) {
	if w := sh.waiting[key]; w != nil {
		delete(sh.waiting, key)
		close(w.changed)
	}
}
