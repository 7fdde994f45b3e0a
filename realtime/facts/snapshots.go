package facts

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/realtime"
)

// Snapshots are a [realtime.Snapshots]: what the records say.
type Snapshots struct {
	Records *store.Records
	Epoch   *Epoch
	Letters func(context.Context) (json.RawMessage, error) // how the dead letters stand; nil: that is no topic
	Now     func() time.Time                               // nil is time.Now
	Most    int                                            // departures that a group has, soonest first; 0 is 1,000
}

// Read implements [realtime.Snapshots].
func (s *Snapshots) Read(ctx context.Context, t realtime.Topic) (v realtime.Value, err error) {
	epoch, err := s.Epoch.Now(ctx)
	if err != nil {
		return v, err
	}
	v = realtime.Value{Topic: t, Epoch: epoch}
	switch t.Kind {
	case realtime.Departure:
		var d booking.Departure
		d, err = s.departure(ctx, t.ID)
		if err == nil && d.State == "" {
			err = realtime.ErrUnknown
		}
		v.Version, v.Data = d.Version, must(departureData{t.ID, d.Stock()})
	case realtime.Booking:
		v.Version, v.Data, err = s.booking(ctx, t.ID)
	case realtime.Sagas:
		v.Epoch = ""
		v.Data, err = s.sagas(ctx)
	case realtime.DeadLetters:
		if v.Epoch, err = "", realtime.ErrUnknown; s.Letters != nil {
			v.Data, err = s.Letters(ctx)
		}
	default:
		err = realtime.ErrUnknown
	}
	if err != nil {
		return realtime.Value{}, fmt.Errorf("read %s: %w", t.Kind, err)
	}
	return v, nil
}

func (s *Snapshots) departure(ctx context.Context, id string) (d booking.Departure, err error) {
	row, err := s.Records.Read(ctx, store.Key{Record: record.KindDeparture, ID: id}, "")
	if err == nil && len(row.Head) > 0 {
		err = json.Unmarshal(row.Head, &d)
	}
	return d, err
}

// booking is how a booking stands by its own record; before that was written,
// by its request.
func (s *Snapshots) booking(ctx context.Context, id string) (uint64, json.RawMessage, error) {
	row, err := s.Records.Read(ctx, store.Key{Record: record.KindBooking, ID: id}, id)
	var own booking.Record
	if err == nil && len(row.Entry) > 0 {
		err = json.Unmarshal(row.Entry, &own)
	}
	if err != nil {
		return 0, nil, err
	}
	if own.Version > 0 {
		data := bookingData{ID: id, Status: own.Status(), DepartureID: own.Booking.DepartureID, Seats: own.Booking.Seats}
		if own.Closed != nil {
			data.Reason = own.Closed.Reason
		}
		return own.Version, must(data), nil
	}
	intake, err := record.ReadIntake(ctx, s.Records, id)
	if err == nil && intake.Requested == nil {
		err = realtime.ErrUnknown
	}
	return 0, must(bookingData{ID: id, Status: booking.StatusPending, DepartureID: intake.Booking.DepartureID, Seats: intake.Booking.Seats}), err
}

// sagas are how many there are by status, and how many want an operator.
func (s *Snapshots) sagas(ctx context.Context) (json.RawMessage, error) {
	is := struct {
		ByStatus        map[booking.Status]int `json:"byStatus"`
		Stuck           int                    `json:"stuck"`
		UndoOwed        int                    `json:"undoOwed"`
		PaidWithoutSeat int                    `json:"paidWithoutSeat"`
	}{ByStatus: map[booking.Status]int{}}
	var err error
	count := func(index string) (n int) {
		if err == nil {
			n, err = s.Records.Count(ctx, index)
		}
		return n
	}
	for _, status := range booking.Statuses() {
		is.ByStatus[status] = count(record.IndexSagas(status))
	}
	is.Stuck, is.UndoOwed, is.PaidWithoutSeat = count(record.IndexStuck), count(record.IndexUndoOwed), count(record.IndexPaidWithoutSeat)
	return must(is), err
}

// Members implements [realtime.Snapshots]: the departures that have not left.
func (s *Snapshots) Members(ctx context.Context, group realtime.Topic) (all []realtime.Value, err error) {
	epoch, err := s.Epoch.Now(ctx)
	if err != nil {
		return nil, err
	}
	if group.Kind == realtime.Tour {
		if err := s.tour(ctx, group.ID); err != nil {
			return nil, fmt.Errorf("read tour: %w", err)
		}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	most := cmp.Or(s.Most, 1000)
	cursor := store.From(record.IndexDepartures, now().Unix())
	for more := true; more && len(all) < most; more = cursor != "" {
		page, err := s.Records.List(ctx, record.IndexDepartures, cursor, min(200, most-len(all)))
		if err != nil {
			return nil, fmt.Errorf("list departures: %w", err)
		}
		for _, id := range page.Members {
			d, err := s.departure(ctx, id)
			if err != nil {
				return nil, fmt.Errorf("read departure: %w", err)
			}
			if d.State != "" && (group.Kind == realtime.Tours || d.Terms.TourID == group.ID) {
				all = append(all, realtime.Value{Topic: realtime.Topic{Kind: realtime.Departure, ID: id}, Epoch: epoch, Version: d.Version, Data: must(departureData{id, d.Stock()})})
			}
		}
		cursor = page.Next
	}
	return all, nil
}

func (s *Snapshots) tour(ctx context.Context, id string) error {
	row, err := s.Records.Read(ctx, store.Key{Record: record.KindTour, ID: id}, "")
	if err == nil && len(row.Head) == 0 {
		err = realtime.ErrUnknown
	}
	return err
}

// Ping implements [realtime.Snapshots].
func (s *Snapshots) Ping(ctx context.Context) error {
	_, err := s.Records.Count(ctx, record.IndexTours)
	return err
}
