//go:build integration

package redis_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
	"tourbillon/internal/store/storetest"
)

// shared is the server that all integration tests share.
func shared(t testing.TB) string {
	t.Helper()
	url := os.Getenv("TOURBILLON_TEST_REDIS")
	if url == "" {
		t.Fatal("TOURBILLON_TEST_REDIS is not set: run make brokers, then make integration")
	}
	return url
}

// openShared opens a store on the shared server under a prefix of its own, all
// of which is removed in the end.
func openShared(t testing.TB) *redis.Store {
	t.Helper()
	url, prefix := shared(t), "test-"+rand.Text()
	t.Cleanup(func() { wipe(t, url, prefix) })
	s, err := redis.Open(t.Context(), redis.Settings{URL: url, Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func wipe(t testing.TB, url, prefix string) {
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Error(err)
		return
	}
	ctx, c := context.Background(), goredis.NewClient(o)
	defer c.Close()
	keys := c.Scan(ctx, 0, prefix+":*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := c.Unlink(ctx, keys.Val()).Err(); err != nil {
			t.Error(err)
		}
	}
	if err := keys.Err(); err != nil {
		t.Error(err)
	}
}

func TestReal(t *testing.T) {
	s := openShared(t)
	for _, round := range []string{"when it is new", "when it is full"} {
		t.Run(round, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) store.Store { return s })
		})
	}
}
