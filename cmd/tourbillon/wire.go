package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// The times of one delivery: a function's own deadline, shorter than its
// Trigger's, and the lease that it takes while it is at a provider.
const (
	deadline = 20 * time.Second
	lease    = 30 * time.Second
)

// late is when the sandbox decides a payment that it had left open.
const late = 5 * time.Second

// system is the functions and what they stand on.
type system struct {
	records   *store.Records
	mailbox   *mailbox.Mailbox
	sandbox   *sandbox.Sandbox
	metrics   *metrics.Metrics
	receivers map[string]arrow.Receiver
}

// wire chooses the implementations: the store in memory, the sandbox for
// payments, and the mailbox for messages. sinks tells where each function
// publishes to.
func wire(c config, sinks func(function string) arrow.Sink, log *slog.Logger) system {
	s := system{records: store.New(memory.New())}
	s.mailbox = mailbox.New(s.records, now)
	s.metrics = metrics.New(s.records)
	s.sandbox = sandbox.New(s.records, sandbox.Settings{Now: now, Sleep: sleep, Slow: lease + deadline, Late: late})
	s.receivers = functions.All(functions.Wiring{
		Ports: arrow.Ports{
			Records: s.records, Now: now, Log: log, Deadline: deadline, Lease: lease, Observe: s.metrics.Observe,
		},
		Sink: sinks, Messages: s.mailbox, Plans: saga.Shipped(), Request: c.Request,
		Payments: s.sandbox,
	})
	return s
}

// publisher takes CloudEvents as they are: a broker, near or far.
type publisher interface {
	Publish(ctx context.Context, ces ...event.Event) error
}

// sink publishes events to a publisher.
type sink struct{ to publisher }

// Publish implements [arrow.Sink].
func (s sink) Publish(ctx context.Context, es ...events.Event) error {
	ces := make([]event.Event, 0, len(es))
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		ces = append(ces, ce)
	}
	return s.to.Publish(ctx, ces...)
}

// now is the time as records keep it: UTC, without the monotonic clock.
func now() time.Time { return time.Now().UTC().Round(0) }

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
