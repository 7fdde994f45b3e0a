package record

import (
	"context"
	"encoding/json"
	"errors"
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

// IndexOfCustomer names the list of the bookings whose intakes hold a customer's
// contact data, by when they were asked for.
func IndexOfCustomer(customerID string) string { return "customer/" + customerID + "/bookings" }

func ofCustomer(i booking.Intake, in bool) store.Index {
	x := store.Index{Name: IndexOfCustomer(i.CustomerID), Member: i.Booking.ID, In: in}
	if i.Requested != nil {
		x.Score = i.Requested.At.Unix()
	}
	return x
}

// Intake is an arrow over a request's record, whose id is the booking's. Its
// commit arms the saga, in the same stroke.
func Intake(name string, id func(events.Event) string, does arrow.Table[arrow.None, booking.Intake]) arrow.Function {
	return arrow.On[arrow.None, booking.Intake]{
		Name: name, Kind: KindIntake, Record: id, Entry: id, Does: does,
		Lines: func(_ arrow.None, i booking.Intake) []store.Line {
			return []store.Line{{Name: saga.WakeLine(i.Booking.ID), At: i.Requested.At.Add(BornArmed)}}
		},
		Index: func(_ arrow.None, i booking.Intake) []store.Index {
			return []store.Index{ofCustomer(i, i.CustomerID != "" && i.Private())}
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

// EraseIntake erases a booking's contact data and card. The booking stays in
// the list of its customer until [UnlistIntake], so that what else there is of
// them is found again by who was interrupted.
func EraseIntake(ctx context.Context, r *store.Records, bookingID string) error {
	return changeIntake(ctx, r, bookingID, func(i booking.Intake) (store.Change, error) {
		if !i.Private() {
			return store.Change{}, nil
		}
		raw, err := json.Marshal(i.Erase())
		return store.Change{Entry: raw}, err
	})
}

// UnlistIntake takes a booking that was erased out of the list of its customer.
func UnlistIntake(ctx context.Context, r *store.Records, bookingID string) error {
	return changeIntake(ctx, r, bookingID, func(i booking.Intake) (store.Change, error) {
		return store.Change{Index: []store.Index{ofCustomer(i, i.Private())}}, nil
	})
}

var errUnreadable = errors.New("it cannot be read")

func changeIntake(ctx context.Context, r *store.Records, bookingID string, change func(booking.Intake) (store.Change, error)) error {
	err := r.Update(ctx, store.Key{Record: KindIntake, ID: bookingID}, bookingID, func(row store.Row) (store.Change, error) {
		var i booking.Intake
		if len(row.Entry) == 0 {
			return store.Change{}, nil
		}
		if err := parse.JSON(row.Entry, &i); err != nil {
			return store.Change{}, errUnreadable // the error itself may quote it
		}
		return change(i)
	})
	if err != nil {
		return fmt.Errorf("erase intake: %w", err)
	}
	return nil
}

// ReadBooking reads how a booking stands by its own record: for act strokes and
// sources only. One that is not there was neither confirmed nor closed.
func ReadBooking(ctx context.Context, r *store.Records, bookingID string) (booking.Record, error) {
	var b booking.Record
	row, err := r.Read(ctx, store.Key{Record: KindBooking, ID: bookingID}, bookingID)
	if err != nil {
		return b, fmt.Errorf("read booking: %w", err)
	}
	if len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &b)
	}
	return b, err
}

// ReadTour and ReadDeparture read what is on offer: for act strokes and sources
// only. What is not there is zero.
func ReadTour(ctx context.Context, r *store.Records, id string) (booking.Tour, error) {
	return readHead[booking.Tour](ctx, r, KindTour, id)
}

// ReadDeparture is [ReadTour] for a departure.
func ReadDeparture(ctx context.Context, r *store.Records, id string) (booking.Departure, error) {
	return readHead[booking.Departure](ctx, r, KindDeparture, id)
}

func readHead[H any](ctx context.Context, r *store.Records, kind, id string) (head H, err error) {
	if id == "" {
		return head, nil
	}
	row, err := r.Read(ctx, store.Key{Record: kind, ID: id}, "")
	if err == nil && len(row.Head) > 0 {
		err = parse.JSON(row.Head, &head)
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", kind, err)
	}
	return head, err
}
