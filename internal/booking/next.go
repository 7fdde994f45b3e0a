package booking

import (
	"fmt"
	"slices"
	"time"
)

// MaxAttempts bounds the business attempts of one charge.
const MaxAttempts = 3

// Ask is what a payment is asked: the wish, and what it needs if the payment
// hears of the booking (or of the undo) for the first time.
type Ask struct {
	Wish    Wish
	Booking Booking
	Undo    Undo
}

// Next decides a payment's next step: a call to the provider, or none, when
// what there is to say has been said in the payment's fields (or nothing can
// be said yet, because the provider is at it). word is the answer to the call
// that the previous Next asked for, nil at the start of a delivery.
//
// Nothing is undone blindly: an attempt whose outcome is unknown is looked up
// first, and one whose id is unknown is made again under the same key.
func (p Payment) Next(a Ask, word *Word, now time.Time) (Payment, *Call) {
	p.Attempts = slices.Clone(p.Attempts)
	if p.Booking.ID == "" {
		if a.Wish != WishRefund && a.Booking.Price.Currency == "" {
			return p, nil // no price is known: nothing can be charged
		}
		p.Booking = a.Booking.kept()
	}
	if a.Wish == WishRefund && p.Undo == nil {
		p.Undo = &a.Undo
	}
	if word != nil {
		p.learn(*word, now)
	}
	was, step := p.Version, p.charge
	if p.Undo != nil {
		step = p.undo
	}
	p, call := step(a.Wish, word, now)
	return p.dispute(was, call, word, now)
}

// learn takes the provider's word into the newest attempt.
func (p *Payment) learn(w Word, now time.Time) {
	cur := p.newest()
	if cur == nil {
		return
	}
	if cur.State != AttemptPaid { // a provider that forgets what it was paid is not paid again
		cur.learn(w)
	}
	p.Action = nil
	if cur.State == AttemptPending {
		p.Action = w.Action
	}
}

// dispute notes that the customer has the bank take the money back, where
// nothing else is to be said: one event tells one fact.
func (p Payment) dispute(was uint64, call *Call, word *Word, now time.Time) (Payment, *Call) {
	if call == nil && p.Version == was && p.Disputed == nil && word != nil && word.Disputed && len(p.Attempts) > 0 {
		status := StatusConfirmed
		if p.Undo != nil {
			status = p.Undo.Status
		}
		p.Disputed = p.say(now, Said{Status: status, Amount: new(p.Booking.Price)})
	}
	return p, call
}

func (cur *Attempt) learn(w Word) {
	if w.Intent != "" {
		cur.Intent = w.Intent
	}
	switch w.Status {
	case WordUnknown:
		cur.State, cur.Intent = AttemptBegun, ""
	case WordUnconfirmed:
		cur.State = AttemptMade
	case WordProcessing:
		cur.State = AttemptPending
	case WordSucceeded:
		cur.State = AttemptPaid
	case WordDeclined:
		cur.State, cur.Code = AttemptDeclined, w.Code
	case WordCancelled:
		cur.State = AttemptCancelled
	}
}

func (p *Payment) newest() *Attempt {
	if len(p.Attempts) == 0 {
		return nil
	}
	return &p.Attempts[len(p.Attempts)-1]
}

func (p Payment) charge(wish Wish, word *Word, now time.Time) (Payment, *Call) {
	cur := p.newest()
	if p.Failed != nil || cur == nil && p.Succeeded != nil {
		return p, nil
	}
	if cur == nil {
		if p.Booking.Price.Amount == 0 {
			p.Succeeded = p.say(now, Said{Status: StatusOnHold, Amount: new(p.Booking.Price)})
			return p, nil
		}
		return p.attempt()
	}
	switch cur.State {
	case AttemptBegun:
		return p, p.call(VerbCreate)
	case AttemptMade:
		cur.State = AttemptConfirming
		return p, p.call(VerbConfirm)
	case AttemptConfirming:
		return p, p.call(VerbGet)
	case AttemptPending:
		if p.Initiated == nil {
			p.Initiated = p.say(now, Said{Status: StatusOnHold, Amount: new(p.Booking.Price)})
		}
	case AttemptPaid:
		if p.Succeeded == nil {
			p.Succeeded = p.say(now, Said{Status: StatusOnHold, Amount: new(p.Booking.Price)})
		}
	case AttemptDeclined:
		if p.again(cur.Code) {
			return p.retry(*cur)
		}
		_, why := Declined(cur.Code)
		p.Failed = p.say(now, Said{Status: StatusOnHold, Reason: why, Code: cur.Code})
		return p, nil
	case AttemptCancelled:
		if p.again(cur.Code) {
			return p.attempt()
		}
		p.Failed = p.say(now, Said{Status: StatusOnHold, Reason: ReasonCardDeclined, Code: "canceled"})
		return p, nil
	}
	if wish.looks() && word == nil {
		return p, p.call(VerbGet)
	}
	return p, nil
}

// looks reports whether the provider is to be asked how it stands.
func (w Wish) looks() bool { return w == WishSettle || w == WishLook }

// retry begins the next attempt, once the declined one can take no money any
// more: a worker that sleeps on its confirmation may wake.
func (p Payment) retry(declined Attempt) (Payment, *Call) {
	if declined.Intent == "" {
		return p.attempt()
	}
	return p, p.call(VerbCancel)
}

func (p Payment) undo(wish Wish, word *Word, now time.Time) (Payment, *Call) {
	if p.Voided != nil {
		return p, nil
	}
	if p.Refunded != nil {
		return p.givenBack(wish, word, now)
	}
	cur := p.newest()
	if cur == nil || cur.State == AttemptDeclined && cur.Intent == "" {
		p.Voided = p.say(now, p.undone(0)) // the provider never had anything of it
		return p, nil
	}
	switch cur.State {
	case AttemptBegun:
		return p, p.call(VerbCreate)
	case AttemptConfirming:
		return p, p.call(VerbGet)
	case AttemptMade, AttemptDeclined:
		return p, p.call(VerbCancel)
	case AttemptPending:
		if word == nil {
			return p, p.call(VerbCancel)
		}
		return p, nil // the provider will not let go yet: look again later
	case AttemptCancelled:
		p.Voided = p.say(now, p.undone(0))
		return p, nil
	}
	return p.refund(wish, word, now)
}

func (p Payment) attempt() (Payment, *Call) {
	p.Attempts = append(p.Attempts, Attempt{State: AttemptBegun})
	return p, p.call(VerbCreate)
}

// call names the call and its idempotency key: booking, attempt, verb. The
// attempt grows only after a definite decline, a refund's after a definite
// refusal.
func (p Payment) call(v Verb) *Call {
	c := Call{Verb: v, BookingID: p.Booking.ID, Amount: p.Booking.Price, Intent: p.newest().Intent}
	c.Key = fmt.Sprintf("%s:%d:%s", p.Booking.ID, len(p.Attempts), v)
	refund := fmt.Sprintf("%s:%d:%s-%d", p.Booking.ID, len(p.Attempts), VerbRefund, p.Refunds)
	switch {
	case v == VerbRefund:
		c.Key, c.Amount = refund, p.Undo.Due
	case v == VerbGet && p.Refunds > 0:
		c.Refund = refund
	}
	return &c
}

func (p *Payment) say(now time.Time, s Said) *Said {
	p.Version++
	s.Version, s.At = p.Version, now
	if cur := p.newest(); cur != nil {
		s.Intent = cur.Intent
	}
	if s.Attempt == 0 {
		s.Attempt = len(p.Attempts)
	}
	return &s
}

// again reports whether another attempt may follow one that ended with the
// code.
func (p Payment) again(code string) bool {
	verdict, _ := Declined(code)
	return verdict == VerdictRetry && len(p.Attempts) < MaxAttempts
}
