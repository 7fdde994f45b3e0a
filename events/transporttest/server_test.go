package transporttest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
)

// server is a broker as far as the suite can tell: memory that outlives the
// sessions that are opened onto it.
type server struct {
	mu     sync.Mutex
	spaces map[string]events.Transport
}

// open is an [Open].
func (s *server) open(t *testing.T, space string) events.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	tr, ok := s.spaces[space]
	if !ok {
		tr = memory.New(slog.New(slog.DiscardHandler))
		s.spaces[space] = tr
		t.Cleanup(func() { tr.Close() })
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &session{tr: tr, open: ctx, end: cancel}
}

// session is one connection to a server.
type session struct {
	tr    events.Transport
	open  context.Context
	end   context.CancelFunc
	mu    sync.Mutex
	calls sync.WaitGroup
}

// enter begins a call, which must not begin once Close has.
func (s *session) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open.Err() != nil {
		return events.ErrClosed
	}
	s.calls.Add(1)
	return nil
}

func (s *session) Declare(ctx context.Context, sub events.Subscription) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	return s.tr.Declare(ctx, sub)
}

func (s *session) Publish(ctx context.Context, ces ...event.Event) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	return s.tr.Publish(ctx, ces...)
}

func (s *session) Consume(ctx context.Context, name string, h func(context.Context, events.Delivery) events.Verdict) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	either, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.open, cancel)()
	err := s.tr.Consume(either, name, h)
	if err == nil && ctx.Err() == nil {
		return events.ErrClosed
	}
	return err
}

func (s *session) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	return s.tr.DeadLetters(ctx)
}

func (s *session) Discard(ctx context.Context, letter string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.calls.Done()
	return s.tr.Discard(ctx, letter)
}

func (s *session) Close() error {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	s.calls.Wait()
	return nil
}
