package storetest

import (
	"context"
	"sync"
	"time"

	"tourbillon/internal/store"
)

// Faulty is a store that fails on command and counts what it is asked. Set
// Store and turn its switches at any time; with none turned it is that store.
// Safe for concurrent use.
type Faulty struct {
	Store store.Store

	mu             sync.Mutex
	down           error
	losses         int
	conflicts      int
	gates          []gate
	loads, commits int
}

type gate struct{ held, open chan struct{} }

var _ store.Store = (*Faulty)(nil)

// Fail has every call answered with err, and nothing done, until Fail(nil).
func (f *Faulty) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

// Lose has the next n commits made and answered with [store.ErrUnavailable].
func (f *Faulty) Lose(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.losses = n
}

// Conflict has the next n commits answered with [store.ErrConflict].
func (f *Faulty) Conflict(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conflicts = n
}

// Hold has the next commit that nobody holds yet wait, before it is made, for
// release or the end of its context. Held is closed when it waits.
func (f *Faulty) Hold() (held <-chan struct{}, release func()) {
	g := gate{held: make(chan struct{}), open: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gates = append(f.gates, g)
	return g.held, sync.OnceFunc(func() { close(g.open) })
}

// Loads is how often Load was called.
func (f *Faulty) Loads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loads
}

// Commits is how often Commit was called.
func (f *Faulty) Commits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commits
}

// Load is the store's, unless it is to fail.
func (f *Faulty) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	if err := f.asked(&f.loads); err != nil {
		return store.Snapshot{}, err
	}
	return f.Store.Load(ctx, key, entries...)
}

// Commit is the store's, unless it is to fail, to conflict, to wait or to lose
// its answer.
func (f *Faulty) Commit(ctx context.Context, w store.Write) error {
	if err := f.pass(ctx); err != nil {
		return err
	}
	if err := f.asked(&f.commits); err != nil {
		return err
	}
	if f.use(&f.conflicts) {
		return store.ErrConflict
	}
	if err := f.Store.Commit(ctx, w); err != nil {
		return err
	}
	if f.use(&f.losses) {
		return store.ErrUnavailable
	}
	return nil
}

// Due is the store's, unless it is to fail.
func (f *Faulty) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	if err := f.asked(new(int)); err != nil {
		return nil, err
	}
	return f.Store.Due(ctx, now, claim, limit)
}

// List is the store's, unless it is to fail.
func (f *Faulty) List(ctx context.Context, index, cursor string, limit int) (store.Page, error) {
	if err := f.asked(new(int)); err != nil {
		return store.Page{}, err
	}
	return f.Store.List(ctx, index, cursor, limit)
}

// Count is the store's, unless it is to fail.
func (f *Faulty) Count(ctx context.Context, index string) (int, error) {
	if err := f.asked(new(int)); err != nil {
		return 0, err
	}
	return f.Store.Count(ctx, index)
}

// Await is the store's, unless it is to fail.
func (f *Faulty) Await(ctx context.Context, key store.Key, revision uint64) error {
	if err := f.asked(new(int)); err != nil {
		return err
	}
	return f.Store.Await(ctx, key, revision)
}

func (f *Faulty) asked(count *int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	*count++
	return f.down
}

func (f *Faulty) use(n *int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *n == 0 {
		return false
	}
	*n--
	return true
}

func (f *Faulty) pass(ctx context.Context) error {
	f.mu.Lock()
	if len(f.gates) == 0 {
		f.mu.Unlock()
		return nil
	}
	g := f.gates[0]
	f.gates = f.gates[1:]
	f.mu.Unlock()
	close(g.held)
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
