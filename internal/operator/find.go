package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// bookingID is what ids of bookings look like: nothing else is asked of the
// store.
var bookingID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// departureID is what ids of departures look like.
var departureID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

var unknownBooking = notFound("No booking has this id.")

// find reads what the keeper knows of a booking. One that only the intake knows
// is as the keeper will see it: armed to be asked for when it was born so.
func (d Desk) find(ctx context.Context, id string) (saga.Record, error) {
	return findIn(ctx, d.Records, id)
}

func findIn(ctx context.Context, records *store.Records, id string) (saga.Record, error) {
	r, known, err := sagaIn(ctx, records, id)
	if known || err != nil {
		return r, err
	}
	in, err := record.ReadIntake(ctx, records, id)
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

// sagaIn reads the keeper's record of a booking; known is false where it has
// none.
func sagaIn(ctx context.Context, records *store.Records, id string) (r saga.Record, known bool, err error) {
	if !bookingID.MatchString(id) {
		return r, false, unknownBooking
	}
	row, err := records.Read(ctx, store.Key{Record: record.KindSaga, ID: id}, id)
	if err != nil || len(row.Entry) == 0 {
		return r, false, err
	}
	if err := json.Unmarshal(row.Entry, &r); err != nil {
		return r, false, arrow.Never(fmt.Errorf("saga %s: %w", arrow.Short(id), err))
	}
	return r, true, nil
}

// seat is what a booking has of its departure, by the departure's record: held,
// sold or none.
func (d Desk) seat(ctx context.Context, b booking.Booking) (string, error) {
	row, err := d.Records.Read(ctx, store.Key{Record: record.KindDeparture, ID: b.DepartureID}, b.ID)
	if err != nil || len(row.Entry) == 0 {
		return "none", err
	}
	var s booking.Seat
	if err := json.Unmarshal(row.Entry, &s); err != nil {
		return "", arrow.Never(fmt.Errorf("seat of %s: %w", arrow.Short(b.ID), err))
	}
	switch {
	case s.Taken() == 0:
		return "none", nil
	case s.Holding():
		return "held", nil
	}
	return "sold", nil
}
