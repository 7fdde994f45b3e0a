package stripe

import (
	"context"

	"github.com/stripe/stripe-go/v86"

	"tourbillon/internal/booking"
)

// manyRefunds is how many refunds are read at once: as many as Stripe gives.
const manyRefunds = 100

// Refund gives c.Amount of a paid intent back, once per key, for ever: it is
// looked for before it is made. A charge that was given back in whole by
// somebody else is done.
func (p *Payments) Refund(ctx context.Context, c booking.Call) (booking.Word, error) {
	c.Verb = booking.VerbRefund
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	amount, ok := minor(c.Amount)
	if !ok {
		return p.noRefund(ctx, c, booking.RefundRefused, codeNotChargeable)
	}
	if c.Intent == "" {
		return refundOfNothing(), nil
	}
	r, err := p.find(ctx, c.Intent, func(r *stripe.Refund) bool { return r.Metadata[metaKey] == c.Key })
	if err == nil && r == nil {
		r, err = p.giveBack(ctx, c, amount)
	}
	switch e := said(err); {
	case err == nil:
		w := booking.Word{Intent: c.Intent, Status: booking.WordSucceeded}
		tell(&w, r)
		return w, nil
	case e == nil || !definite(e):
		return booking.Word{}, unknown(c.Verb, err)
	case e.Code == stripe.ErrorCodeResourceMissing:
		return booking.Word{}, unknown(c.Verb, errMissing)
	case e.Code == stripe.ErrorCodeChargeAlreadyRefunded:
		return p.noRefund(ctx, c, booking.RefundDone, "")
	default:
		return p.noRefund(ctx, c, booking.RefundRefused, code(e))
	}
}

func (p *Payments) giveBack(ctx context.Context, c booking.Call, amount int64) (*stripe.Refund, error) {
	params := &stripe.RefundCreateParams{
		Amount:        &amount,
		PaymentIntent: &c.Intent,
		Metadata:      map[string]string{metaBooking: c.BookingID, metaKey: c.Key},
	}
	params.SetIdempotencyKey(c.Key)
	r, err := p.client.V1Refunds.Create(ctx, params)
	if err == nil && r.ID == "" {
		return nil, errUnreadable
	}
	if err == nil && replayed(r.LastResponse) {
		return p.client.V1Refunds.Retrieve(ctx, r.ID, nil)
	}
	return r, err
}

// noRefund tells how the intent stands of which no refund was made.
func (p *Payments) noRefund(ctx context.Context, c booking.Call, s booking.RefundStatus, code string) (booking.Word, error) {
	w, err := p.read(ctx, c)
	if err != nil {
		return w, err
	}
	w.Refund, w.Code = s, code
	return w, nil
}

// refundOfNothing is the word on a refund of an intent that Stripe does not
// know: nothing will come of asking again.
func refundOfNothing() booking.Word {
	return booking.Word{Status: booking.WordUnknown, Refund: booking.RefundRefused, Code: string(stripe.ErrorCodeResourceMissing)}
}

// find returns the newest refund of an intent that is wanted, nil if there is
// none.
func (p *Payments) find(ctx context.Context, intent string, wanted func(*stripe.Refund) bool) (*stripe.Refund, error) {
	params := &stripe.RefundListParams{PaymentIntent: &intent}
	params.Limit = stripe.Int64(manyRefunds)
	all := p.client.V1Refunds.List(ctx, params)
	if all.Err() == nil && all.Data() == nil {
		return nil, errUnreadable // it is no list: that is not to say that there are none
	}
	for r, err := range all.All(ctx) {
		switch {
		case err != nil:
			return nil, err
		case r == nil:
			return nil, errUnreadable
		case wanted(r):
			return r, nil
		}
	}
	return nil, nil
}

func first(of []*stripe.Refund, wanted func(*stripe.Refund) bool) *stripe.Refund {
	for _, r := range of {
		if r != nil && wanted(r) {
			return r
		}
	}
	return nil
}
