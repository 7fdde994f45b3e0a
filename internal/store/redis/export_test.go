package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Sources are the scripts, by their file's name.
var Sources = map[string]string{"commit.lua": commitSource, "page.lua": pageSource, "claim.lua": claimSource}

// Explain tells what an error means.
func Explain(ctx context.Context, err error) error { return explain(ctx, "load", err) }

// Hook adds a hook to the store's client.
func (s *Store) Hook(h goredis.Hook) { s.client.AddHook(h) }

// Hurry makes the times of waiting for news short. Call it before anybody waits.
func (s *Store) Hurry(sweep, quiet, dead, waiter time.Duration) {
	s.news.times = patience{sweep, quiet, dead, waiter}
}

// Listening reports whether the server has confirmed a channel that somebody
// waits for.
func (s *Store) Listening(channel string) bool {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	t := s.news.topics[channel]
	if t == nil {
		return false
	}
	select {
	case <-t.listening:
		return true
	default:
		return false
	}
}
