package stripe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v86"

	"tourbillon/internal/booking"
)

// The codes that are ours and not Stripe's.
const (
	codeInvalidToken  = "invalid_token" // as the sandbox says it
	codeNotChargeable = "amount_not_chargeable"
	codeUnnamed       = "unnamed" // Stripe gave no reason
)

// word tells how an intent stands. A hold on the card, which nobody here asks
// for and which takes no money by itself, is told as processing: it can be
// cancelled, and ends by itself.
func word(c booking.Call, pi *stripe.PaymentIntent) (booking.Word, error) {
	w := booking.Word{Intent: pi.ID}
	switch pi.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		w.Status = booking.WordUnconfirmed
		if pi.LastPaymentError != nil {
			w.Status, w.Code = booking.WordDeclined, code(pi.LastPaymentError)
		}
	case stripe.PaymentIntentStatusRequiresConfirmation:
		w.Status = booking.WordUnconfirmed
	case stripe.PaymentIntentStatusRequiresAction:
		w.Status, w.Action = booking.WordProcessing, action(pi.NextAction)
	case stripe.PaymentIntentStatusProcessing, stripe.PaymentIntentStatusRequiresCapture:
		w.Status = booking.WordProcessing
	case stripe.PaymentIntentStatusSucceeded:
		w.Status = booking.WordSucceeded
	case stripe.PaymentIntentStatusCanceled:
		w.Status = booking.WordCancelled
	}
	if w.Intent == "" || w.Status == "" {
		return booking.Word{}, unknown(c.Verb, errUnreadable)
	}
	if charge := pi.LatestCharge; charge != nil {
		w.Disputed, w.Returned = charge.Disputed, iso(charge.AmountRefunded, string(charge.Currency))
	}
	return w, nil
}

// action is what the customer must do: nil where it is nothing that a link
// leads to.
func action(next *stripe.PaymentIntentNextAction) *booking.Action {
	if next == nil || next.RedirectToURL == nil {
		return nil
	}
	to := next.RedirectToURL.URL
	if !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") {
		return nil
	}
	return &booking.Action{Type: booking.ActionRedirect, URL: to}
}

// tell adds to a word how a refund stands.
func tell(w *booking.Word, r *stripe.Refund) {
	switch r.Status {
	case stripe.RefundStatusSucceeded:
		w.Refund = booking.RefundDone
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		w.Refund, w.Code = booking.RefundRefused, plain(cmp.Or(string(r.FailureReason), string(r.Status)))
	default: // pending, or it waits for the customer
		w.Refund = booking.RefundPending
	}
}

// code is why a card was declined or a request refused.
func code(e *stripe.Error) string {
	return cmp.Or(plain(string(e.DeclineCode)), plain(string(e.Code)), plain(string(e.Type)), codeUnnamed)
}

// plain returns s if it is one of Stripe's names, and nothing if it is text:
// it goes to events and errors.
func plain(s string) string {
	for _, r := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", r) {
			return ""
		}
	}
	for _, secret := range slices.Concat(testKeys, liveKeys, []string{"_secret_"}) {
		if strings.Contains(s, secret) {
			return ""
		}
	}
	if len(s) > 64 {
		return ""
	}
	return s
}
