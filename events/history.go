package events

import (
	"context"

	"github.com/cloudevents/sdk-go/v2/event"
)

// History is what was published to a broker, readable again.
//
// Read returns up to limit events in the order in which they were taken,
// beginning after cursor, and the cursor of what follows: the empty cursor is
// the beginning of what is kept, and no events means that there are no more so
// far. Delivery is at least once, so an event may be there twice. Safe for
// concurrent use.
type History interface {
	Read(ctx context.Context, cursor string, limit int) (ces []event.Event, next string, err error)
}
