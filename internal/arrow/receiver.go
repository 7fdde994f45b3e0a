package arrow

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Receiver is one address: it takes an event and answers with at most one,
// which is then the caller's alone. Its errors say how delivery goes on: see
// [Status]. Safe for concurrent use.
type Receiver func(ctx context.Context, ce event.Event) (*event.Event, error)
