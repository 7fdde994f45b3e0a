package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v86"

	"tourbillon/internal/booking"
)

// What is read along with an intent.
const (
	expandCharge  = "latest_charge"
	expandRefunds = "latest_charge.refunds"
)

// manyKeys is under how many keys a call is asked whose failures are replayed.
const manyKeys = 8

var (
	errMissing = errors.New("there is no such intent: is the key of the account that it was made in?")
	errStands  = errors.New("the intent is as it was before")
)

// change makes a request that changes an intent, and tells how it stands: by
// the answer, or by reading it where the answer is not of now.
func (p *Payments) change(ctx context.Context, c booking.Call, do func(ctx context.Context, key string) (*stripe.PaymentIntent, error)) (booking.Word, error) {
	if c.Verb != booking.VerbCreate && c.Intent == "" {
		return booking.Word{Status: booking.WordUnknown}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	pi, err := do(ctx, c.Key)
	for n := 2; n <= manyKeys && failedBefore(err); n++ {
		pi, err = do(ctx, fmt.Sprintf("%s:%d", c.Key, n))
	}
	if err != nil {
		return p.refused(ctx, c, err)
	}
	if replayed(pi.LastResponse) {
		c.Intent = pi.ID
		return p.read(ctx, c)
	}
	return word(c, pi)
}

// failedBefore reports whether an answer is a failure that Stripe repeats, for as
// long as it remembers the key.
func failedBefore(err error) bool {
	e := said(err)
	return e != nil && e.HTTPStatusCode >= http.StatusInternalServerError && replayed(e.LastResponse)
}

// refused tells what an answer means that is no intent.
func (p *Payments) refused(ctx context.Context, c booking.Call, err error) (booking.Word, error) {
	e := said(err)
	switch {
	case e == nil || !definite(e):
		return booking.Word{}, unknown(c.Verb, err)
	case e.Code == stripe.ErrorCodeResourceMissing && (c.Verb == booking.VerbCreate || e.Param == "payment_method"):
		return booking.Word{Intent: c.Intent, Status: booking.WordDeclined, Code: codeInvalidToken}, nil
	case e.Code == stripe.ErrorCodeResourceMissing:
		return booking.Word{}, unknown(c.Verb, errMissing)
	case c.Intent != "" && (ofState(e) || replayed(e.LastResponse)):
		w, err := p.read(ctx, c)
		if err == nil && stands(c.Verb, w.Status) {
			return booking.Word{}, unknown(c.Verb, errStands)
		}
		return w, err
	case c.Verb == booking.VerbCancel:
		return booking.Word{}, unknown(c.Verb, err)
	}
	return booking.Word{Intent: c.Intent, Status: booking.WordDeclined, Code: code(e)}, nil
}

// ofState reports whether the answer is no because of how the intent stands,
// or has an intent in it that does not stand as declined.
func ofState(e *stripe.Error) bool {
	return e.Code == stripe.ErrorCodePaymentIntentUnexpectedState ||
		e.PaymentIntent != nil && e.PaymentIntent.Status != stripe.PaymentIntentStatusRequiresPaymentMethod
}

// stands reports whether an intent is as if the verb, which was refused, had
// never been asked: told as a word, it would be asked again at once, for ever.
func stands(v booking.Verb, s booking.IntentStatus) bool {
	return s == booking.WordUnconfirmed || v == booking.VerbCancel && s == booking.WordDeclined
}

// definite reports whether an error is Stripe's last word: nothing was done,
// and nothing will be. A request that is malformed is none, for it is our
// mistake and not the card's.
func definite(e *stripe.Error) bool {
	switch e.Code {
	case stripe.ErrorCodeLockTimeout, stripe.ErrorCodeIdempotencyKeyInUse, stripe.ErrorCodeRateLimit:
		return false
	}
	switch e.HTTPStatusCode {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return e.Type != stripe.ErrorTypeIdempotency && !strings.HasPrefix(string(e.Code), "parameter")
	}
	return false
}

// replayed reports whether Stripe gave this answer to the key before.
func replayed(r *stripe.APIResponse) bool {
	return r != nil && r.Header.Get("Idempotent-Replayed") == "true"
}

// read tells how an intent stands.
func (p *Payments) read(ctx context.Context, c booking.Call) (booking.Word, error) {
	if c.Intent == "" {
		return booking.Word{Status: booking.WordUnknown}, nil
	}
	pi, err := p.retrieve(ctx, c.Intent, []*string{stripe.String(expandCharge), stripe.String(expandRefunds)})
	if err != nil {
		return booking.Word{}, unknown(c.Verb, err)
	}
	w, err := word(c, pi)
	if err != nil || c.Refund == "" || pi.LatestCharge == nil || pi.LatestCharge.Refunds == nil {
		return w, err
	}
	asked := func(r *stripe.Refund) bool { return r.Metadata[metaKey] == c.Refund }
	newest := first(pi.LatestCharge.Refunds.Data, asked)
	if newest == nil && pi.LatestCharge.Refunds.HasMore {
		if newest, err = p.find(ctx, c.Intent, asked); err != nil {
			return booking.Word{}, unknown(c.Verb, err)
		}
	}
	if newest != nil {
		tell(&w, newest)
	}
	return w, nil
}

// retrieve reads an intent; the error is errMissing if there is none.
func (p *Payments) retrieve(ctx context.Context, intent string, expand []*string) (*stripe.PaymentIntent, error) {
	if intent == "" { // its path would be that of all intents
		return nil, errMissing
	}
	pi, err := p.client.V1PaymentIntents.Retrieve(ctx, intent, &stripe.PaymentIntentRetrieveParams{Expand: expand})
	if e := said(err); e != nil && e.HTTPStatusCode == http.StatusNotFound && e.Code == stripe.ErrorCodeResourceMissing {
		return nil, errMissing
	}
	return pi, err
}
