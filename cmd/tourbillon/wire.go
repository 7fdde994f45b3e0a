package main

import (
	"context"
	"log/slog"
	"time"

	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

// The times of one delivery: a function's own deadline, and the lease that it
// takes while it is at a provider.
const (
	deadline = 20 * time.Second
	lease    = 30 * time.Second
)

// system is the functions and what they stand on.
type system struct {
	records   *store.Records
	mailbox   *mailbox.Mailbox
	receivers map[string]arrow.Receiver
}

// wire chooses the implementations: the store in memory, the sandbox for
// payments, and the mailbox for messages.
func wire(c config, to arrow.Sink, log *slog.Logger) system {
	s := system{records: store.New(memory.New())}
	s.mailbox = mailbox.New(s.records, time.Now)
	s.receivers = functions.All(functions.Wiring{
		Ports: arrow.Ports{Records: s.records, Now: now, Log: log, Deadline: deadline, Lease: lease},
		Sink:  func(string) arrow.Sink { return to }, Messages: s.mailbox, Plans: saga.Shipped(), Request: c.Request,
		Payments: sandbox.New(s.records, sandbox.Settings{
			Now: now, Sleep: sleep, Slow: lease + deadline, Late: 10 * time.Second,
		}),
	})
	return s
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
