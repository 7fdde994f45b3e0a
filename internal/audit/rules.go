package audit

import (
	"fmt"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Rule is one thing that always holds.
type Rule string

// The rules. Those of the first group are seen in one fact by itself, and so
// live; the second take all of a booking or departure.
const (
	RuleReadable Rule = "readable"    // a fact fits its schema, and its record's versions count from 1
	RuleCounters Rule = "counters"    // capacity = held + sold + available, none below zero
	RuleMoved    Rule = "moved"       // a fact moves the seats that the booking has
	RulePrice    Rule = "price"       // what is charged is the price, what is given back no more
	RulePolicy   Rule = "policy"      // what is owed back is what the policy gives, or everything
	RuleEnding   Rule = "ending-said" // a saga's end is one of the endings

	RuleOnce    Rule = "once"               // a version is one fact
	RuleLedger  Rule = "ledger"             // the counters move by what the facts move
	RuleHoles   Rule = "holes"              // no version is missing in archive and record both
	RuleSeats   Rule = "seats"              // a departure's counters are the sum of its bookings' seats
	RuleNoSeat  Rule = "money-without-seat" // money is kept for a seat, or by the policy
	RuleNoMoney Rule = "seat-without-money" // a seat that is sold, or a booking confirmed, was paid
	RuleOrder   Rule = "order"              // money is settled before seats are released, and neither without a closing
	RuleSame    Rule = "same"               // seat, booking and payment are of the same seats and price
	RuleEnds    Rule = "ends"               // every booking ends
	RuleOrphan  Rule = "hold-without-saga"  // what is held is known to a keeper
	RuleHeard   Rule = "heard"              // the keeper has heard what was said, and nothing else
)

// Rules returns all rules, in the order of their list.
func Rules() []Rule {
	return []Rule{
		RuleReadable, RuleCounters, RuleMoved, RulePrice, RulePolicy, RuleEnding,
		RuleOnce, RuleLedger, RuleHoles, RuleSeats, RuleNoSeat, RuleNoMoney, RuleOrder, RuleSame, RuleEnds, RuleOrphan, RuleHeard,
	}
}

// Violation is a rule that does not hold, and how.
type Violation struct {
	Rule Rule
	Says string
}

// judge gathers violations.
type judge []Violation

func (j *judge) unless(ok bool, r Rule, format string, args ...any) {
	if !ok {
		*j = append(*j, Violation{r, fmt.Sprintf(format, args...)})
	}
}

// Check holds one fact against the rules that it shows by itself.
func Check(e events.Event) []Violation {
	var no judge
	if e.Stock != nil {
		no.counters(*e.Stock)
	}
	seats, paid := e.Seats, amount(e.Amount)
	switch e.Name {
	case events.SpotsReserved:
		no.unless(e.Moved == seats && seats > 0, RuleMoved, "%d seats are held for a booking of %d", e.Moved, seats)
		no.unless(e.Price.Amount >= 0 && e.Price.Currency != "", RulePrice, "seats are held at no price")
	case events.SpotsSold:
		no.unless(e.Moved == seats && seats > 0, RuleMoved, "%d seats are sold to a booking of %d", e.Moved, seats)
	case events.SpotsReleased:
		no.unless(e.Moved == 0 || e.Moved == seats, RuleMoved, "%d seats are released of a booking of %d", e.Moved, seats)
	case events.PaymentInitiated, events.PaymentSucceeded, events.PaymentDisputed:
		no.unless(e.Amount != nil && *e.Amount == e.Price, RulePrice, "%v is charged for a price of %v", paid, e.Price)
	case events.PaymentRefunded, events.PaymentRefundFailed:
		no.unless(paid.within(e.Price), RulePrice, "%v is given back of %v", paid, e.Price)
	case events.PaymentVoided:
		no.unless(paid.Amount == 0, RulePrice, "a payment that took nothing gives %v back", paid)
	case events.BookingRejected, events.BookingExpired, events.BookingCancelled:
		no.unless(paid.within(e.Price), RulePolicy, "%v is owed back of %v", paid, e.Price)
		no.unless(owes(e.Booking, e.Reason, paid.Amount, e.Time), RulePolicy,
			"%v is owed back of %v for the reason %s", paid, e.Price, e.Reason)
	case events.SagaCompleted, events.SagaCompensated:
		ended := e.Status == booking.StatusConfirmed || e.Status == booking.StatusCompleted || closed(e.Status)
		no.unless(ended, RuleEnding, "a saga has ended, and its booking is %s", e.Status)
	}
	return no
}

func (j *judge) counters(c booking.Stock) {
	left := c.Capacity - c.Held - c.Sold
	if c.Held < 0 || c.Sold < 0 || left < 0 {
		j.unless(false, RuleCounters, "held %d and sold %d of %d", c.Held, c.Sold, c.Capacity)
		return
	}
	j.unless(c.Available == 0 || c.Available == left, RuleCounters, "%d are available of %d, held %d and sold %d", c.Available, c.Capacity, c.Held, c.Sold)
}

// money is an amount that may not have been told.
type money booking.Money

func amount(m *booking.Money) money {
	if m == nil {
		return money{}
	}
	return money(*m)
}

// within reports whether it is no more than all, and in the same currency.
func (m money) within(all booking.Money) bool {
	return m.Amount == 0 || m.Amount > 0 && m.Amount <= all.Amount && m.Currency == all.Currency
}

// String writes the money as people do.
func (m money) String() string { return booking.Money(m).String() }

func closed(s booking.Status) bool {
	return s == booking.StatusRejected || s == booking.StatusExpired || s == booking.StatusCancelled
}

// owes reports whether a booking that was closed at a time may owe so much
// back: everything, unless a customer cancelled, who gets what the policy gave
// when he did, which was then or before.
func owes(b booking.Booking, why booking.Reason, back int64, at time.Time) bool {
	price := b.Price.Amount
	if back == price || why != booking.ReasonCustomer {
		return back == price
	}
	if len(b.Policy) == 0 {
		return back == 0 && !at.Before(b.StartsAt)
	}
	least, given := int64(0), []int64{0}
	for _, t := range b.Policy {
		gives := percent(price, t.Percent)
		given = append(given, gives)
		if left := b.StartsAt.Sub(at); left > 0 && left/time.Hour >= time.Duration(t.HoursBefore) {
			least = max(least, gives)
		}
	}
	return back >= least && slices.Contains(given, back)
}

// percent is p hundredths, rounded down, without overflow.
func percent(of int64, p int) int64 { return of/100*int64(p) + of%100*int64(p)/100 }
