package booking

import "time"

// Record is the booking's own record. It alone arbitrates between confirm and
// close: whichever it takes first holds, and the other is answered by it.
type Record struct {
	Booking   Booking `json:"booking"`
	Created   *Said   `json:"created,omitempty"`
	Confirmed *Said   `json:"confirmed,omitempty"`
	Closed    *Said   `json:"closed,omitempty"` // Said.Status tells as what
	Refused   *Said   `json:"refused,omitempty"`
	Completed *Said   `json:"completed,omitempty"`
	Version   uint64  `json:"v"` // facts said so far
}

func (r *Record) say(now time.Time, s Said) *Said {
	r.Version++
	s.Version, s.At = r.Version, now
	return &s
}

// Create makes the booking, unless it was made or closed before.
func (r Record) Create(b Booking, now time.Time) Record {
	if r.Closed != nil || r.Created != nil {
		return r
	}
	r.Booking = b.kept()
	r.Created = r.say(now, Said{Status: StatusOnHold})
	return r
}

// Confirm is the pivot: from here on the booking goes forward. A booking that
// was closed, or never created, stays as it is.
func (r Record) Confirm(now time.Time) Record {
	if r.Closed != nil || r.Created == nil || r.Confirmed != nil {
		return r
	}
	r.Confirmed = r.say(now, Said{Status: StatusConfirmed})
	return r
}

// Close ends the booking as REJECTED, EXPIRED or CANCELLED, with the money
// that is owed back. A confirmed booking is closed only by a reason that
// reaches that far, and then only before the departure (a customer) or before
// its completion (an operator); else the wish is refused. A departure is only
// cancelled before it leaves, so nobody has taken that tour: it closes a booking
// too that was completed by the time at which the departure was to leave before
// it was moved. What is too late, and what is owed, goes by when it was asked. A
// booking closed before it was created keeps a tombstone, so that a late Create
// is refused.
func (r Record) Close(b Booking, as Status, why Reason, asked, now time.Time) Record {
	switch {
	case r.Closed != nil:
		return r
	case r.Confirmed == nil:
		if r.Created == nil {
			r.Booking = b.kept()
		}
		r.Closed = r.say(now, Said{Status: as, Reason: why, Amount: new(r.Booking.Price.named())})
		return r
	case !why.Reaches():
		return r
	}
	if no := r.tooLate(why, asked); no != "" {
		if r.Refused == nil {
			r.Refused = r.say(now, Said{Status: r.Status(), Reason: no})
		}
		return r
	}
	r.Refused = nil
	r.Closed = r.say(now, Said{Status: StatusCancelled, Reason: why, Amount: new(r.owed(why, asked))})
	return r
}

func (r Record) tooLate(why Reason, asked time.Time) Reason {
	switch {
	case why == ReasonDepartureCancelled:
		return ""
	case r.Completed != nil:
		return ReasonEnded
	case why == ReasonCustomer && !asked.Before(r.Booking.StartsAt):
		return ReasonTooLate
	}
	return ""
}

func (r Record) owed(why Reason, asked time.Time) Money {
	if why == ReasonCustomer {
		return r.Booking.Policy.Refund(r.Booking.Price, r.Booking.StartsAt, asked)
	}
	return r.Booking.Price
}

// Status is how the booking stands: "" where the record does not say yet.
func (r Record) Status() Status {
	switch {
	case r.Closed != nil:
		return r.Closed.Status
	case r.Completed != nil:
		return StatusCompleted
	case r.Confirmed != nil:
		return StatusConfirmed
	case r.Created != nil:
		return StatusOnHold
	}
	return ""
}

// Complete ends a confirmed booking whose departure has left.
func (r Record) Complete(now time.Time) Record {
	if r.Closed != nil || r.Confirmed == nil || r.Completed != nil || now.Before(r.Booking.StartsAt) {
		return r
	}
	r.Completed = r.say(now, Said{Status: StatusCompleted})
	return r
}
