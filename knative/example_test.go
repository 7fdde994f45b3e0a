package knative_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// Two functions that hear each other, as their manifests say.
func Example() {
	text := broker("RabbitMQBroker", delivery("retry: 3")) + service("reserve") + service("charge") +
		to("asked", "reserve", wants("type: asked"), "") + to("reserved", "charge", wants("type: reserved"), "")
	m, err := knative.Read(fstest.MapFS{"bookings.yaml": {Data: []byte(text)}})
	if err != nil {
		fmt.Println(err) // all that is wrong, with file and line
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	broker := memory.New(nil)
	r, err := knative.New(ctx, knative.Options{
		Manifests:  m,
		Transports: map[string]events.Transport{"main": broker},
		Functions: map[string]arrow.Receiver{
			"reserve": func(_ context.Context, ce event.Event) (*event.Event, error) {
				fmt.Println("reserve hears", ce.Type())
				answer := said("2", "type", "reserved")
				return &answer, nil
			},
			"charge": func(_ context.Context, ce event.Event) (*event.Event, error) {
				fmt.Println("charge hears", ce.Type())
				stop()
				return nil, nil
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := r.Publish(ctx, "main", said("1", "type", "asked")); err != nil {
		fmt.Println("publish again:", err)
	}
	fmt.Println(r.Run(ctx), broker.Close())
	// Output:
	// reserve hears asked
	// charge hears reserved
	// <nil> <nil>
}
