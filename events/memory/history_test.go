package memory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func numbered(i int) event.Event {
	ce := event.New()
	ce.SetID(fmt.Sprint(i))
	ce.SetSource("/test")
	ce.SetType("t")
	return ce
}

func TestHistory_Read(t *testing.T) {
	h := NewHistory(slog.New(slog.DiscardHandler))
	h.most = 5
	read := func(cursor string, limit int) (ids []string, next string) {
		t.Helper()
		ces, next, err := h.Read(t.Context(), cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, ce := range ces {
			ids = append(ids, ce.ID())
		}
		return ids, next
	}
	_, start := read("", 10)
	for i := range 3 {
		if err := h.Publish(t.Context(), numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("it is read page by page, in order", func(t *testing.T) {
		first, next := read(start, 2)
		second, end := read(next, 2)
		third, still := read(end, 2)
		if got := slices.Concat(first, second, third); !slices.Equal(got, []string{"0", "1", "2"}) || still != end {
			t.Errorf("got %q, ending at %q, then %q", got, end, still)
		}
	})
	t.Run("what was read stays as it was", func(t *testing.T) {
		ces, _, err := h.Read(t.Context(), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		ces[0].SetID("changed")
		if ids, _ := read("", 1); ids[0] != "0" {
			t.Errorf("got %q", ids)
		}
	})
	t.Run("beyond the bound the oldest go, and a cursor to them goes on with the oldest kept", func(t *testing.T) {
		for i := 3; i < 9; i++ {
			if err := h.Publish(t.Context(), numbered(i)); err != nil {
				t.Fatal(err)
			}
		}
		if ids, _ := read(h.name+"-1", 10); !slices.Equal(ids, []string{"4", "5", "6", "7", "8"}) {
			t.Errorf("got %q", ids)
		}
	})
	t.Run("what is not a cursor is refused", func(t *testing.T) {
		if _, _, err := h.Read(t.Context(), "x", 1); !errors.Is(err, events.ErrCursor) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what was not taken is not kept", func(t *testing.T) {
		if err := h.Publish(t.Context(), event.Event{}); err == nil {
			t.Fatal("an event that is none is taken")
		}
		if ids, _ := read("", 10); len(ids) != 5 {
			t.Errorf("got %q", ids)
		}
	})
}

// TestHistory_CauseFirst answers each event by another as soon as it is
// delivered: each is kept after the one that it answers.
func TestHistory_CauseFirst(t *testing.T) {
	h := NewHistory(slog.New(slog.DiscardHandler))
	for s, filter := range map[string]events.Filter{"asked": {"type": "t"}, "answered": {"type": "answer"}} {
		if err := h.Declare(t.Context(), events.Subscription{Name: s, Filter: filter, Concurrency: 1}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var consuming sync.WaitGroup
	answered := make(chan struct{}, 1)
	consume := func(name string, do func(event.Event) error) {
		consuming.Go(func() {
			err := h.Consume(ctx, name, func(_ context.Context, d events.Delivery) (v events.Verdict) {
				if err := do(d.Event); err != nil {
					v.Dead = err.Error()
				}
				return v
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	consume("asked", func(ce event.Event) error {
		ce.SetType("answer")
		return h.Publish(ctx, ce)
	})
	consume("answered", func(event.Event) error {
		answered <- struct{}{}
		return nil
	})
	const n = 5000
	for i := range n {
		if err := h.Publish(ctx, numbered(i)); err != nil {
			t.Fatal(err)
		}
		<-answered
	}
	cancel()
	consuming.Wait()
	ces, _, err := h.Read(t.Context(), "", 2*n)
	if err != nil || len(ces) != 2*n {
		t.Fatalf("%d are kept, %v", len(ces), err)
	}
	for i, ce := range ces {
		if (ce.Type() == "answer") != (i%2 == 1) {
			t.Fatalf("the answer to %s is kept before it", ce.ID())
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
