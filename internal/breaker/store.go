package breaker

import (
	"context"
	"errors"
	"time"

	"tourbillon/internal/store"
)

// Store returns s behind b, which is then this store's alone. Only a store
// that is unavailable and one that does not answer in time fail. What is
// refused is a [store.ErrUnavailable]. Await is not asked for by b: it is long
// by nature, and who waits has loaded before.
func Store(b *Breaker, s store.Store) store.Store {
	b.failed = store.ErrUnavailable
	return guarded{s, b}
}

type guarded struct {
	store.Store
	b *Breaker
}

// reached is what a store's error says of it.
func reached(err error) verdict {
	if errors.Is(err, store.ErrUnavailable) || timeout(err) {
		return failed
	}
	return answered
}

// Load implements [store.Store].
func (g guarded) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	return do(ctx, g.b, reached, func() (store.Snapshot, error) { return g.Store.Load(ctx, key, entries...) })
}

// Commit implements [store.Store].
func (g guarded) Commit(ctx context.Context, w store.Write) error {
	_, err := do(ctx, g.b, reached, func() (struct{}, error) { return struct{}{}, g.Store.Commit(ctx, w) })
	return err
}

// Due implements [store.Store].
func (g guarded) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	return do(ctx, g.b, reached, func() ([]store.Line, error) { return g.Store.Due(ctx, now, claim, limit) })
}

// List implements [store.Store].
func (g guarded) List(ctx context.Context, index, cursor string, limit int) (store.Page, error) {
	return do(ctx, g.b, reached, func() (store.Page, error) { return g.Store.List(ctx, index, cursor, limit) })
}

// Count implements [store.Store].
func (g guarded) Count(ctx context.Context, index string) (int, error) {
	return do(ctx, g.b, reached, func() (int, error) { return g.Store.Count(ctx, index) })
}
