package fake

import (
	"net/http"
	"strconv"
)

// The statuses of intents and refunds.
const (
	statusRequiresMethod       = "requires_payment_method"
	statusRequiresConfirmation = "requires_confirmation"
	statusRequiresAction       = "requires_action"
	statusProcessing           = "processing"
	statusSucceeded            = "succeeded"
	statusCanceled             = "canceled"
	statusPending              = "pending"
	statusFailed               = "failed"
)

// intent is a payment intent.
type intent struct {
	id, currency, status, charge string
	method                       string // that it has now: a decline takes it away
	made                         string // that it was made for
	amount, created, canceled    int64
	metadata                     map[string]string
	attempt                      int // the how-manieth intent of its booking
	confirms, charges            int
	failure                      *failure
	disputed                     bool
	back                         string // where the bank sends the customer
	refunds                      []*refund
	answered                     bool // the first answer, which tok_timeout and tok_slow are about
}

// maxAmount is the largest amount of a card payment.
const maxAmount = 999_999_999_999

func (f *Fake) createIntent(q request) answer {
	amount, err := strconv.ParseInt(q.form.Get("amount"), 10, 64)
	currency, name := q.form.Get("currency"), q.form.Get("payment_method")
	_, known := methods[name]
	switch {
	case !q.form.Has("amount"), !q.form.Has("currency"):
		return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "parameter_missing", Message: "Missing required param."})
	case err != nil || amount < 1:
		return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "parameter_invalid_integer", Param: "amount", Message: "This value must be greater than or equal to 1."})
	case amount > maxAmount:
		return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "amount_too_large", Param: "amount", Message: "Amount must be no more than $999,999,999.99."})
	case len(currency) != 3:
		return refuse(http.StatusBadRequest, failure{Type: invalid, Param: "currency", Message: "Invalid currency: " + currency})
	case !known:
		return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "resource_missing", Param: "payment_method", Message: "No such PaymentMethod: '" + name + "'"})
	}
	i := &intent{
		id: f.id("pi"), amount: amount, currency: currency, method: name, made: name, metadata: q.metadata(),
		status: statusRequiresConfirmation, created: f.Now().Unix(),
	}
	booking := i.metadata["booking_id"]
	f.attempts[booking]++
	i.attempt = f.attempts[booking]
	f.intents[i.id] = i
	f.order = append(f.order, i)
	return f.shown(i, q)
}

// confirmIntent asks the card.
func (f *Fake) confirmIntent(i *intent, q request) answer {
	switch {
	case i.status == statusRequiresAction:
		return f.shown(i, q) // the bank waits
	case i.status != statusRequiresConfirmation || i.method == "":
		return f.unexpected(i, "confirm")
	}
	i.confirms++
	m := methods[i.method]
	if m.answers == answersBad && i.confirms <= 2 {
		return refuse(http.StatusServiceUnavailable, failure{Type: "api_error", Message: "Service unavailable."})
	}
	i.charge = f.id("ch")
	i.back = q.form.Get("return_url")
	switch {
	case m.late:
		i.status = statusProcessing
		f.event("payment_intent.processing", f.intentObject(i, nil))
		f.later(f.Late, func() { f.decide(i, m) })
	case m.action && i.back == "":
		i.status = statusRequiresAction // for Stripe's own script
	case m.action:
		i.status = statusRequiresAction
		f.event("payment_intent.requires_action", f.intentObject(i, nil))
	case m.code != "" && (!m.first || i.attempt == 1):
		f.decline(i, declined(m.code))
		e := *i.failure
		e.Intent, e.Charge = f.intentObject(i, nil), i.charge
		return stored(http.StatusPaymentRequired, problem{e})
	default:
		f.take(i)
	}
	a := f.shown(i, q)
	a.lost = m.answers == answersNot && !i.answered
	a.slow = m.answers == answersLate && !i.answered
	i.answered = true
	return a
}

// decide ends what is processing.
func (f *Fake) decide(i *intent, m method) {
	if i.status != statusProcessing {
		return
	}
	if m.code != "" {
		f.decline(i, declined(m.code))
		return
	}
	f.take(i)
}

// take takes the money.
func (f *Fake) take(i *intent) {
	i.status, i.failure = statusSucceeded, nil
	i.charges++
	f.event("payment_intent.succeeded", f.intentObject(i, nil))
	if methods[i.method].dispute {
		f.dispute(i)
	}
}

func (f *Fake) decline(i *intent, e *failure) {
	i.status, i.method, i.failure = statusRequiresMethod, "", e
	f.event("payment_intent.payment_failed", f.intentObject(i, nil))
}

func (f *Fake) dispute(i *intent) {
	i.disputed = true
	f.event("charge.dispute.created", dispute{
		ID: f.id("dp"), Object: "dispute", Amount: i.amount, Currency: i.currency, Charge: i.charge, Intent: i.id,
		Reason: "fraudulent", Status: "needs_response", Created: f.Now().Unix(),
	})
}

func (f *Fake) cancelIntent(i *intent, q request) answer {
	switch i.status {
	case statusProcessing, statusSucceeded, statusCanceled:
		return f.unexpected(i, "cancel")
	}
	i.status, i.canceled = statusCanceled, f.Now().Unix()
	f.event("payment_intent.canceled", f.intentObject(i, nil))
	return f.shown(i, q)
}

// unexpected is the answer to a request that the intent's status forbids.
func (f *Fake) unexpected(i *intent, verb string) answer {
	return stored(http.StatusBadRequest, problem{failure{
		Type: invalid, Code: "payment_intent_unexpected_state", Intent: f.intentObject(i, nil),
		Message: "You cannot " + verb + " this PaymentIntent because it has a status of " + i.status + ".",
	}})
}

func (f *Fake) shown(i *intent, q request) answer {
	return stored(http.StatusOK, f.intentObject(i, q.expand()))
}
