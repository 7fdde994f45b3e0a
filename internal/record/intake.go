package record

import (
	"context"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// BornArmed is how long after a request the keeper is woken, should nobody
// have told it of the booking.
const BornArmed = 30 * time.Second

// Intake is an arrow over a request's record, whose id is the booking's. Its
// commit arms the saga, in the same stroke.
func Intake(name string, id func(events.Event) string, does arrow.Table[arrow.None, booking.Intake]) arrow.Function {
	return arrow.On[arrow.None, booking.Intake]{
		Name: name, Kind: KindIntake, Record: id, Entry: id, Does: does,
		Lines: func(_ arrow.None, i booking.Intake) []store.Line {
			return []store.Line{{Name: saga.WakeLine(i.Booking.ID), At: i.Requested.At.Add(BornArmed)}}
		},
	}
}

// ReadIntake reads who asked for a booking: for act strokes and sources only,
// never to decide on. An intake that is gone or erased has no customer.
func ReadIntake(ctx context.Context, r *store.Records, bookingID string) (booking.Intake, error) {
	var in booking.Intake
	row, err := r.Read(ctx, store.Key{Record: KindIntake, ID: bookingID}, bookingID)
	if err != nil {
		return in, fmt.Errorf("read intake: %w", err)
	}
	if len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &in)
	}
	return in, err
}

// Closed reports whether a booking is closed by now: for act strokes, which
// must not bring old news.
func Closed(ctx context.Context, r *store.Records, bookingID string) (bool, error) {
	var b booking.Record
	row, err := r.Read(ctx, store.Key{Record: KindBooking, ID: bookingID}, bookingID)
	if err != nil {
		return false, fmt.Errorf("read booking: %w", err)
	}
	if len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &b)
	}
	return b.Closed != nil, err
}
