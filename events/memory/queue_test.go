package memory

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func TestRing(t *testing.T) {
	t.Run("it gives back what it was given, in that order, whatever it grew through", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		var ring ring
		var want, got []int
		for i := range 10_000 {
			ring.push(item{tries: i})
			want = append(want, i)
			for ring.n > 0 && r.IntN(100) < 49 {
				got = append(got, ring.pop().tries)
			}
		}
		for ring.n > 0 {
			got = append(got, ring.pop().tries)
		}
		if !slices.Equal(got, want) {
			t.Error("order or number differ")
		}
	})
}

func TestClose(t *testing.T) {
	t.Run("nothing waits and no timer runs afterwards, not even for what was in flight", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := New(nil)
			if err := tr.Declare(t.Context(), events.Subscription{Name: "s", Concurrency: 1}); err != nil {
				t.Fatal(err)
			}
			ce := event.New()
			ce.SetID("e")
			ce.SetSource("/s")
			ce.SetType("t")
			if err := tr.Publish(t.Context(), ce, ce, ce); err != nil {
				t.Fatal(err)
			}
			again := make(chan time.Duration)
			go tr.Consume(t.Context(), "s", func(context.Context, events.Delivery) events.Verdict {
				return events.Verdict{Again: <-again}
			})
			again <- time.Hour
			synctest.Wait()
			go tr.Close()
			synctest.Wait()
			again <- time.Minute
			synctest.Wait()
			q := tr.queues["s"]
			if n := q.waiting(); n != 0 {
				t.Errorf("%d events wait", n)
			}
			if q.timer.Stop() {
				t.Error("the timer ran")
			}
		})
	})
}
