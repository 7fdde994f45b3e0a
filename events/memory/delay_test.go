package memory_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/events"
)

// consumed runs a consumer for some time and returns what it got and when, as
// "id tries after".
func consumed(t *testing.T, tr events.Transport, name string, long time.Duration, handle func(events.Delivery) events.Verdict) (log []string) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	err := tr.Consume(ctx, name, func(_ context.Context, d events.Delivery) events.Verdict {
		log = append(log, fmt.Sprint(d.Event.ID(), " ", d.Tries, " ", time.Since(began)))
		return handle(d)
	})
	if err != nil {
		t.Errorf("consume: %v", err)
	}
	return log
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

var one = events.Subscription{Name: "s", Concurrency: 1}

func TestVerdict(t *testing.T) {
	t.Run("what is put off comes to the instant, in the order of falling due", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			publish(t, tr, fact("a"), fact("b"), fact("c"), fact("d"))
			delays := map[string]time.Duration{"a": time.Hour, "b": time.Minute, "c": time.Second, "d": time.Minute}
			got := consumed(t, tr, "s", 2*time.Hour, func(d events.Delivery) events.Verdict {
				if d.Tries == 0 {
					return events.Verdict{Again: delays[d.Event.ID()]}
				}
				return events.Verdict{}
			})
			want(t, got, "a 0 0s", "b 0 0s", "c 0 0s", "d 0 0s", "c 1 1s", "b 1 1m0s", "d 1 1m0s", "a 1 1h0m0s")
		})
	})
	t.Run("what is put off waits for a consumer that comes later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			publish(t, tr, fact("a"))
			off := func(events.Delivery) events.Verdict { return events.Verdict{Again: time.Minute} }
			want(t, consumed(t, tr, "s", time.Second, off), "a 0 0s")
			time.Sleep(29 * time.Second)
			want(t, consumed(t, tr, "s", 31*time.Second, off), "a 1 30s")
			time.Sleep(time.Hour)
			want(t, consumed(t, tr, "s", time.Second, off), "a 2 0s")
		})
	})
	t.Run("what is put off is room taken", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, events.Subscription{Name: "s", Concurrency: 1, Bound: 1})
			publish(t, tr, fact("a"))
			consumed(t, tr, "s", time.Second, func(events.Delivery) events.Verdict { return events.Verdict{Again: time.Minute} })
			if err := tr.Publish(t.Context(), fact("b")); err == nil {
				t.Error("there was room for a second event")
			}
		})
	})
}

func TestPanic(t *testing.T) {
	t.Run("pauses double, up to the last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			publish(t, tr, fact("a"))
			got := consumed(t, tr, "s", time.Second, func(events.Delivery) events.Verdict { panic("planted") })
			want(t, got, "a 0 0s", "a 1 100ms", "a 2 300ms", "a 3 700ms")
		})
	})
	t.Run("a handle that always panics is asked once a minute in the end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			publish(t, tr, fact("a"))
			got := consumed(t, tr, "s", 24*time.Hour, func(events.Delivery) events.Verdict { panic("planted") })
			if n := len(got); n < 24*60 || n > 24*60+10 {
				t.Errorf("it was asked %d times in a day", n)
			}
		})
	})
}
