package arrow

import (
	"context"

	"tourbillon/events"
)

// Sink is where a source publishes to. Publish returns nil only when every
// event is safely with the broker; a source says that all is well after that
// and not before. Safe for concurrent use.
type Sink interface {
	Publish(ctx context.Context, es ...events.Event) error
}
