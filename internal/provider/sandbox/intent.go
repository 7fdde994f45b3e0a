package sandbox

import (
	"maps"
	"slices"
	"time"

	"tourbillon/internal/booking"
)

var known = map[string]bool{
	"tok_visa": true, "tok_declined": true, "tok_insufficient_funds": true, "tok_try_again": true,
	"tok_timeout": true, "tok_flaky": true, "tok_slow": true, "tok_async": true,
	"tok_async_fails": true, "tok_refund_fails": true,
}

// Tokens returns every token that the sandbox knows, sorted.
func Tokens() []string { return slices.Sorted(maps.Keys(known)) }

func (i *Intent) word() booking.Word {
	w := booking.Word{Intent: i.ID, Status: i.Status, Code: i.Code, Disputed: i.Disputed}
	if n := len(i.Refunds); n > 0 {
		w.Refund = i.Refunds[n-1].Status
	}
	if w.Refund == booking.RefundRefused {
		w.Code = "refund_refused"
	}
	return w
}

func (i *Intent) decline(code string) {
	i.Status, i.Code = booking.WordDeclined, code
}

// pass decides a processing intent whose time has come.
func (i *Intent) pass(now time.Time) {
	if i.Status != booking.WordProcessing || now.Before(i.Late) {
		return
	}
	i.Late, i.Status = time.Time{}, booking.WordSucceeded
	if i.Token == "tok_async_fails" {
		i.decline("insufficient_funds")
	}
}
