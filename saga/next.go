package saga

import (
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// next is the step whose answer is missing, or false where none is. It looks
// at the set of facts heard and at the wish, at nothing else.
func (p Plan) next(r Record) (Step, bool) {
	switch {
	case r.closed() != nil:
		return p.undoing(r)
	case len(r.Heard) == 0 && !r.Unknown:
		return p.Ask, true
	case r.wished() || p.refusal(r) != nil:
		return p.Undo[0], true
	}
	if s, more := furthest(p.Forward, r); more {
		return s, true
	}
	return p.Complete, r.find(p.Complete.Good...) == nil
}

// wished reports whether there is a wish to close that may still be granted.
func (r Record) wished() bool {
	return r.Wish != nil && (!r.confirmed() || r.Wish.Reason.Reaches())
}

// refusal is the fact that answered a step badly, unless the booking was
// confirmed all the same.
func (p Plan) refusal(r Record) *Heard {
	if r.confirmed() {
		return nil
	}
	for _, s := range p.Forward {
		if h := r.find(s.Bad...); h != nil {
			return h
		}
	}
	return nil
}

func (p Plan) undoing(r Record) (Step, bool) {
	if r.owes() {
		return p.Debt, true
	}
	s, more := furthest(p.Undo, r)
	if !more && r.Unknown { // found after all, it may have taken seats: that it was told does not say that they were released
		s, more = furthest(p.Undo[:len(p.Undo)-1], r)
	}
	if more && s.Command == events.SpotsRelease && r.Booking.DepartureID == "" {
		return furthest(p.Undo[len(p.Undo)-1:], r) // nobody ever knew where: there is nothing to release
	}
	return s, more
}

// owes reports whether a refund has failed and no later one was done: a bank
// may refuse what was given back days before.
func (r Record) owes() bool {
	failed := r.find(events.PaymentRefundFailed)
	return failed != nil && !slices.ContainsFunc(r.Heard, func(h Heard) bool {
		return (h.Name == events.PaymentRefunded || h.Name == events.PaymentVoided) && h.Attempt > failed.Attempt
	})
}

// cameBack reports whether what is owed was given back before, and came back.
// It would again, so nobody but an operator has it tried.
func (r Record) cameBack() bool { return r.owes() && r.find(events.PaymentRefunded) != nil }

// furthest is the step after the last that is answered: facts may be heard out
// of order, and a later one implies those before it.
func furthest(steps []Step, r Record) (Step, bool) {
	for i, s := range slices.Backward(steps) {
		if r.answered(s) {
			if i+1 == len(steps) {
				return Step{}, false
			}
			return steps[i+1], true
		}
	}
	return steps[0], true
}

func (r Record) answered(s Step) bool {
	if s.Command == events.Announce {
		return r.told(r.ending())
	}
	return r.find(s.Good...) != nil
}

// ending is the occurrence that the customer is told of last.
func (r Record) ending() string {
	if c := r.closed(); c != nil {
		return string(c.Name)
	}
	return string(events.BookingConfirmed)
}

// unsaidEnd is the ending that the customer was told of and the keeper has not
// stated yet, or "".
func (r Record) unsaidEnd() string {
	end := r.ending()
	said := slices.ContainsFunc(r.Ends, func(e End) bool { return e.Occurrence == end })
	if said || !r.told(end) {
		return ""
	}
	return end
}

// expiry is when the hold ends, or zero where that is not known or no longer
// matters.
func (p Plan) expiry(r Record) time.Time {
	if r.confirmed() || r.closed() != nil || r.Wish != nil || p.refusal(r) != nil || r.Booking.ExpiresAt.IsZero() {
		return time.Time{}
	}
	if r.find(events.PaymentInitiated) != nil {
		return r.Booking.ExpiresAt.Add(p.Delayed)
	}
	return r.Booking.ExpiresAt
}

// deadline is how long a step is given before its n-th reminder.
func (s Step) deadline(n int) time.Duration {
	d := s.Wait
	for range n {
		if d *= 2; d >= s.WaitMost {
			return max(s.Wait, s.WaitMost)
		}
	}
	return d
}

// close is how and why the booking is to be closed.
func (p Plan) close(r Record) Wish {
	if r.wished() {
		return *r.Wish
	}
	bad := p.refusal(r)
	if bad == nil {
		return Wish{As: booking.StatusExpired, Reason: booking.ReasonTimeout}
	}
	if bad.Name == events.SpotsRejected {
		return Wish{As: booking.StatusRejected, Reason: bad.Reason}
	}
	return Wish{As: booking.StatusCancelled, Reason: bad.Reason}
}
