package standin

import (
	"context"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/provider/stripe/fake"
)

// Stripe is a fake of Stripe's with its books open: it keeps the contract of
// [sandbox.Books].
type Stripe struct{ *fake.Fake }

// Ledger implements [sandbox.Books]. Amounts are as Stripe writes them.
func (s Stripe) Ledger(context.Context) ([]sandbox.Intent, error) {
	asked := s.Requests()
	intents := s.Intents()
	all := make([]sandbox.Intent, 0, len(intents))
	for _, i := range intents {
		all = append(all, entered(i, asked))
	}
	return all, nil
}

// stripeWords are Stripe's words for how an intent stands, as ours.
var stripeWords = map[string]booking.IntentStatus{
	"requires_payment_method": booking.WordDeclined, "requires_confirmation": booking.WordUnconfirmed, "requires_action": booking.WordProcessing,
	"processing": booking.WordProcessing, "succeeded": booking.WordSucceeded, "canceled": booking.WordCancelled,
}

// refundWords are those for how a refund stands.
var refundWords = map[string]booking.RefundStatus{
	"succeeded": booking.RefundDone, "pending": booking.RefundPending, "failed": booking.RefundRefused, "canceled": booking.RefundRefused,
}

// entered is an intent as the sandbox would keep it.
func entered(i fake.Intent, asked map[string]int) sandbox.Intent {
	currency := strings.ToUpper(i.Currency)
	line := sandbox.Intent{
		ID: i.ID, BookingID: i.BookingID, Token: i.Method, Amount: booking.Money{Amount: i.Amount, Currency: currency},
		Status: stripeWords[i.Status], Code: i.Code, Confirms: i.Confirms, Disputed: i.Disputed, Requests: map[string]int{},
	}
	for _, r := range i.Refunds {
		line.Refunds = append(line.Refunds, sandbox.Refund{
			Key: r.Key, Amount: booking.Money{Amount: r.Amount, Currency: currency}, Status: refundWords[r.Status],
		})
	}
	for key, n := range asked {
		if strings.HasPrefix(key, i.BookingID+":") {
			line.Requests[key] = n
		}
	}
	return line
}

// Authenticate implements [sandbox.Books].
func (s Stripe) Authenticate(ctx context.Context, intent string, shown *bool) (booking.Word, error) {
	if shown != nil {
		_ = s.Fake.Authenticate(intent, *shown) // where nobody waits for them, that is told below
	}
	all, err := s.Ledger(ctx)
	for i, line := range all {
		if line.ID == intent {
			w := booking.Word{Intent: intent, Status: line.Status}
			if s.Intents()[i].Status == "requires_action" {
				w.Action = &booking.Action{Type: booking.ActionRedirect}
			}
			return w, err
		}
	}
	return booking.Word{Status: booking.WordUnknown}, err
}

// Dispute implements [sandbox.Books].
func (s Stripe) Dispute(_ context.Context, intent string) error { return s.Fake.Dispute(intent) }
