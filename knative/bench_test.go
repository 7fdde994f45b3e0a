package knative_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// BenchmarkRunner_Hop is one delivery in this process whose function answers
// with a fact, from the publishing of its cause to that of the answer.
func BenchmarkRunner_Hop(b *testing.B) {
	m := read(b, broker("RabbitMQBroker", delivery("retry: 8")+"\n    timeout: PT30S")+service("a")+to("hop", "a", wants("to: a, kind: command"), ""))
	var left sync.WaitGroup
	fact := said("fact", "kind", "fact", "name", "tour.spots.reserved", "flow", "choreography", "saga", "step",
		"correlationid", "3f1c", "causationid", "command", "partitionkey", "3f1c", "record", "departure", "recordversion", "7")
	s := play(b, m, map[string]arrow.Receiver{"a": func(context.Context, event.Event) (*event.Event, error) {
		left.Done()
		return &fact, nil
	}}, func(o *knative.Options) { o.Transports["main"] = memory.New(nil) })
	command := said("command", "kind", "command", "to", "a", "name", "tour.spots.reserve", "flow", "choreography",
		"correlationid", "3f1c", "partitionkey", "3f1c")
	left.Add(1)
	began := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		left.Add(1)
		for errors.Is(s.Publish(context.Background(), "main", command), events.ErrFull) {
			runtime.Gosched()
		}
	}
	left.Done()
	left.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "hops/s")
	s.stop()
}
