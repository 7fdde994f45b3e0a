package memory_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"tourbillon/events"
)

// twenty are subscriptions as the system has them; one wants the fact.
func twenty() (all []events.Subscription) {
	for i := range 19 {
		f := events.Filter{"kind": "command", "to": fmt.Sprint("function-", i)}
		if i%2 == 0 {
			f = events.Filter{"name": fmt.Sprint("name-", i), "flow": "choreography"}
		}
		all = append(all, events.Subscription{Name: fmt.Sprint("s", i), Filter: f, Concurrency: 1})
	}
	return append(all, events.Subscription{
		Name: "mine", Filter: events.Filter{"name": "payment.succeeded", "flow": "choreography"}, Concurrency: 4,
	})
}

// BenchmarkPublishConsume is an event's way from publisher to handle.
func BenchmarkPublishConsume(b *testing.B) {
	for _, subscriptions := range [][]events.Subscription{twenty()[19:], twenty()} {
		b.Run(fmt.Sprintf("subscriptions=%d", len(subscriptions)), func(b *testing.B) {
			tr := open(b, subscriptions...)
			var left sync.WaitGroup
			left.Add(1) // until all are published
			ctx, cancel := context.WithCancel(context.Background())
			stopped := make(chan error)
			go func() {
				stopped <- tr.Consume(ctx, "mine", func(context.Context, events.Delivery) events.Verdict {
					left.Done()
					return events.Verdict{}
				})
			}()
			ce := fact("paid")
			b.ReportAllocs()
			for b.Loop() {
				left.Add(1)
				for errors.Is(tr.Publish(ctx, ce), events.ErrFull) {
					runtime.Gosched()
				}
			}
			left.Done()
			left.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			cancel()
			<-stopped
		})
	}
}

// BenchmarkPublish is what publishing costs where nobody wants the event.
func BenchmarkPublish(b *testing.B) {
	tr := open(b, twenty()[:19]...)
	ce := fact("paid")
	b.ReportAllocs()
	for b.Loop() {
		publish(b, tr, ce)
	}
}
