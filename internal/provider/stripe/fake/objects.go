package fake

import "slices"

// The objects of the API, as far as ours are read.
type (
	intentObject struct {
		ID                 string            `json:"id"`
		Object             string            `json:"object"`
		Amount             int64             `json:"amount"`
		AmountReceived     int64             `json:"amount_received"`
		CanceledAt         *int64            `json:"canceled_at"`
		CaptureMethod      string            `json:"capture_method"`
		ClientSecret       string            `json:"client_secret"`
		ConfirmationMethod string            `json:"confirmation_method"`
		Created            int64             `json:"created"`
		Currency           string            `json:"currency"`
		LastPaymentError   *failure          `json:"last_payment_error"`
		LatestCharge       any               `json:"latest_charge"`
		Livemode           bool              `json:"livemode"`
		Metadata           map[string]string `json:"metadata"`
		NextAction         *nextAction       `json:"next_action"`
		PaymentMethod      *string           `json:"payment_method"`
		PaymentMethodTypes []string          `json:"payment_method_types"`
		Status             string            `json:"status"`
	}
	nextAction struct {
		Type     string    `json:"type"`
		Redirect *redirect `json:"redirect_to_url,omitempty"`
	}
	redirect struct {
		URL    string `json:"url"`
		Return string `json:"return_url"`
	}
	chargeObject struct {
		ID             string            `json:"id"`
		Object         string            `json:"object"`
		Amount         int64             `json:"amount"`
		AmountRefunded int64             `json:"amount_refunded"`
		Currency       string            `json:"currency"`
		Disputed       bool              `json:"disputed"`
		Metadata       map[string]string `json:"metadata"`
		Paid           bool              `json:"paid"`
		Intent         string            `json:"payment_intent"`
		Refunded       bool              `json:"refunded"`
		Refunds        *list             `json:"refunds,omitempty"`
		Status         string            `json:"status"`
	}
	refundObject struct {
		ID       string            `json:"id"`
		Object   string            `json:"object"`
		Amount   int64             `json:"amount"`
		Charge   string            `json:"charge"`
		Created  int64             `json:"created"`
		Currency string            `json:"currency"`
		Failure  string            `json:"failure_reason,omitempty"`
		Metadata map[string]string `json:"metadata"`
		Intent   string            `json:"payment_intent"`
		Status   string            `json:"status"`
	}
	dispute struct {
		ID       string `json:"id"`
		Object   string `json:"object"`
		Amount   int64  `json:"amount"`
		Charge   string `json:"charge"`
		Created  int64  `json:"created"`
		Currency string `json:"currency"`
		Intent   string `json:"payment_intent"`
		Reason   string `json:"reason"`
		Status   string `json:"status"`
	}
	list struct {
		Object  string `json:"object"`
		Data    []any  `json:"data"`
		HasMore bool   `json:"has_more"`
		URL     string `json:"url"`
	}
	problem struct {
		Error failure `json:"error"`
	}
)

// failure is an error of the API.
type failure struct {
	Type        string        `json:"type"`
	Code        string        `json:"code,omitempty"`
	DeclineCode string        `json:"decline_code,omitempty"`
	Charge      string        `json:"charge,omitempty"`
	Message     string        `json:"message"`
	Param       string        `json:"param,omitempty"`
	Intent      *intentObject `json:"payment_intent,omitempty"`
}

// reason is the code that says most.
func (e *failure) reason() string {
	if e.DeclineCode != "" {
		return e.DeclineCode
	}
	return e.Code
}

func (f *Fake) intentObject(i *intent, expand []string) *intentObject {
	o := &intentObject{
		ID: i.id, Object: "payment_intent", Amount: i.amount, CaptureMethod: "automatic", ClientSecret: i.id + "_secret_fake",
		ConfirmationMethod: "automatic", Created: i.created, Currency: i.currency, LastPaymentError: i.failure,
		Metadata: i.metadata, PaymentMethodTypes: []string{"card"}, Status: i.status,
	}
	if i.status == statusSucceeded {
		o.AmountReceived = i.amount
	}
	if i.status == statusCanceled {
		o.CanceledAt = &i.canceled
	}
	if i.method != "" {
		o.PaymentMethod = &i.method
	}
	if i.status == statusRequiresAction && i.back == "" {
		o.NextAction = &nextAction{Type: "use_stripe_sdk"}
	} else if i.status == statusRequiresAction {
		o.NextAction = &nextAction{Type: "redirect_to_url", Redirect: &redirect{URL: f.Bank + i.id, Return: i.back}}
	}
	switch {
	case i.charge == "" || i.status == statusRequiresAction:
	case slices.Contains(expand, "latest_charge"):
		o.LatestCharge = f.chargeObject(i, expand)
	default:
		o.LatestCharge = i.charge
	}
	return o
}

func (f *Fake) chargeObject(i *intent, expand []string) chargeObject {
	o := chargeObject{
		ID: i.charge, Object: "charge", Amount: i.amount, AmountRefunded: i.refunded(), Currency: i.currency,
		Disputed: i.disputed, Metadata: i.metadata, Intent: i.id, Paid: i.charges > 0, Status: statusFailed,
	}
	o.Refunded = o.AmountRefunded == i.amount
	switch {
	case o.Paid:
		o.Status = statusSucceeded
	case i.status == statusProcessing:
		o.Status = statusPending
	}
	if slices.Contains(expand, "latest_charge.refunds") {
		page := i.refundList("", 10)
		o.Refunds = &page
	}
	return o
}

func (r *refund) object() refundObject {
	return refundObject{
		ID: r.id, Object: "refund", Amount: r.amount, Charge: r.of.charge, Created: r.created, Currency: r.of.currency,
		Failure: r.reason, Metadata: r.metadata, Intent: r.of.id, Status: r.status,
	}
}
