// Package notify sends one message to one person, in their language. Whether
// it was sent is the notification's record's to say; address and language are
// read from the intake in the act stroke, and are in no event.
package notify

import (
	"context"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Function is the arrow over notifications, which acts through the provider.
func Function(r *store.Records, with record.Messages) arrow.Function {
	return record.Notification("notify", func(ctx context.Context, e events.Event, key string) (booking.Receipt, error) {
		in, err := record.ReadIntake(ctx, r, e.Data.ID)
		if err != nil {
			return booking.Receipt{}, err
		}
		if in.Customer == nil {
			return booking.Receipt{Refused: "customer_unknown"}, nil
		}
		if e.Occurrence == string(events.BookingConfirmed) {
			if closed, err := record.Closed(ctx, r, e.Data.ID); closed || err != nil {
				return booking.Receipt{Refused: "superseded"}, err
			}
		}
		m, err := render(e, *in.Customer)
		if err != nil {
			return booking.Receipt{}, arrow.Never(err) // no template for what happened
		}
		m.Key = key
		return with.Send(ctx, m)
	})
}
