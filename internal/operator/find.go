package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// bookingID is what ids of bookings look like: nothing else is asked of the
// store.
var bookingID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

var unknownBooking = notFound("No booking has this id.")

// find reads what the keeper knows of a booking. One that only the intake knows
// is as the keeper will see it: armed to be asked for when it was born so.
func (d Desk) find(ctx context.Context, id string) (saga.Record, error) {
	r, known, err := d.saga(ctx, id)
	if known || err != nil {
		return r, err
	}
	in, err := record.ReadIntake(ctx, d.Records, id)
	if err != nil {
		return saga.Record{}, err
	}
	if in.Requested == nil {
		return saga.Record{}, unknownBooking
	}
	asked := in.Requested.At
	return saga.Record{Booking: in.Booking, Armed: saga.Armed{
		Step: events.BookingRequest, Since: asked, Due: asked.Add(record.BornArmed),
	}}, nil
}

// saga reads the keeper's record of a booking; known is false where it has none.
func (d Desk) saga(ctx context.Context, id string) (r saga.Record, known bool, err error) {
	if !bookingID.MatchString(id) {
		return r, false, unknownBooking
	}
	row, err := d.Records.Read(ctx, store.Key{Record: record.KindSaga, ID: id}, id)
	if err != nil || len(row.Entry) == 0 {
		return r, false, err
	}
	if err := json.Unmarshal(row.Entry, &r); err != nil {
		return r, false, arrow.Never(fmt.Errorf("saga %s: %w", arrow.Short(id), err))
	}
	return r, true, nil
}
