package memory_test

import (
	"context"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/events/memory"
)

// A subscription puts an event off, takes it the second time, and gives
// another up.
func Example() {
	tr := memory.New(nil)
	defer tr.Close()
	ctx, stop := context.WithCancel(context.Background())
	tr.Declare(ctx, events.Subscription{Name: "notify", Filter: events.Filter{"kind": "fact"}, Concurrency: 1})
	if err := tr.Publish(ctx, fact("paid"), fact("odd")); err != nil {
		fmt.Println("publish again:", err)
	}
	tr.Consume(ctx, "notify", func(_ context.Context, d events.Delivery) events.Verdict {
		fmt.Println(d.Event.ID(), "try", d.Tries)
		switch {
		case d.Event.ID() == "odd":
			return events.Verdict{Dead: "no such booking"}
		case d.Tries == 0:
			return events.Verdict{Again: 10 * time.Millisecond}
		}
		stop()
		return events.Verdict{}
	})
	letters, _ := tr.DeadLetters(context.Background())
	for _, l := range letters {
		fmt.Println("dead:", l.Event.ID(), "of", l.Subscription, "because", l.Reason)
	}
	// Output:
	// paid try 0
	// odd try 0
	// paid try 1
	// dead: odd of notify because no such booking
}
