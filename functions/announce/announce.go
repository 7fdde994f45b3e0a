// Package announce tells a customer how a booking ended. It is a source: it
// turns one ending into one notification.send per channel and recipient, whose
// ids are derived from what happened, so that saying it twice is saying it once.
package announce

import (
	"cmp"
	"context"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Function is the source of notifications.
func Function(r *store.Records, to arrow.Sink) arrow.Function { return function{r, to} }

type function struct {
	records *store.Records
	sink    arrow.Sink
}

// Names returns the command, and the facts that stand for it in choreography.
func (function) Names() []events.Name {
	return []events.Name{events.Announce, events.SpotsSold, events.SpotsReleased}
}

// Handle publishes the sends before it says that all is well. A booking whose
// customer is not known any more is told to nobody.
func (f function) Handle(ctx context.Context, _ arrow.Ports, e events.Event) (*events.Event, error) {
	in, err := record.ReadIntake(ctx, f.records, e.Data.ID)
	if err != nil {
		return nil, arrow.Again(err)
	}
	var sends []events.Event
	for _, channel := range channels(in) {
		d := events.Data{
			Booking: e.Booking, Reason: e.Reason, Amount: e.Amount,
			Occurrence: cmp.Or(e.Occurrence, events.Occurrence(e.Status)), Channel: channel, Recipient: in.CustomerID,
		}
		sends = append(sends, events.Tell(events.Send, d, e.Time).Render(events.Speaker{Function: "announce"}, e))
	}
	if err := f.sink.Publish(ctx, sends...); err != nil {
		return nil, arrow.Again(err)
	}
	return nil, nil
}

func channels(in booking.Intake) []string {
	if in.Customer == nil {
		return nil
	}
	return []string{"mail"}
}
