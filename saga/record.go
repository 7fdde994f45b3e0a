package saga

import (
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Heard is one fact that the keeper knows of.
type Heard struct {
	Name       events.Name    `json:"name"`
	ID         string         `json:"id"`
	At         time.Time      `json:"at"`
	Cause      string         `json:"cause,omitempty"`
	Attempt    int            `json:"attempt,omitempty"`
	Reason     booking.Reason `json:"reason,omitempty"`
	Amount     *booking.Money `json:"amount,omitempty"`
	Occurrence string         `json:"occurrence,omitempty"`
	Among      int            `json:"among,omitempty"` // notifications: how many were to tell of it
}

// Wish is that the booking be closed: a person's, or the clock's.
type Wish struct {
	As     booking.Status `json:"as"`
	Reason booking.Reason `json:"reason"`
	At     time.Time      `json:"at,omitzero"` // when it was wished: what is owed back goes by that
}

// reach ranks wishes: the clock's, then the customer's, then the operator's
// and a cancelled departure's. A wish gives way to one that reaches further.
func (w *Wish) reach() int {
	switch {
	case w == nil:
		return 0
	case w.Reason == booking.ReasonTimeout:
		return 1
	case w.Reason == booking.ReasonCustomer:
		return 2
	case w.Reason.Reaches():
		return 3
	}
	return 0
}

// Armed is the next command: what the keeper says, now or at Due.
type Armed struct {
	Step  events.Name `json:"step,omitempty"`
	Since time.Time   `json:"since,omitzero"`
	Due   time.Time   `json:"due,omitzero"`
	Said  int         `json:"said,omitempty"`  // times said for this step
	Waits int         `json:"waits,omitempty"` // deadlines that have passed, or run
}

// Spoken is the command said last, kept to be said again word for word.
type Spoken struct {
	Command events.Name `json:"command,omitempty"`
	Try     int         `json:"try,omitempty"`
	At      time.Time   `json:"at,omitzero"`
	Cause   string      `json:"cause,omitempty"`
	Data    events.Data `json:"data,omitzero"`
}

// Record is the keeper's memory of one booking.
type Record struct {
	Plan       int             `json:"plan,omitempty"`
	Booking    booking.Booking `json:"booking"`
	Heard      []Heard         `json:"heard,omitempty"` // by time, then id
	Wish       *Wish           `json:"wish,omitempty"`
	Armed      Armed           `json:"armed,omitzero"`
	Spoken     Spoken          `json:"spoken,omitzero"`
	Tries      int             `json:"tries,omitempty"`     // commands said so far
	Unknown    bool            `json:"unknown,omitempty"`   // the intake does not know it either
	Untold     []string        `json:"untold,omitempty"`    // endings given up telling
	Ends       []End           `json:"ends,omitempty"`      // endings said
	StuckOn    events.Name     `json:"stuckOn,omitempty"`   // the step that saga.stuck was said of
	StuckSince time.Time       `json:"stuckSince,omitzero"` // since when that step waited
	StuckBy    string          `json:"stuckBy,omitempty"`   // the id of the event that it was said on
	Stuck      *booking.Said   `json:"stuck,omitempty"`     // how; its attempt counts
	Version    uint64          `json:"v"`                   // facts said so far
}

// End is one ending that the keeper has stated.
type End struct {
	Occurrence string        `json:"occurrence"`
	Cause      string        `json:"cause"`
	Said       *booking.Said `json:"said"`
	Requested  time.Time     `json:"requested,omitzero"` // when the first fact of it was said, of those heard by then
}

func (r Record) known(id string) bool {
	return slices.ContainsFunc(r.Heard, func(h Heard) bool { return h.ID == id })
}

func (r Record) find(names ...events.Name) *Heard {
	for i := len(r.Heard) - 1; i >= 0; i-- {
		if slices.Contains(names, r.Heard[i].Name) {
			return &r.Heard[i]
		}
	}
	return nil
}

// told reports whether the customer was told of the ending, by one channel at
// least, or will be, or whether that was given up: all of those that were to
// tell of it have failed.
func (r Record) told(occurrence string) bool {
	if slices.Contains(r.Untold, occurrence) {
		return true
	}
	failed, among := 0, 1
	for _, h := range r.Heard {
		switch {
		case h.Occurrence != occurrence:
		case h.Name == events.Sent, h.Name == events.SendDeferred:
			return true
		case h.Name == events.SendFailed:
			failed, among = failed+1, max(among, h.Among)
		}
	}
	return failed >= among
}

func (r *Record) say(now time.Time, s booking.Said) *booking.Said {
	r.Version++
	s.Version, s.At, s.Status = r.Version, now, r.Status()
	return &s
}

// Status is the booking's status as far as the keeper has heard.
func (r Record) Status() booking.Status {
	switch {
	case r.closed() != nil:
		return closings[r.closed().Name]
	case r.find(events.BookingCompleted) != nil:
		return booking.StatusCompleted
	case r.confirmed():
		return booking.StatusConfirmed
	case r.find(events.SpotsReserved) != nil:
		return booking.StatusOnHold
	}
	return booking.StatusPending
}

var closings = map[events.Name]booking.Status{
	events.BookingRejected:  booking.StatusRejected,
	events.BookingExpired:   booking.StatusExpired,
	events.BookingCancelled: booking.StatusCancelled,
}

// Reason is why the booking was closed, or "".
func (r Record) Reason() booking.Reason {
	if c := r.closed(); c != nil {
		return c.Reason
	}
	return ""
}

func (r Record) closed() *Heard {
	return r.find(events.BookingRejected, events.BookingExpired, events.BookingCancelled)
}

// confirmed reports whether the booking was confirmed: by the fact itself, or
// by one that only a confirmed booking leads to.
func (r Record) confirmed() bool {
	return r.find(events.BookingConfirmed, events.SpotsSold, events.BookingCompleted) != nil || r.told(string(events.BookingConfirmed))
}
