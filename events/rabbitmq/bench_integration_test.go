//go:build integration

package rabbitmq

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
)

// BenchmarkHop is one event's way at concurrency 1: published, stored,
// confirmed, handed over and acknowledged.
func BenchmarkHop(b *testing.B) {
	tr, _ := opened(b, Settings{})
	came, end := consuming(b, tr, 1)
	defer end()
	var took, confirmed []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if err := tr.Publish(b.Context(), either(fmt.Sprint(i), false)); err != nil {
			b.Fatal(err)
		}
		confirmed = append(confirmed, time.Since(began))
		<-came
		took = append(took, time.Since(began))
	}
	for name, all := range map[string][]time.Duration{"hop": took, "confirm": confirmed} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds()), name+"-p50-µs")
		b.ReportMetric(float64(all[len(all)*95/100].Microseconds()), name+"-p95-µs")
	}
}

// BenchmarkThroughput is how many events pass with many publishers at once.
func BenchmarkThroughput(b *testing.B) {
	for _, publishers := range []int{8, 64} {
		b.Run(fmt.Sprintf("publishers=%d", publishers), func(b *testing.B) {
			tr, _ := opened(b, Settings{})
			came, end := consuming(b, tr, 32)
			defer end()
			b.ResetTimer()
			var work sync.WaitGroup
			next := make(chan int, publishers)
			for range publishers {
				work.Go(func() {
					for i := range next {
						if err := tr.Publish(b.Context(), either(fmt.Sprint(i), false)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			work.Go(func() {
				for i := range b.N {
					next <- i
				}
				close(next)
			})
			for range b.N {
				<-came
			}
			work.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// consuming consumes the commands for charge.
func consuming(b *testing.B, tr *Transport, concurrency int) (came <-chan string, end func()) {
	s := events.Subscription{Name: "charge", Filter: events.Filter{"kind": "command", "to": "charge"}, Concurrency: concurrency}
	if err := tr.Declare(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	all := make(chan string, 1<<20)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- tr.Consume(ctx, "charge", func(_ context.Context, d events.Delivery) events.Verdict {
			all <- d.Event.ID()
			return events.Verdict{}
		})
	}()
	return all, func() {
		cancel()
		if err := <-stopped; err != nil {
			b.Error(err)
		}
	}
}
