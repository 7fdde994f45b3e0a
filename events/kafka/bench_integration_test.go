//go:build integration

package kafka_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// BenchmarkHop is one event from Publish to its handle, one after the other.
func BenchmarkHop(b *testing.B) {
	tr := open(b, realSettings(b))
	declare(b, tr, "s", facts)
	got, _ := inbox(b, tr, "s")
	publish(b, tr, fact("first", "k"))
	await(b, "the first event", got)
	for i := 0; b.Loop(); i++ {
		publish(b, tr, fact(fmt.Sprint(i), fmt.Sprint(i)))
		<-got
	}
}

// BenchmarkPublish has 64 publish at once.
func BenchmarkPublish(b *testing.B) {
	tr := open(b, realSettings(b))
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			publish(b, tr, fact(fmt.Sprint(i), fmt.Sprint(i)))
		}
	})
}

// BenchmarkRead reads the history in pages of 1000.
func BenchmarkRead(b *testing.B) {
	tr := open(b, realSettings(b))
	for i := range 50 {
		var ces []event.Event
		for j := range 200 {
			ces = append(ces, fact(fmt.Sprint(i, "-", j), fmt.Sprint(j)))
		}
		publish(b, tr, ces...)
	}
	cursor, n := "", 0
	for b.Loop() {
		if n == 0 {
			ces, next, err := tr.Read(b.Context(), cursor, 1000)
			if err != nil {
				b.Fatal(err)
			}
			if n, cursor = len(ces), next; n == 0 {
				cursor = ""
				n = 1
			}
		}
		n--
	}
}

// TestIntegration_Thirty has as many subscriptions in one process as the
// manifests have, and says what joining costs them.
func TestIntegration_Thirty(t *testing.T) {
	s := realSettings(t)
	s.Partitions = 6
	tr := open(t, s)
	began := time.Now()
	const n = 30
	all := make(chan events.Delivery, n)
	for i := range n {
		name := fmt.Sprint("s", i)
		declare(t, tr, name, events.Filter{"name": "payment.succeeded"})
		consume(t, tr, name, func(d events.Delivery) events.Verdict {
			all <- d
			return events.Verdict{}
		})
	}
	declared := time.Since(began)
	publish(t, tr, fact("one", "k"))
	for range n {
		await(t, "each subscription's copy", all)
	}
	t.Logf("declared after %v, each has its event after %v", declared, time.Since(began))
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("it took %v until %d subscriptions had their event", d, n)
	}
}
