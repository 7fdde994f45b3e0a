package request_test

import (
	"context"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// broker is the least that a broker can be: a queue, the plan's routes, and one
// delivery after the other. It delivers as it is published to, unless it is
// held.
type broker struct {
	mu        sync.Mutex
	all       map[string]arrow.Receiver
	held      bool
	fails     error // what publishing fails with
	published []events.Event
	queue     []event.Event
	running   bool
}

// Publish takes events, and delivers them and all that follows.
func (b *broker) Publish(ctx context.Context, es ...events.Event) error {
	b.mu.Lock()
	if b.fails != nil {
		defer b.mu.Unlock()
		return b.fails
	}
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			b.mu.Unlock()
			return err
		}
		b.published = append(b.published, e)
		b.queue = append(b.queue, ce)
	}
	held := b.held
	b.mu.Unlock()
	if !held {
		b.deliver(ctx)
	}
	return nil
}

// deliver empties the queue, one at a time.
func (b *broker) deliver(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running {
		return // who is at it takes this too
	}
	b.running = true
	for len(b.queue) > 0 {
		ce := b.queue[0]
		b.queue = b.queue[1:]
		for _, r := range saga.V1().Routes() {
			if !r.Filter.Matches(ce) {
				continue
			}
			to := b.all[r.To]
			if to == nil {
				panic("there is no function " + r.To)
			}
			b.mu.Unlock()
			out, err := to(context.WithoutCancel(ctx), ce)
			b.mu.Lock()
			if err == nil && out != nil {
				b.queue = append(b.queue, *out)
			}
		}
	}
	b.running = false
}

// names are the events published by the door and other sources.
func (b *broker) names() (names []events.Name) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.published {
		names = append(names, e.Name)
	}
	return names
}

// switched is a store that can be made to fail or to panic.
type switched struct {
	store.Store
	mu      sync.Mutex
	fails   error
	panics  bool
	commits int
}

func (s *switched) down() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panics {
		panic("the store holds somebody's data")
	}
	return s.fails
}

// Load fails or loads.
func (s *switched) Load(ctx context.Context, k store.Key, entries ...string) (store.Snapshot, error) {
	if err := s.down(); err != nil {
		return store.Snapshot{}, err
	}
	return s.Store.Load(ctx, k, entries...)
}

// List fails or lists.
func (s *switched) List(ctx context.Context, index, cursor string, limit int) (store.Page, error) {
	if err := s.down(); err != nil {
		return store.Page{}, err
	}
	return s.Store.List(ctx, index, cursor, limit)
}

// Commit fails, or counts and commits.
func (s *switched) Commit(ctx context.Context, w store.Write) error {
	if err := s.down(); err != nil {
		return err
	}
	s.mu.Lock()
	s.commits++
	s.mu.Unlock()
	return s.Store.Commit(ctx, w)
}

func (s *switched) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = err
}

func (s *switched) panic(does bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.panics = does
}

func (s *switched) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits
}
