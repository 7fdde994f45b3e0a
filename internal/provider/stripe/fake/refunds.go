package fake

import (
	"net/http"
	"slices"
	"strconv"
)

// refund is a refund.
type refund struct {
	id, status, reason string
	amount, created    int64
	metadata           map[string]string
	of                 *intent
}

// refunded is how much of the intent was given back, or is about to be.
func (i *intent) refunded() (sum int64) {
	for _, r := range i.refunds {
		if r.status == statusSucceeded || r.status == statusPending {
			sum += r.amount
		}
	}
	return sum
}

func (f *Fake) createRefund(q request) answer {
	i := f.intents[q.form.Get("payment_intent")]
	if i == nil {
		return missing("payment_intent", q.form.Get("payment_intent"))
	}
	left := int64(i.charges)*i.amount - i.refunded()
	amount := left
	if q.form.Has("amount") {
		var err error
		if amount, err = strconv.ParseInt(q.form.Get("amount"), 10, 64); err != nil || amount < 1 {
			return refuse(http.StatusBadRequest, failure{Type: invalid, Code: "parameter_invalid_integer", Param: "amount", Message: "Invalid positive integer."})
		}
	}
	switch {
	case i.charges == 0:
		return stored(http.StatusBadRequest, problem{failure{Type: invalid, Message: "This PaymentIntent does not have a successful charge to refund."}})
	case i.disputed:
		return stored(http.StatusBadRequest, problem{failure{Type: invalid, Code: "charge_disputed", Message: "Charge " + i.charge + " has been charged back."}})
	case left == 0:
		return stored(http.StatusBadRequest, problem{failure{Type: invalid, Code: "charge_already_refunded", Message: "Charge " + i.charge + " has already been refunded."}})
	case amount > left:
		return stored(http.StatusBadRequest, problem{failure{Type: invalid, Param: "amount", Message: "Refund amount is greater than unrefunded amount on charge."}})
	}
	r := &refund{id: f.id("re"), amount: amount, created: f.Now().Unix(), metadata: q.metadata(), of: i, status: statusSucceeded}
	i.refunds = append(i.refunds, r)
	f.refunds[r.id] = r
	f.begin(r)
	return stored(http.StatusOK, r.object())
}

// begin does with a new refund what the payment method says.
func (f *Fake) begin(r *refund) {
	switch methods[r.of.made].refund {
	case refundRefused:
		if len(r.of.refunds) == 1 {
			f.fail(r)
			return
		}
	case refundFailsOnce:
		if len(r.of.refunds) == 1 {
			f.later(f.Late, func() { f.fail(r) })
		}
	case refundFails:
		f.later(f.Late, func() { f.fail(r) })
	case refundPending:
		r.status = statusPending
		f.later(f.Late, func() {
			r.status = statusSucceeded
			f.event("refund.updated", r.object())
		})
	}
	f.event("charge.refunded", f.chargeObject(r.of, nil))
}

func (f *Fake) fail(r *refund) {
	r.status, r.reason = statusFailed, "expired_or_canceled_card"
	f.event("refund.updated", r.object())
	f.event("refund.failed", r.object())
}

// listRefunds lists the refunds of an intent, the newest first.
func (f *Fake) listRefunds(q request) answer {
	i := f.intents[q.form.Get("payment_intent")]
	if i == nil {
		return missing("payment_intent", q.form.Get("payment_intent"))
	}
	limit := 10
	if n, err := strconv.Atoi(q.form.Get("limit")); err == nil && n >= 1 && n <= 100 {
		limit = n
	}
	return stored(http.StatusOK, i.refundList(q.form.Get("starting_after"), limit))
}

func (i *intent) refundList(after string, limit int) list {
	all := slices.Clone(i.refunds)
	slices.Reverse(all)
	if after != "" {
		at := slices.IndexFunc(all, func(r *refund) bool { return r.id == after })
		all = all[at+1:]
	}
	page := list{Object: "list", URL: "/v1/refunds", Data: []any{}, HasMore: len(all) > limit}
	for _, r := range all[:min(limit, len(all))] {
		page.Data = append(page.Data, r.object())
	}
	return page
}
