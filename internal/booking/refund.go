package booking

import "time"

// refund gives back what is owed of a payment that the provider says is paid.
func (p Payment) refund(wish Wish, word *Word, now time.Time) (Payment, *Call) {
	if p.Refunds == 0 {
		word = nil // it tells of no refund that we asked for
	}
	switch {
	case p.RefundFailed != nil:
		return p.debt(wish, word, now)
	case p.Undo.Due.Amount == 0:
		p.Refunded = p.say(now, p.undone(0))
		return p, nil
	case word != nil && word.Refund == RefundDone:
		p.Refunded = p.say(now, p.undone(p.Undo.Due.Amount))
		return p, nil
	case word != nil && word.Refund == RefundPending:
		return p, nil
	case word != nil && word.Refund == RefundRefused:
		failed := p.undone(p.Undo.Due.Amount)
		failed.Code = word.Code
		p.RefundFailed = p.say(now, failed)
		return p, nil
	case p.Refunds == 0:
		p.Refunds = 1
	}
	return p, p.call(VerbRefund)
}

// debt is what is owed still, for a refund has failed. Before another is made
// it is looked whether somebody has given the money back by hand; and another
// is made for who wishes it, not for who passes a word on.
func (p Payment) debt(wish Wish, word *Word, now time.Time) (Payment, *Call) {
	switch {
	case !wish.looks():
		return p, nil
	case word == nil:
		return p, p.call(VerbGet)
	case word.Returned >= p.Undo.Due.Amount:
		p.Refunds++
		p.RefundFailed, p.Looks, p.Refunded = nil, 0, p.say(now, p.undone(p.Undo.Due.Amount))
		return p, nil
	case wish == WishLook:
		if !now.Before(p.LookAgain()) {
			p.Looks++
		}
		return p, nil
	}
	p.Refunds++
	p.RefundFailed, p.Looks = nil, 0
	return p, p.call(VerbRefund)
}

// looks are how long after a refund it is looked whether the customer's bank
// took it: it may send it back for days, and whoever tells of that may never be
// heard.
var looks = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// LookAgain is when the payment is to be looked at although nobody asks, or zero.
// What failed is said again every day, for the keeper may not have heard of it,
// and looked at, for somebody may have given it back by hand.
func (p Payment) LookAgain() time.Time {
	if p.RefundFailed != nil {
		return p.RefundFailed.At.Add(looks[0] * time.Duration(1+p.Looks))
	}
	if p.Refunded == nil || p.Refunds == 0 || p.Looks >= len(looks) {
		return time.Time{}
	}
	return p.Refunded.At.Add(looks[p.Looks])
}

// givenBack looks again, when it is asked to, at money that was given back: a
// bank may refuse a refund days after it was done.
func (p Payment) givenBack(wish Wish, word *Word, now time.Time) (Payment, *Call) {
	switch {
	case p.Refunds == 0: // nothing was owed, and nobody asked for anything
		return p, nil
	case word != nil && word.Refund == RefundRefused:
		failed := p.undone(p.Undo.Due.Amount)
		failed.Code = word.Code
		p.RefundFailed, p.Refunded, p.Looks = p.say(now, failed), nil, 0
	case word != nil && !p.LookAgain().IsZero() && !now.Before(p.LookAgain()):
		p.Looks++
	case word == nil && wish.looks():
		return p, p.call(VerbGet)
	}
	return p, nil
}

// Contested reports whether a dispute is the newest that was said of the payment.
func (p Payment) Contested() bool { return p.Disputed != nil && p.Disputed.Version == p.Version }

func (p Payment) undone(amount int64) Said {
	return Said{
		Status: p.Undo.Status, Reason: p.Undo.Reason, Attempt: max(1, p.Refunds),
		Amount: new(Money{Amount: amount, Currency: p.Booking.Price.Currency}.named()),
	}
}
