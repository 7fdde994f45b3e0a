package announce

import (
	"cmp"
	"context"
	"fmt"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// occurrence is what happened, and the words for it.
type occurrence struct {
	name     string // by which it is told once
	template string
}

// happened is what there is to tell of an event:
//
//	what happened                          who hears                    once for each
//	a booking ended: notification.announce who made it                  ending
//	  (orchestration), or sold, released
//	payment.succeeded                      who made the booking         booking
//	payment.refund.failed                  who made it                  booking
//	payment.refunded                       who made it, unless its      refund
//	                                       ending tells it
//	tour.departure.changed: time or place  who has a confirmed booking  change
//	tour.departure.cancelled, seats low,   who watches the departure    fact
//	  seats back
//
// The rest is told by an ending, which says why: payment.failed that a card was
// declined, payment.voided that nothing was charged, and a cancelled departure
// that its bookings are.
func happened(e events.Event) occurrence {
	name := string(e.Name)
	switch e.Name {
	case events.Announce:
		name = cmp.Or(e.Occurrence, events.Occurrence(e.Status))
		return occurrence{name, cmp.Or(e.Template, name)}
	case events.SpotsSold, events.SpotsReleased:
		name = events.Occurrence(e.Status)
	case events.PaymentRefunded:
		return occurrence{e.ID, name}
	}
	return occurrence{name, name}
}

// about is the booking that something is told about, as events tell it; false
// is that it is not to be told.
func (s function) about(ctx context.Context, e events.Event, what occurrence) (b booking.Booking, tell bool, err error) {
	switch what.template {
	case string(events.PaymentRefunded):
		covered, err := s.endingTells(ctx, e)
		return e.Booking, !covered, err
	case string(events.DepartureChanged):
		is, err := record.ReadBooking(ctx, s.Records, e.Data.ID)
		b, b.Status = is.Booking, is.Status()
		return b, is.Confirmed != nil && is.Closed == nil, err
	}
	return e.Booking, true, nil
}

// endingTells reports whether a refund is told by the booking's ending: that
// comes after it. A refund that was done after its customer was told of the
// ending is told by itself.
func (s function) endingTells(ctx context.Context, e events.Event) (bool, error) {
	if e.Amount == nil || e.Amount.Amount == 0 {
		return true, nil
	}
	row, err := s.Records.Read(ctx, store.Key{Record: record.KindSaga, ID: e.Data.ID}, e.Data.ID)
	if err != nil {
		return false, fmt.Errorf("read saga: %w", err)
	}
	keeper, err := arrow.Entry[saga.Record](row.Entry)
	for _, end := range keeper.Ends {
		if end.Occurrence != string(events.BookingConfirmed) && end.Said.At.Before(e.Time) {
			return false, err
		}
	}
	return true, err
}
