// Package alone gives out a function as the plain Go function that it is, to
// hosts other than this program: an event in, at most one out, and an error that
// says that the event is to be delivered again.
package alone

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/redis"
)

// The times of one delivery, as the program has them.
const (
	deadline = 20 * time.Second
	lease    = 30 * time.Second
)

// Handler answers an event with at most one. Safe for concurrent use.
type Handler func(ctx context.Context, ce event.Event) (*event.Event, error)

// Reserve is the function reserve over the records at a Redis URL; over records
// in memory where that is empty. Its closer lets go of them.
func Reserve(ctx context.Context, redisURL string, log *slog.Logger) (Handler, func() error, error) {
	records, closes, err := open(ctx, redisURL, log)
	if err != nil {
		return nil, nil, fmt.Errorf("open the records: %w", err)
	}
	ports := arrow.Ports{Records: records, Now: now, Log: log, Deadline: deadline, Lease: lease}
	return Handler(arrow.Serve("reserve", ports, reserve.Function())), closes, nil
}

func open(ctx context.Context, url string, log *slog.Logger) (*store.Records, func() error, error) {
	if url == "" {
		return store.New(memory.New()), func() error { return nil }, nil
	}
	r, err := redis.Open(ctx, redis.Settings{URL: url, Prefix: "tourbillon", Log: log})
	if err != nil {
		return nil, nil, err
	}
	return store.New(r), r.Close, nil
}

func now() time.Time { return time.Now().UTC() }
