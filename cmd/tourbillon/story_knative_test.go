package main

import (
	"context"
	"log/slog"
	"net/url"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
)

// theirIngress is the variable that says where Knative's own ingress of the
// Broker bookings is, where it is that which the system publishes to.
const theirIngress = "STORY_KNATIVE_INGRESS"

// theirBroker is a Broker that somebody else runs: what is published goes to its
// ingress, and whoever runs it calls the functions. It has no dead letters.
type theirBroker struct {
	*memory.Transport
	to httpSink
}

// somebodys is what the variable others becomes where a Broker is somebody else's.
func somebodys(broker, ingress string) func(string, *slog.Logger) events.Transport {
	return func(name string, log *slog.Logger) events.Transport {
		to, err := url.Parse(ingress)
		if name != broker || err != nil {
			return nil
		}
		return theirBroker{memory.New(log), httpSink{to}}
	}
}

// Publish posts the events to the ingress.
func (b theirBroker) Publish(ctx context.Context, ces ...event.Event) error {
	return b.to.Publish(ctx, ces...)
}

// Consume delivers nothing.
func (b theirBroker) Consume(ctx context.Context, _ string, _ func(context.Context, events.Delivery) events.Verdict) error {
	<-ctx.Done()
	return nil
}
