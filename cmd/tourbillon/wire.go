package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/notify"
	"tourbillon/functions/request"
	"tourbillon/functions/webhook"
	"tourbillon/internal/arrow"
	"tourbillon/internal/breaker"
	"tourbillon/internal/metrics"
	"tourbillon/internal/provider/post"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/redis"
	"tourbillon/saga"
)

// The times of one delivery: a function's own deadline, shorter than its
// Trigger's, and the lease that it takes while it is at a provider.
const (
	deadline = 20 * time.Second
	lease    = 30 * time.Second
)

// system is the functions and what they stand on.
type system struct {
	backend   closer // of the records
	records   *store.Records
	request   request.Settings
	public    *url.URL     // where the door is reached, if that is set
	hooks     webhook.Door // as far as settings say
	origins   []string
	mailbox   messages
	payments  payments
	sandbox   sandbox.Payments // nil: payments are real
	metrics   *metrics.Metrics
	wiring    functions.Wiring
	receivers map[string]arrow.Receiver
}

// closer is what is let go of at the end.
type closer interface{ Close() error }

// wire chooses the implementations: the store and the providers that are set, and
// the mailbox for the messages that nobody sends. sinks tells where each function
// publishes to. What it opened is closed by the system's close.
func wire(ctx context.Context, c config, sinks func(function string) arrow.Sink, log *slog.Logger) (system, error) {
	said := log
	if c.Child || c.Fleeting {
		said = slog.New(slog.DiscardHandler) // how Redis keeps data: the parent says it, once
	}
	backend, own, err := openStore(ctx, c.servers, said)
	if err != nil {
		return system{}, err
	}
	guards := breakers(c.Breaker, log)
	s := system{backend: own, records: store.New(breaker.Store(guards[0], backend)), request: c.Request, public: c.Public, hooks: c.door(), origins: c.Origins}
	if s.request.Secret, err = secret(ctx, s.records, c.Request.Secret); err != nil {
		return system{}, errors.Join(err, s.close())
	}
	s.metrics = metrics.New(s.records)
	shared, _ := backend.(*redis.Store) // nil: records are in memory
	if shared != nil {
		s.metrics.Counts("store_round_trips_total", "Exchanges with the store's server.", shared.RoundTrips)
	}
	for _, b := range guards {
		s.metrics.Breaker(b)
	}
	if s.payments, s.sandbox, s.mailbox, err = c.providers(ctx, s.records, said); err != nil {
		return system{}, errors.Join(err, s.close())
	}
	sends, err := c.post(s.mailbox, guards[2], shared, s.metrics, log)
	if err != nil {
		return system{}, errors.Join(err, s.close())
	}
	s.wiring = functions.Wiring{
		Ports: arrow.Ports{
			Records: s.records, Now: now, Log: log, Deadline: deadline, Lease: lease, Observe: s.metrics.Observe,
		},
		Sink: sinks, Plans: saga.Shipped(), Request: s.request, Violated: s.metrics.Violated,
		Payments: breaker.Payments(guards[1], s.payments), Messages: sends, Words: c.said(),
		Turns: turns(shared), Links: s.request.Links(c.doorAt()), Page: c.shows,
	}
	s.receivers = functions.All(s.wiring)
	return s, nil
}

// turns are how often one customer is told: by all processes with the same Redis
// together, or by each.
func turns(shared *redis.Store) notify.Turns {
	if shared != nil {
		return shared.Shares("customer")
	}
	return new(post.PerHour)
}

// breakers are those of the store, the payments and the mailbox.
func breakers(s breaker.Settings, log *slog.Logger) (all [3]*breaker.Breaker) {
	s.Log = log
	for i, name := range []string{"store", "payments", "messages"} {
		all[i] = breaker.New(name, s)
	}
	return all
}

// openStore is where records are, and what lets go of it.
func openStore(ctx context.Context, s servers, log *slog.Logger) (store.Store, closer, error) {
	if s.Redis == "" {
		return memory.New(), nothing{}, nil
	}
	r, err := redis.Open(ctx, redis.Settings{URL: s.Redis, Prefix: s.RedisPrefix, Durable: s.RedisFsync, Log: log})
	if err != nil {
		return nil, nil, fmt.Errorf("open the store: %w", err)
	}
	return r, r, nil
}

// nothing is what needs no closing.
type nothing struct{}

// Close implements closer.
func (nothing) Close() error { return nil }

// close lets go of the records.
func (s system) close() error { return s.backend.Close() }

// secret is the key of ids that cannot be guessed: the one that is set, or one
// that is made once and kept with the records.
func secret(ctx context.Context, records *store.Records, set []byte) ([]byte, error) {
	if len(set) > 0 {
		return set, nil
	}
	var kept []byte
	err := records.Update(ctx, store.Key{Record: "setting", ID: "secret"}, "", func(r store.Row) (store.Change, error) {
		if kept = r.Head; kept != nil {
			return store.Change{}, nil
		}
		kept = []byte(rand.Text())
		return store.Change{Head: kept}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep a secret with the records: %w", err)
	}
	return kept, nil
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
