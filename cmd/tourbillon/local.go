package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"golang.org/x/sync/errgroup"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/saga"
)

// The embedded broker's policy for a delivery that failed.
const (
	tries     = 8
	firstWait = 100 * time.Millisecond
	tick      = 5 * time.Second
)

// local is the whole system in this process: every route of the plan is a
// queue of the embedded broker, and every reply goes back into it.
type local struct {
	system
	broker *memory.Transport
}

func newLocal(ctx context.Context, c config, log *slog.Logger) (*local, error) {
	l := &local{broker: memory.New(log)}
	l.system = wire(c, l, log)
	for _, r := range saga.Shipped().Newest().Routes() {
		if err := l.broker.Declare(ctx, events.Subscription{Name: r.Name, Filter: r.Filter, Concurrency: 8}); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Publish puts events into the embedded broker.
func (l *local) Publish(ctx context.Context, es ...events.Event) error {
	ces := make([]event.Event, 0, len(es))
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		ces = append(ces, ce)
	}
	return l.broker.Publish(ctx, ces...)
}

// Run delivers, and ticks the clock, until ctx ends and what is in flight is done.
func (l *local) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, r := range saga.Shipped().Newest().Routes() {
		all.Go(func() error {
			return l.broker.Consume(ctx, r.Name, func(ctx context.Context, d events.Delivery) events.Verdict {
				return l.deliver(ctx, l.receivers[r.To], d)
			})
		})
	}
	all.Go(func() error { return l.ticks(ctx) })
	return all.Wait()
}

func (l *local) deliver(ctx context.Context, to arrow.Receiver, d events.Delivery) events.Verdict {
	reply, err := to(ctx, d.Event)
	if err == nil && reply != nil {
		err = l.broker.Publish(ctx, *reply)
	}
	code, after := arrow.Status(err)
	switch {
	case err == nil:
		return events.Verdict{}
	case code == http.StatusInternalServerError || d.Tries+1 >= tries:
		return events.Verdict{Dead: err.Error()}
	}
	return events.Verdict{Again: max(after, firstWait<<d.Tries)}
}

func (l *local) ticks(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			e := events.Tell(events.ClockTick, events.Data{}, now()).Render(events.Speaker{Function: "local"}, events.Event{})
			e.ID = events.EffectID("tick", e.Time.Format(time.RFC3339Nano))
			if err := l.Publish(ctx, e); errors.Is(err, events.ErrClosed) {
				return err
			} // else the next tick comes soon
		}
	}
}
