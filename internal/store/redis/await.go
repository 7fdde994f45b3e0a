package redis

import (
	"context"
	"time"

	"tourbillon/internal/store"
)

// Await returns when the record is written: see [store.Store]. It listens first
// and looks then, so no commit comes in between. It may return early when the
// connection on which it listens broke, and does after ten seconds.
func (s *Store) Await(ctx context.Context, key store.Key, revision uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := s.keys.record(key)
	if err != nil {
		return err
	}
	l := s.news.join(name)
	defer s.news.leave(name)
	patience := time.NewTimer(s.news.times.waiter)
	defer patience.Stop()
	select {
	case <-l.listening:
	case <-l.changed:
		return nil
	case <-patience.C:
		return nil
	case <-s.news.ctx.Done():
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	if now, err := s.revision(ctx, name); err != nil || now != revision {
		return err
	}
	select {
	case <-l.changed:
		return nil
	case <-patience.C:
		return nil
	case <-s.news.ctx.Done():
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}
