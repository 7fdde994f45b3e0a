package fake

import (
	"maps"
	"slices"
)

// method is what a payment method does when its intent is confirmed.
type method struct {
	code    string // declined, with this code
	first   bool   // that for a booking's first intent only
	action  bool   // the bank wants to see the customer
	late    bool   // it is decided later: then, by code
	dispute bool   // paid, and disputed
	refund  refunding
	answers answering
}

// refunding is what becomes of the refunds of a payment method.
type refunding int

const (
	refundNow       refunding = iota
	refundRefused             // the first fails at once
	refundFails               // done, and it comes back later
	refundFailsOnce           // the first does
	refundPending             // done later
)

// answering is what becomes of the answers to a confirmation.
type answering int

const (
	answersNow answering = iota
	answersNot           // the first answer is lost
	answersBad           // 503 twice, and nothing is done
	answersLate
)

// methods are the payment methods that are known: Stripe's for tests, those
// that it has none for (pm_fake_), and the sandbox's (tok_).
var methods = map[string]method{
	"pm_card_visa":       {},
	"pm_card_mastercard": {},
	"pm_card_amex":       {},

	"pm_card_visa_chargeDeclined":                      {code: "generic_decline"},
	"pm_card_visa_chargeDeclinedInsufficientFunds":     {code: "insufficient_funds"},
	"pm_card_visa_chargeDeclinedLostCard":              {code: "lost_card"},
	"pm_card_visa_chargeDeclinedStolenCard":            {code: "stolen_card"},
	"pm_card_visa_chargeDeclinedFraudulent":            {code: "fraudulent"},
	"pm_card_visa_chargeDeclinedVelocityLimitExceeded": {code: "card_velocity_exceeded"},
	"pm_card_chargeDeclinedExpiredCard":                {code: "expired_card"},
	"pm_card_chargeDeclinedIncorrectCvc":               {code: "incorrect_cvc"},
	"pm_card_chargeDeclinedProcessingError":            {code: "processing_error"},
	"pm_card_chargeCustomerFail":                       {code: "generic_decline"},
	"pm_card_radarBlock":                               {code: "fraudulent"},
	"pm_card_authenticationRequired":                   {action: true},
	"pm_card_createDispute":                            {dispute: true},
	"pm_card_refundFail":                               {refund: refundFails},
	"pm_card_pendingRefund":                            {refund: refundPending},

	"pm_fake_tryAgain":      {code: "try_again_later", first: true},
	"pm_fake_delayed":       {late: true},
	"pm_fake_delayedFails":  {late: true, code: "insufficient_funds"},
	"pm_fake_refundRefused": {refund: refundRefused},

	"tok_visa":               {},
	"tok_declined":           {code: "do_not_honor"},
	"tok_insufficient_funds": {code: "insufficient_funds"},
	"tok_try_again":          {code: "try_again_later", first: true},
	"tok_timeout":            {answers: answersNot},
	"tok_flaky":              {answers: answersBad},
	"tok_slow":               {answers: answersLate},
	"tok_async":              {late: true},
	"tok_async_fails":        {late: true, code: "insufficient_funds"},
	"tok_refund_fails":       {refund: refundRefused},
	"tok_refund_fails_later": {refund: refundFailsOnce},
	"tok_3ds":                {action: true},
	"tok_slow_create":        {}, // Stripe's client waits for no answer longer than a lease
}

// Methods returns the payment methods that the fake knows, sorted.
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }

// declined is the error of a declined card.
func declined(code string) *failure {
	e := &failure{Type: "card_error", Code: "card_declined", DeclineCode: code, Message: "Your card was declined."}
	switch code {
	case "expired_card": // has no decline code
		e.Code, e.DeclineCode = code, ""
	case "incorrect_cvc", "processing_error":
		e.Code = code
	}
	return e
}
