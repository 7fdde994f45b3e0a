// Package notify sends one message to one person, in their language. Whether
// it was sent is the notification's record's to say; address and language are
// read from the intake in the act stroke, and are in no event. So is what the
// message tells besides: the tour as it is called and met now.
package notify

import (
	"cmp"
	"context"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/words"
)

// Function is the arrow over notifications, which words them by say (nil: the
// embedded words) and acts through the provider.
func Function(r *store.Records, say *words.Words, with record.Messages) arrow.Function {
	say = cmp.Or(say, words.Embedded())
	return record.Notification("notify", func(ctx context.Context, e events.Event, key string) (booking.Receipt, error) {
		in, err := record.ReadIntake(ctx, r, e.Data.ID)
		if err != nil {
			return booking.Receipt{}, err
		}
		if in.Customer == nil {
			return booking.Receipt{Refused: "customer_unknown"}, nil
		}
		is, err := record.ReadBooking(ctx, r, e.Data.ID)
		if err != nil {
			return booking.Receipt{}, err
		}
		if e.Occurrence == string(events.BookingConfirmed) && is.Closed != nil {
			return booking.Receipt{Refused: "superseded"}, nil
		}
		n, err := news(ctx, r, e)
		if err != nil {
			return booking.Receipt{}, err
		}
		n.Customer, n.Confirmed = *in.Customer, is.Confirmed != nil
		m, err := say.Say(n, e.Channel)
		if err != nil {
			return booking.Receipt{}, arrow.Never(err) // no template for what happened
		}
		m.Key, m.To = key, in.Customer.Email
		return with.Send(ctx, m)
	})
}

// news is what the event tells, and what is known of the departure.
func news(ctx context.Context, r *store.Records, e events.Event) (n words.News, err error) {
	n = words.News{Template: e.Occurrence, Booking: e.Booking, Reason: e.Reason, Amount: e.Amount, At: e.Time}
	if n.Booking.TourID == "" { // it has no seats
		d, err := record.ReadDeparture(ctx, r, e.DepartureID)
		if err != nil {
			return n, err
		}
		n.Booking.TourID, n.Booking.StartsAt, n.Booking.TimeZone = d.Terms.TourID, d.Terms.StartsAt, d.Terms.TimeZone
	}
	n.Tour, err = record.ReadTour(ctx, r, n.Booking.TourID)
	return n, err
}
