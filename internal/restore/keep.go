package restore

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// keep makes a saga's record anew: its facts, one after another, through
// [saga.Plans.Decide], each at the time at which it was said, so that the
// command that was due last is armed again. What the keeper has stated itself
// is taken as it was stated.
func keep(ps saga.Plans, is audit.Booking) (saga.Record, error) {
	all, err := heard(is)
	if err != nil {
		return saga.Record{}, err
	}
	var r saga.Record
	for _, e := range all {
		r, _ = ps.Decide(r, e, e.Time)
	}
	r.Ends = nil
	for _, e := range is.Ends {
		r.Ends = append(r.Ends, saga.End(e))
	}
	r.Stuck, r.StuckOn, r.StuckBy, r.StuckSince = is.Stuck, events.Name(is.StuckOn), is.StuckBy, time.Time{}
	if r.Stuck != nil && r.Armed.Step == r.StuckOn {
		r.StuckSince = r.Armed.Since // an operator was told of this very step
	}
	r.Version = is.Version
	return r, nil
}

// heard are the facts of a booking that a keeper hears, in the order of their
// times.
func heard(is audit.Booking) ([]events.Event, error) {
	var all []events.Event
	add := func(kind, id string, entry any, there bool) error {
		if !there {
			return nil
		}
		raw, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		said, err := Said(kind, id, is.ID, raw)
		for _, e := range said {
			if e.Step {
				e.CausationID = cmp.Or(is.Causes[e.ID], e.CausationID)
				all = append(all, e)
			}
		}
		return err
	}
	intake := booking.Intake{Booking: is.Asked, Requested: is.Requested}
	err := cmp.Or(
		add(record.KindIntake, is.ID, intake, is.Requested != nil),
		add(record.KindDeparture, is.Seat.Booking.DepartureID, is.Seat, is.Seat.Booking.ID != ""),
		add(record.KindBooking, is.ID, is.Own, is.Own.Version > 0),
		add(record.KindPayment, is.ID, leased[booking.Payment]{is.Payment}, is.Payment.Version > 0))
	for id, n := range is.Messages {
		err = cmp.Or(err, add(record.KindNotification, id, leased[booking.Notification]{n}, true))
	}
	slices.SortFunc(all, func(a, b events.Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}
