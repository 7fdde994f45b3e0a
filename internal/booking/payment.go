package booking

// AttemptState is how far one attempt to charge has come, as far as we know.
type AttemptState string

// The states of an attempt. Begun and Confirming are the two in which a call
// is out and its outcome unknown: the provider is asked before anything else.
const (
	AttemptBegun      AttemptState = "begun"      // create is out, no id yet
	AttemptMade       AttemptState = "made"       // the intent exists, unconfirmed
	AttemptConfirming AttemptState = "confirming" // confirm is out
	AttemptPending    AttemptState = "pending"    // the provider is at it
	AttemptPaid       AttemptState = "paid"
	AttemptDeclined   AttemptState = "declined"
	AttemptCancelled  AttemptState = "cancelled"
)

// Attempt is one business attempt to charge; a next one follows only a
// definite decline that allows another.
type Attempt struct {
	State  AttemptState `json:"state"`
	Intent string       `json:"intent,omitempty"` // the provider's id
	Code   string       `json:"code,omitempty"`   // its decline code
}

// Action is what the customer must do before a provider goes on: the bank wants
// to see them. Whoever knows the address can do it, so it is shown to those who
// may read the booking, and said in no event.
type Action struct {
	Type string `json:"type"` // redirect
	URL  string `json:"url"`
}

// ActionRedirect sends the customer to a page of the bank's, and back.
const ActionRedirect = "redirect"

// Undo is the wish to give a payment's money back, taken once.
type Undo struct {
	Due    Money  `json:"due"` // what is owed back if the money was taken
	Status Status `json:"status"`
	Reason Reason `json:"reason"`
}

// Payment is a payment's record: what was asked of the provider, what it
// said, and what we have told of it.
type Payment struct {
	Booking  Booking   `json:"booking"`
	Attempts []Attempt `json:"attempts,omitempty"`
	Action   *Action   `json:"action,omitempty"` // while the newest attempt is pending: what the customer must do
	Undo     *Undo     `json:"undo,omitempty"`
	Refunds  int       `json:"refunds,omitempty"` // refund attempts begun
	Looks    int       `json:"looks,omitempty"`   // how often it was looked whether money that was given back stayed there

	Initiated    *Said  `json:"initiated,omitempty"`
	Succeeded    *Said  `json:"succeeded,omitempty"`
	Failed       *Said  `json:"failed,omitempty"`
	Refunded     *Said  `json:"refunded,omitempty"`
	Voided       *Said  `json:"voided,omitempty"`
	RefundFailed *Said  `json:"refundFailed,omitempty"`
	Disputed     *Said  `json:"disputed,omitempty"`
	Version      uint64 `json:"v"` // facts said so far
}

// Wish is what is asked of a payment.
type Wish string

// The wishes. Settle looks at the provider and says what is true: it finishes
// a charge that was begun, or an undo that was asked for.
const (
	WishCharge Wish = "charge"
	WishSettle Wish = "settle"
	WishLook   Wish = "look" // settles, and gives no money back once more: a provider's word is passed on
	WishRefund Wish = "refund"
)

// Verb is what a [Call] asks of the provider.
type Verb string

// The provider's verbs.
const (
	VerbCreate  Verb = "create"
	VerbConfirm Verb = "confirm"
	VerbGet     Verb = "get"
	VerbCancel  Verb = "cancel"
	VerbRefund  Verb = "refund"
)

// Call is one call to the provider. Key is its idempotency key, which is the
// same for ever for the same booking, attempt and verb.
type Call struct {
	Verb      Verb   `json:"verb"`
	Key       string `json:"key"`
	BookingID string `json:"bookingId"`
	Intent    string `json:"intent,omitempty"` // unset on create
	Refund    string `json:"refund,omitempty"` // on get: the key of the refund that is asked about, if any
	Amount    Money  `json:"amount"`
}

// IntentStatus is what a provider says of a payment intent.
type IntentStatus string

// The words of a provider. WordUnknown is a provider that has no such intent.
const (
	WordUnknown     IntentStatus = "unknown"
	WordUnconfirmed IntentStatus = "unconfirmed"
	WordProcessing  IntentStatus = "processing"
	WordSucceeded   IntentStatus = "succeeded"
	WordDeclined    IntentStatus = "declined"
	WordCancelled   IntentStatus = "cancelled"
)

// RefundStatus is what a provider says of the refund it was asked for.
type RefundStatus string

// The outcomes of a refund; the zero value is that none was asked for.
const (
	RefundDone    RefundStatus = "done"
	RefundPending RefundStatus = "pending"
	RefundRefused RefundStatus = "refused"
)

// Word is the provider's answer to a [Call].
type Word struct {
	Intent   string       `json:"intent"`
	Status   IntentStatus `json:"status"`
	Code     string       `json:"code,omitempty"`     // decline code
	Refund   RefundStatus `json:"refund,omitempty"`   // of the refund that was made, or asked about
	Returned int64        `json:"returned,omitempty"` // given back so far, by whomever, in minor units
	Action   *Action      `json:"action,omitempty"`   // while it is processing: what the customer must do
	Disputed bool         `json:"disputed,omitempty"`
}
