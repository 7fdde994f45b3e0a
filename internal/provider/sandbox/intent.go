package sandbox

import (
	"maps"
	"slices"
	"time"

	"tourbillon/internal/booking"
)

var known = map[string]bool{
	"tok_visa": true, "tok_declined": true, "tok_insufficient_funds": true, "tok_try_again": true,
	"tok_timeout": true, "tok_flaky": true, "tok_slow": true, "tok_slow_create": true, "tok_async": true,
	"tok_async_fails": true, "tok_refund_fails": true, "tok_refund_fails_later": true, "tok_3ds": true,
}

// Tokens returns every token that the sandbox knows, sorted.
func Tokens() []string { return slices.Sorted(maps.Keys(known)) }

// awaited reports whether the intent waits for the customer.
func (i *Intent) awaited() bool { return i.Status == booking.WordProcessing && i.Token == "tok_3ds" }

func (i *Intent) word(refund string) booking.Word {
	w := booking.Word{Intent: i.ID, Status: i.Status, Code: i.Code, Disputed: i.Disputed}
	if i.awaited() {
		w.Action = &booking.Action{Type: booking.ActionRedirect, URL: PagePath + i.ID}
	}
	for _, r := range i.Refunds {
		if r.Status == booking.RefundDone {
			w.Returned += r.Amount.Amount
		}
		if r.Key == refund && refund != "" {
			w.Refund = r.Status
		}
	}
	if w.Refund == booking.RefundRefused {
		w.Code = "refund_refused"
	}
	return w
}

func (i *Intent) decline(code string) {
	i.Status, i.Code = booking.WordDeclined, code
}

// pass decides what was to be decided later, when its time has come: a
// processing intent, or a refund that the customer's bank does not take.
func (i *Intent) pass(now time.Time) {
	if i.Late.IsZero() || now.Before(i.Late) {
		return
	}
	i.Late = time.Time{}
	switch {
	case i.Status == booking.WordProcessing && i.Token == "tok_async_fails":
		i.decline("insufficient_funds")
	case i.Status == booking.WordProcessing:
		i.Status = booking.WordSucceeded
	case i.Token == "tok_refund_fails_later" && len(i.Refunds) == 1:
		i.Refunds[0].Status = booking.RefundRefused
	}
}
