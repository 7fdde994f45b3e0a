package fake

import "fmt"

// Intent is one line of the ledger. Amounts are as Stripe writes them.
type Intent struct {
	ID        string
	BookingID string // its metadata booking_id
	Method    string // the payment method that it was made for
	Amount    int64
	Currency  string // in lower case
	Status    string
	Code      string // why it was declined, if it was
	Confirms  int    // how often the card was asked
	Charges   int    // how often money was taken: more than once is a disaster
	Disputed  bool
	Refunds   []Refund // oldest first
}

// Refund is one refund of an intent.
type Refund struct {
	ID     string
	Key    string // its metadata key
	Amount int64
	Status string
}

// Taken is the money that the intent took and did not give back, or is about
// to.
func (i Intent) Taken() int64 {
	left := int64(i.Charges) * i.Amount
	for _, r := range i.Refunds {
		if r.Status == statusSucceeded || r.Status == statusPending {
			left -= r.Amount
		}
	}
	return left
}

// Intents returns every intent, the oldest first, as they stand now.
func (f *Fake) Intents() []Intent {
	f.Pass()
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Intent, 0, len(f.order))
	for _, i := range f.order {
		line := Intent{
			ID: i.id, BookingID: i.metadata["booking_id"], Method: i.made, Amount: i.amount, Currency: i.currency,
			Status: i.status, Confirms: i.confirms, Charges: i.charges, Disputed: i.disputed,
		}
		if i.failure != nil {
			line.Code = i.failure.reason()
		}
		for _, r := range i.refunds {
			line.Refunds = append(line.Refunds, Refund{ID: r.id, Key: r.metadata["key"], Amount: r.amount, Status: r.status})
		}
		all = append(all, line)
	}
	return all
}

// Taken is the money that was taken and not given back, by currency.
func (f *Fake) Taken() map[string]int64 {
	sum := make(map[string]int64)
	for _, i := range f.Intents() {
		sum[i.Currency] += i.Taken()
	}
	return sum
}

// Authenticate is the customer at the bank's page: ok pays, not ok declines.
// It returns an error if no bank asks to see them.
func (f *Fake) Authenticate(intent string, ok bool) error {
	defer f.tell()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass()
	i := f.intents[intent]
	if i == nil || i.status != statusRequiresAction {
		return fmt.Errorf("fake: no bank asks for the customer of %q", intent)
	}
	if !ok {
		f.decline(i, &failure{Type: "invalid_request_error", Code: "payment_intent_authentication_failure", Message: "The authentication failed."})
		return nil
	}
	f.take(i)
	return nil
}

// Dispute has the cardholder dispute an intent. It returns an error if there
// is nothing to dispute.
func (f *Fake) Dispute(intent string) error {
	defer f.tell()
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.intents[intent]
	if i == nil || i.charges == 0 {
		return fmt.Errorf("fake: nobody paid %q", intent)
	}
	f.dispute(i)
	return nil
}
