// Package record says of each kind of record what its arrows share: its name,
// how an event names it, what of it falls due, and which lists it is in. A
// function adds what it does, and nothing else.
package record

import (
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// The kinds of record.
const (
	KindTour         = "tour"
	KindDeparture    = "departure"
	KindIntake       = "intake"
	KindBooking      = "booking"
	KindPayment      = "payment"
	KindSaga         = "saga"
	KindNotification = "notification"
)

// HoldGrace is how long after a hold's end its seats wake the keeper.
const HoldGrace = time.Minute

// FanoutGrace is how long after its cancellation a departure that still has
// bookings has them listed again: until the last seat is back, as often as
// the clock claims.
const FanoutGrace = time.Minute

// IndexDepartures and IndexTours list all departures, by start, and tours.
const (
	IndexDepartures = "departures"
	IndexTours      = "tours"
)

// IndexBookings names the list of the bookings that have seats of a departure.
func IndexBookings(departureID string) string { return "departure/" + departureID + "/bookings" }

// IndexCommands names the list of the catalog commands that a tour's or a
// departure's record remembers: their entries, by the version that each was
// answered with.
func IndexCommands(kind, id string) string { return kind + "/" + id + "/commands" }

// IndexSagas names the list of sagas whose booking has the status, by the time
// their hold ends or ended.
func IndexSagas(s booking.Status) string { return "sagas/" + string(s) }

// IndexSagasOf names the list of all sagas of a departure's bookings, whatever
// became of them.
func IndexSagasOf(departureID string) string { return "departure/" + departureID + "/sagas" }

// The lists of sagas that a business asks for, in the order of [IndexSagas]: see
// [saga.Record.IsStuck] and the others.
const (
	IndexStuck           = "sagas/stuck"
	IndexUndoOwed        = "sagas/undo-owed"
	IndexPaidWithoutSeat = "sagas/paid-without-seat"
)

// sagaLists are the lists that a saga is in, and those that it might be in,
// always in the same order. One that is new is in those of the zero record.
func sagaLists(r saga.Record) (all []store.Index) {
	put := func(list string, in bool) {
		all = append(all, store.Index{Name: list, Member: r.Booking.ID, Score: r.Booking.ExpiresAt.Unix(), In: in})
	}
	is := r.Status()
	for _, s := range statuses {
		put(s.list, s.status == is)
	}
	put(IndexSagasOf(r.Booking.DepartureID), r.Booking.DepartureID != "")
	put(IndexStuck, r.IsStuck())
	put(IndexUndoOwed, r.OwesUndo())
	put(IndexPaidWithoutSeat, r.PaidWithoutSeat())
	return all
}

// statuses are the lists by status, named once.
var statuses = func() (all []struct {
	status booking.Status
	list   string
}) {
	for _, s := range booking.Statuses() {
		all = append(all, struct {
			status booking.Status
			list   string
		}{s, IndexSagas(s)})
	}
	return all
}()

// Departure is an arrow over a departure and one booking's seats of it.
func Departure(name string, does arrow.Table[booking.Departure, booking.Seat]) arrow.Function {
	return arrow.On[booking.Departure, booking.Seat]{
		Name: name, Kind: KindDeparture, Record: departureID, Does: does,
		Lines: func(d booking.Departure, s booking.Seat) []store.Line {
			hold := store.Line{Name: saga.HoldLine(s.Booking.ID, s.Booking.DepartureID)}
			if s.Holding() {
				hold.At = s.Booking.ExpiresAt.Add(HoldGrace)
			}
			if d.State != booking.DepartureCancelled || d.Held+d.Sold > 0 {
				return []store.Line{hold}
			}
			return []store.Line{hold, {Name: saga.FanoutLine(s.Booking.DepartureID)}} // its last seat is back
		},
		Index: func(_ booking.Departure, s booking.Seat) []store.Index {
			return []store.Index{{Name: IndexBookings(s.Booking.DepartureID), Member: s.Booking.ID, In: s.Taken() > 0}}
		},
	}
}

// DepartureTerms is an arrow over a departure and one catalog command.
func DepartureTerms(name string, does arrow.Table[booking.Departure, booking.Change]) arrow.Function {
	return arrow.On[booking.Departure, booking.Change]{
		Name: name, Kind: KindDeparture, Record: departureID, Entry: CommandID, Does: does,
		Lines: func(d booking.Departure, c booking.Change) []store.Line {
			if c.Cancelled == nil || d.Held+d.Sold == 0 {
				return nil
			}
			return []store.Line{{Name: saga.FanoutLine(d.ID), At: c.Cancelled.At.Add(FanoutGrace)}}
		},
		Index: func(d booking.Departure, c booking.Change) []store.Index {
			return []store.Index{
				{Name: IndexDepartures, Member: d.ID, Score: d.Terms.StartsAt.Unix(), In: d.State != ""},
				commanded(KindDeparture, d.ID, c),
			}
		},
	}
}

// commanded is a command's place among those of its record.
func commanded(kind, id string, c booking.Change) store.Index {
	x := store.Index{Name: IndexCommands(kind, id), Member: commandEntry(c.Command)}
	for _, s := range []*booking.Said{c.Opened, c.Changed, c.Closed, c.Cancelled, c.Refused} {
		if s != nil {
			x.Score, x.In = int64(s.Version), id != ""
		}
	}
	return x
}

// Tour is an arrow over a tour and one catalog command.
func Tour(name string, does arrow.Table[booking.Tour, booking.Change]) arrow.Function {
	return arrow.On[booking.Tour, booking.Change]{
		Name: name, Kind: KindTour, Entry: CommandID, Does: does,
		Record: func(e events.Event) string { return e.Tour.ID },
		Index: func(t booking.Tour, c booking.Change) []store.Index {
			return []store.Index{{Name: IndexTours, Member: t.ID, In: t.ID != ""}, commanded(KindTour, t.ID, c)}
		},
	}
}

// Booking is an arrow over a booking's own record.
func Booking(name string, does arrow.Table[arrow.None, booking.Record]) arrow.Function {
	return arrow.On[arrow.None, booking.Record]{Name: name, Kind: KindBooking, Record: bookingID, Does: does}
}

// Saga is an arrow over the keeper's record of a booking.
func Saga(name string, does arrow.Table[arrow.None, saga.Record]) arrow.Function {
	return arrow.On[arrow.None, saga.Record]{
		Name: name, Kind: KindSaga, Record: bookingID, Does: does,
		Lines: func(_ arrow.None, r saga.Record) []store.Line {
			return []store.Line{{Name: saga.WakeLine(r.Booking.ID), At: r.Armed.Due}}
		},
		Index: func(_ arrow.None, r saga.Record) []store.Index { return sagaLists(r) },
	}
}

func bookingID(e events.Event) string   { return e.Data.ID }
func departureID(e events.Event) string { return e.DepartureID }

// CommandID names a catalog command's entry, apart from those of bookings: by
// source and id, which together are what makes an event one.
func CommandID(e events.Event) string { return commandEntry(Command(e)) }

// Command names a catalog command as its entry and its facts keep it.
func Command(e events.Event) string { return e.Source + " " + e.ID }

func commandEntry(command string) string {
	source, id, _ := strings.Cut(command, " ")
	return "command:" + events.EffectID(source, id)
}
