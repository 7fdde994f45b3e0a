package main

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/restore"
	"tourbillon/internal/store"
	"tourbillon/internal/store/redis"
	"tourbillon/saga"
)

// torn is an archive that cannot be read to its end.
type torn struct{}

// Read implements events.History.
func (torn) Read(_ context.Context, cursor string, _ int) ([]event.Event, string, error) {
	return nil, cursor, errors.New("torn")
}

// TestUp_Unfinished begins where a rebuild was broken off: it does not deliver to
// some of the records.
func TestUp_Unfinished(t *testing.T) {
	at, server, err := ownRedis()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	backend, err := redis.Open(t.Context(), redis.Settings{URL: at})
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	if _, err := restore.Rebuild(t.Context(), restore.Options{History: torn{}, Records: store.New(backend), Plans: saga.Shipped()}); err == nil {
		t.Fatal("it is rebuilt from nothing")
	}
	up := func(more ...string) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		free := []string{"up", "-addr=127.0.0.1:0", "-saga-addr=127.0.0.1:0", "-realtime-addr=127.0.0.1:0", "-notifications-addr=127.0.0.1:0"}
		return run(ctx, env("TOURBILLON_LOG", "error", "REDIS_URL", at), append(free, more...), stops{io.Discard, cancel})
	}
	for _, flag := range []string{"-demo=false", "-anew"} {
		if err := up(flag); !errors.Is(err, errUnfinished) {
			t.Errorf("with %s: %v", flag, err)
		}
	}
	if err := up("-deliver=false"); err != nil {
		t.Errorf("to rebuild: %v", err)
	}
}

// stops is where a system says that it is up, which ends it.
type stops struct {
	io.Writer
	stop func()
}

// Write implements io.Writer.
func (s stops) Write(p []byte) (int, error) {
	s.stop()
	return s.Writer.Write(p)
}
