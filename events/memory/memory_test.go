package memory_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/events/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTransport(t *testing.T) {
	f := transporttest.Features{Ordered: true, Bounded: true, AllOrNothing: true, Tells: true}
	transporttest.Run(t, f, func(*testing.T, string) events.Transport { return memory.New(slog.New(slog.DiscardHandler)) })
}

func TestHistory(t *testing.T) {
	f := transporttest.Features{Ordered: true, Bounded: true, AllOrNothing: true, Tells: true}
	transporttest.Run(t, f, func(*testing.T, string) events.Transport { return memory.NewHistory(slog.New(slog.DiscardHandler)) })
}

func open(t testing.TB, subscriptions ...events.Subscription) *memory.Transport {
	t.Helper()
	return openTo(t, io.Discard, subscriptions...)
}

func openTo(t testing.TB, log io.Writer, subscriptions ...events.Subscription) *memory.Transport {
	t.Helper()
	tr := memory.New(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, s := range subscriptions {
		if err := tr.Declare(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func fact(id string) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("/tourbillon/payment")
	ce.SetType(events.PaymentSucceeded.Type(1))
	for k, v := range map[string]string{"name": "payment.succeeded", "kind": "fact", "flow": "choreography", "partitionkey": "b1"} {
		ce.SetExtension(k, v)
	}
	return ce
}

func publish(t testing.TB, tr events.Transport, ces ...event.Event) {
	t.Helper()
	if err := tr.Publish(context.Background(), ces...); err != nil {
		t.Fatal(err)
	}
}

func TestPublish(t *testing.T) {
	t.Run("a bound is kept to the event, and default bounds too", func(t *testing.T) {
		for _, s := range []events.Subscription{{Name: "small", Concurrency: 1, Bound: 3}, {Name: "default", Concurrency: 1}} {
			tr := open(t, s)
			room := s.Bound
			if room == 0 {
				room = memory.Bound
			}
			for range room {
				publish(t, tr, fact("e"))
			}
			if err := tr.Publish(t.Context(), fact("e")); !errors.Is(err, events.ErrFull) {
				t.Errorf("%s: publish event %d: got %v; want ErrFull", s.Name, room+1, err)
			}
		}
	})
	t.Run("a context that has ended publishes nothing", func(t *testing.T) {
		tr := open(t, events.Subscription{Name: "s", Concurrency: 1, Bound: 1})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := tr.Publish(ctx, fact("e")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v; want context.Canceled", err)
		}
		publish(t, tr, fact("e")) // there is room still
	})
}

// halted is a context caught in the act: it has ended, and nobody who waits on
// Done was told yet.
type halted struct {
	context.Context
	err atomic.Pointer[error]
}

func (h *halted) Err() error {
	if err := h.err.Load(); err != nil {
		return *err
	}
	return h.Context.Err()
}

func TestConsume(t *testing.T) {
	t.Run("an event for which a consumer was woken that stops is taken by another", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			got := make(chan string, 1)
			handle := func(_ context.Context, d events.Delivery) events.Verdict {
				got <- d.Event.ID()
				return events.Verdict{}
			}
			stops := &halted{Context: t.Context()}
			for _, ctx := range []context.Context{stops, t.Context()} {
				go tr.Consume(ctx, "s", handle)
				synctest.Wait() // the first waits in front of the second
			}
			stops.err.Store(&context.Canceled)
			publish(t, tr, fact("e"))
			synctest.Wait()
			if len(got) != 1 {
				t.Error("the event waits, and so does the second consumer")
			}
		})
	})
	t.Run("a panic is logged with its function, event and stack, and not with what it says", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			tr := openTo(t, &log, one)
			publish(t, tr, fact("e-1"))
			consumed(t, tr, "s", time.Millisecond, func(events.Delivery) events.Verdict { panic("planted") })
			for _, part := range []string{"function=s", "event=e-1", "stack="} {
				if !strings.Contains(log.String(), part) {
					t.Errorf("the log has no %s: %.300s", part, &log)
				}
			}
			if strings.Contains(log.String(), "planted") {
				t.Errorf("the log tells what panicked: %s", &log)
			}
		})
	})
}
