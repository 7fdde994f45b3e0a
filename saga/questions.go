package saga

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// These are what a business asks of a booking on its way, answered by what the
// keeper has heard.

// RequestedAt is when the booking was asked for: when the first fact of it was
// said, of those heard; zero where none is.
func (r Record) RequestedAt() time.Time {
	if len(r.Heard) == 0 {
		return time.Time{}
	}
	return r.Heard[0].At
}

// IsStuck reports whether an operator is needed, and was told so: saga.stuck was
// said of the very step that is armed.
func (r Record) IsStuck() bool {
	return r.Stuck != nil && r.StuckOn == r.Armed.Step && r.StuckSince.Equal(r.Armed.Since)
}

// OwesUndo reports whether the booking is closed, or is to be, and not undone
// yet: its money is not given back, or its seats are not.
func (r Record) OwesUndo() bool {
	switch r.Armed.Step {
	case events.BookingClose, events.PaymentRefund, events.PaymentSettle, events.SpotsRelease:
		return true
	}
	return false
}

// PaidWithoutSeat reports whether the money was taken and not given back, and
// the seats are not sold, or no longer.
func (r Record) PaidWithoutSeat() bool {
	sold := r.find(events.SpotsSold) != nil && r.find(events.SpotsReleased) == nil
	return r.Paid() != nil && !sold
}

// Paid is the money that was taken, or nil: none was, or its giving back is
// settled, be it in part by the policy.
func (r Record) Paid() *booking.Money {
	paid := r.find(events.PaymentSucceeded)
	if paid == nil || r.find(events.PaymentRefunded, events.PaymentVoided) != nil && !r.owes() {
		return nil
	}
	return paid.Amount
}

// Owed is the money that is to be given back and is not yet, or nil.
func (r Record) Owed() *booking.Money {
	closed := r.closed()
	if closed == nil || r.Paid() == nil {
		return nil
	}
	return closed.Amount
}
