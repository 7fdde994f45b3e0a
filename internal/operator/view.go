package operator

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// sagaLine is a saga as a list shows it.
type sagaLine struct {
	ID          string         `json:"id"`
	Status      booking.Status `json:"status"`
	Reason      booking.Reason `json:"reason,omitempty"`
	Flow        booking.Flow   `json:"flow,omitempty"`
	DepartureID string         `json:"departureId,omitempty"`
	Seats       int            `json:"seats,omitempty"`
	Price       booking.Money  `json:"price,omitzero"`
	Armed       *armed         `json:"armed,omitempty"` // absent: nothing is left to be said
	Stuck       *stuck         `json:"stuck,omitempty"` // absent: it is not
	ExpiresAt   time.Time      `json:"expiresAt,omitzero"`
	RequestedAt time.Time      `json:"requestedAt,omitzero"`
	Paid        *booking.Money `json:"paid,omitempty"` // taken, and its giving back not settled
	Owed        *booking.Money `json:"owed,omitempty"` // to be given back, and not yet
	Seat        string         `json:"seat,omitempty"` // where it is asked who paid without one: held, sold or none
}

// armed is the command that is said next, and when.
type armed struct {
	Step  events.Name `json:"step"`
	Since time.Time   `json:"since,omitzero"`
	Due   time.Time   `json:"due,omitzero"`
	Said  int         `json:"said"` // times
}

// stuck is the step that an operator is needed for.
type stuck struct {
	Step  events.Name `json:"step"`
	Since time.Time   `json:"since"`
	Said  time.Time   `json:"saidAt"`
}

// sagaPage is a saga by itself.
type sagaPage struct {
	sagaLine
	TourID   string         `json:"tourId,omitempty"`
	StartsAt time.Time      `json:"startsAt,omitzero"`
	TimeZone string         `json:"timeZone,omitempty"`
	Policy   booking.Policy `json:"policy,omitempty"`
	Wish     *saga.Wish     `json:"wish,omitempty"` // to close the booking, as far as it was heard
	Timeline []saga.Moment  `json:"timeline"`
	Endings  []ending       `json:"endings"`          // told
	Untold   []string       `json:"untold,omitempty"` // endings that were given up telling
}

type ending struct {
	Occurrence string         `json:"occurrence"`
	At         time.Time      `json:"at"`
	Reason     booking.Reason `json:"reason,omitempty"`
	Lasted     saga.Latency   `json:"lastedMs"` // from the request

}

func lineOf(r saga.Record) sagaLine {
	b := r.Booking
	l := sagaLine{
		ID: b.ID, Status: r.Status(), Reason: r.Reason(), Flow: b.Flow, DepartureID: b.DepartureID,
		Seats: b.Seats, Price: b.Price, ExpiresAt: b.ExpiresAt,
		RequestedAt: r.RequestedAt(), Paid: r.Paid(), Owed: r.Owed(),
	}
	if a := r.Armed; a.Step != "" {
		l.Armed = &armed{a.Step, a.Since, a.Due, a.Said}
		if r.IsStuck() {
			l.Stuck = &stuck{r.StuckOn, r.StuckSince, r.Stuck.At}
		}
	}
	return l
}

func pageOf(ps saga.Plans, r saga.Record) sagaPage {
	p := sagaPage{
		sagaLine: lineOf(r), TourID: r.Booking.TourID, StartsAt: r.Booking.StartsAt, TimeZone: r.Booking.TimeZone,
		Policy: r.Booking.Policy, Wish: r.Wish, Timeline: append([]saga.Moment{}, ps.Timeline(r)...), Endings: []ending{}, Untold: r.Untold,
	}
	for _, e := range r.Ends {
		lasted := saga.Latency(e.Said.At.Sub(e.Requested))
		p.Endings = append(p.Endings, ending{e.Occurrence, e.Said.At, e.Said.Reason, lasted})
	}
	return p
}
