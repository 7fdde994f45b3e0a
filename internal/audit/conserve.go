package audit

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Overdue is how long after its hold's end, or after its last fact, a booking
// may be under way. Then it should have ended, or an operator been told.
const Overdue = 15 * time.Minute

// conserve holds all of one booking against the rules: its seats, its money and
// its end.
func (a *account) conserve(now time.Time) []Violation {
	var no judge
	a.seats(&no)
	a.money(&no)
	a.ends(&no, now)
	return no
}

// taken reports whether the provider has the money, as far as facts tell.
func (a *account) taken() bool {
	p := a.payment
	if p.Succeeded != nil || p.Refunds > 0 {
		return true
	}
	return len(p.Attempts) > 0 && p.Attempts[len(p.Attempts)-1].State == "paid"
}

// kept is the money that is kept of a payment that was undone, or not yet.
func (a *account) kept() int64 {
	p := a.payment
	switch {
	case !a.taken(), p.Voided != nil:
		return 0
	case p.Refunded != nil:
		return p.Booking.Price.Amount - amount(p.Refunded.Amount).Amount
	}
	return p.Booking.Price.Amount
}

func (a *account) seats(no *judge) {
	s, r, p := a.seat, a.own, a.payment
	has := s.Held != nil && s.Released == nil
	no.unless(s.Sold == nil || p.Succeeded != nil, RuleNoMoney, "seats are sold, and nothing was paid")
	no.unless(s.Sold == nil || r.Confirmed != nil, RuleOrder, "seats are sold, and the booking was not confirmed")
	no.unless(r.Confirmed == nil || p.Succeeded != nil, RuleNoMoney, "the booking was confirmed, and nothing was paid")
	no.unless(r.Confirmed == nil || r.Closed != nil || has, RuleNoSeat, "the booking is confirmed, and has no seats")
	no.unless(s.Released == nil || r.Closed != nil, RuleOrder, "seats are released, and the booking was not closed")
	no.unless(s.Released == nil || p.Refunded != nil || p.Voided != nil, RuleOrder, "seats are released, and the money is not settled")
	no.unless(s.Sold == nil || s.Held != nil && s.Sold.Seats == s.Held.Seats, RuleMoved, "other seats are sold than were held")
	no.unless(s.Released == nil || s.Held == nil || s.Released.Seats == s.Held.Seats, RuleMoved, "other seats are released than were held")
	no.unless(s.Held == nil || r.Created == nil || same(s.Booking, r.Booking), RuleSame, "the seats are of another booking than the record: %v, %v", s.Booking.Price, r.Booking.Price)
	no.unless(r.Created == nil || p.Succeeded == nil || same(r.Booking, p.Booking), RuleSame, "the payment is of another booking than the record: %v, %v", p.Booking.Price, r.Booking.Price)
}

func (a *account) money(no *judge) {
	r, p := a.own, a.payment
	undone := p.Refunded != nil || p.Voided != nil
	no.unless(!undone || r.Closed != nil, RuleOrder, "money was given back, and the booking was not closed")
	no.unless(p.Undo == nil || r.Closed != nil, RuleOrder, "money is to be given back, and the booking was not closed")
	free := p.Booking.Price.Amount == 0
	no.unless(p.Voided == nil || p.Succeeded == nil || free, RuleNoSeat, "the payment was taken, and is said to be void")
	if r.Closed == nil || !undone {
		return
	}
	most := int64(0) // what the policy keeps of a booking that was confirmed
	if r.Confirmed != nil {
		most = r.Booking.Price.Amount - amount(r.Closed.Amount).Amount
	}
	no.unless(a.kept() == most, RuleNoSeat, "%d is kept of a booking that was closed, and the policy keeps %d", a.kept(), most)
}

// ends complains of a booking that is under way for too long.
func (a *account) ends(no *judge, now time.Time) {
	late := func(at time.Time) bool { return !at.IsZero() && now.Sub(at) > Overdue }
	s, r, p := a.seat, a.own, a.payment
	switch {
	case r.Closed != nil && late(r.Closed.At):
		no.unless(p.Refunded != nil || p.Voided != nil, RuleEnds, "closed at %s, and its money is not settled", r.Closed.At.Format(time.RFC3339))
		no.unless(s.Released != nil || a.nowhere(), RuleEnds, "closed at %s, and its seats are not released", r.Closed.At.Format(time.RFC3339))
	case r.Closed == nil && r.Confirmed != nil && late(r.Confirmed.At):
		no.unless(s.Sold != nil, RuleEnds, "confirmed at %s, and its seats are not sold", r.Confirmed.At.Format(time.RFC3339))
	case r.Closed == nil && r.Confirmed == nil && p.Initiated == nil:
		no.unless(!late(a.expires()), RuleEnds, "its hold ended at %s, and it has not ended", a.expires().Format(time.RFC3339))
	}
}

// nowhere reports whether nobody ever knew of which departure the booking was.
func (a *account) nowhere() bool { return a.seat.Booking.ID == "" && a.own.Booking.DepartureID == "" }

func (a *account) expires() time.Time {
	for _, at := range []time.Time{a.asked.ExpiresAt, a.seat.Booking.ExpiresAt, a.own.Booking.ExpiresAt} {
		if !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// heardOf holds what the keeper has heard against what was said.
func (a *account) heardOf(k keeper) []Violation {
	var no judge
	said := a.said()
	for _, h := range k.Heard {
		f, known := said[h.ID]
		if !known {
			no.unless(superseded(h, a), RuleHeard, "the keeper has heard %s, of %s, which nobody has said", h.Name, h.At.Format(time.RFC3339Nano))
			continue
		}
		is := heard{f.name, h.ID, f.said.At, f.said.Attempt, f.said.Reason, f.said.Amount, f.data.Occurrence, f.data.Among}
		for _, d := range differ(is, h) {
			no.unless(false, RuleHeard, "the keeper has heard %s with %s %s, and it was said with %s", h.Name, d.path, d.right, d.left)
		}
	}
	return no
}

// same reports whether two records are of the same seats at the same price.
func same(a, b booking.Booking) bool {
	return a.DepartureID == b.DepartureID && a.Seats == b.Seats && a.Price == b.Price
}

// superseded reports whether a fact was forgotten for what came after it.
func superseded(h heard, a *account) bool {
	switch h.Name {
	case events.PaymentRefundFailed:
		return a.payment.RefundFailed == nil
	case events.PaymentRefunded:
		return a.payment.Refunded == nil || a.payment.Refunded.Attempt > h.Attempt
	case events.SendDeferred:
		for _, n := range a.told {
			if n.Occurrence == h.Occurrence && n.Deferred != nil && n.Deferred.Attempt > h.Attempt {
				return true
			}
		}
	case events.BookingCloseRefused:
		return a.own.Refused == nil && a.own.Closed != nil
	}
	return false
}
