package stripe_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe/fake"
)

// back is the word on a refund of a paid intent.
func back(id string, s booking.RefundStatus, code string) booking.Word {
	return booking.Word{Intent: id, Status: booking.WordSucceeded, Refund: s, Code: code}
}

func TestRefund_KeyThatIsForgottenDoesNotRefundTwice(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	for range 3 {
		b.is(b.word(b.refund("1", id, 1000)), back(id, booking.RefundDone, ""))
		b.now = b.now.Add(25 * time.Hour)
	}
	if l := b.line(); len(l.Refunds) != 1 || l.Taken() != 8000 {
		t.Errorf("%+v", l)
	}
}

func TestRefund_LooksBeforeItMakes(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	if n := b.asked(func() { b.word(b.refund("1", id, 1)) }); n != 2 {
		t.Errorf("%d requests, want a look and a refund", n)
	}
	if n := b.asked(func() { b.word(b.refund("1", id, 1)) }); n != 1 {
		t.Errorf("%d requests, want a look", n)
	}
	for n := range 120 { // more than a page
		b.word(b.refund(string(rune('a'+n%26))+string(rune('a'+n/26)), id, 1))
	}
	b.is(b.word(b.refund("1", id, 1)), back(id, booking.RefundDone, ""))
	if l := b.line(); len(l.Refunds) != 121 {
		t.Errorf("%d refunds", len(l.Refunds))
	}
}

func TestRefund_NeverMoreThanWasTaken(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	b.is(b.word(b.refund("1", id, 9001)), back(id, booking.RefundRefused, "invalid_request_error"))
	b.is(b.word(b.refund("2", id, 5000)), back(id, booking.RefundDone, ""))
	b.is(b.word(b.refund("3", id, 4001)), back(id, booking.RefundRefused, "invalid_request_error"))
	b.is(b.word(b.refund("4", id, 4000)), back(id, booking.RefundDone, ""))
	b.is(b.word(b.refund("5", id, 1)), back(id, booking.RefundDone, "")) // there is nothing left to give back
	if l := b.line(); l.Taken() != 0 {
		t.Errorf("%+v", l)
	}
	unpaid := open(t)
	id = unpaid.made("pm_card_visa", "1")
	unpaid.is(unpaid.word(unpaid.refund("1", id, 1)), booking.Word{
		Intent: id, Status: booking.WordUnconfirmed, Refund: booking.RefundRefused, Code: "invalid_request_error"})
}

func TestRefund_FailsAtOnce_NextDoesNot(t *testing.T) {
	b := open(t)
	id := b.paid("tok_refund_fails")
	for range 2 {
		b.is(b.word(b.refund("1", id, 9000)), back(id, booking.RefundRefused, "expired_or_canceled_card"))
	}
	b.is(b.get(id, "1"), back(id, booking.RefundRefused, "expired_or_canceled_card"))
	b.is(b.word(b.refund("2", id, 9000)), back(id, booking.RefundDone, ""))
	b.is(b.get(id, "2"), back(id, booking.RefundDone, ""))
	b.is(b.get(id, "1"), back(id, booking.RefundRefused, "expired_or_canceled_card"))
	if l := b.line(); l.Taken() != 0 {
		t.Errorf("%+v", l)
	}
}

func TestRefund_ComesBackLater(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_refundFail")
	b.is(b.word(b.refund("1", id, 9000)), back(id, booking.RefundDone, ""))
	if w := b.get(id, "1"); w.Returned != 9000 {
		t.Errorf("%+v", w)
	}
	b.now = noon.Add(late)
	if w := b.get(id, "1"); w.Returned != 0 {
		t.Errorf("it came back: %+v", w)
	}
	b.is(b.get(id, "1"), back(id, booking.RefundRefused, "expired_or_canceled_card"))
	b.is(b.word(b.refund("1", id, 9000)), back(id, booking.RefundRefused, "expired_or_canceled_card"))
}

func TestRefund_IsPendingFirst(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_pendingRefund")
	b.is(b.word(b.refund("1", id, 9000)), back(id, booking.RefundPending, ""))
	b.is(b.get(id, "1"), back(id, booking.RefundPending, ""))
	b.now = noon.Add(late)
	b.is(b.get(id, "1"), back(id, booking.RefundDone, ""))
}

func TestRefund_SomebodyElsesIsNotOurs(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	b.word(b.refund("1", id, 1000))
	for range 12 { // more than a charge has with it
		b.byHand(id, 100)
	}
	b.is(b.get(id, "1"), back(id, booking.RefundDone, ""))
	if w := b.get(id, "2"); w.Refund != "" || w.Returned != 2200 {
		t.Errorf("%+v", w)
	}
	alone := open(t)
	id = alone.paid("pm_card_visa")
	alone.byHand(id, 100)
	alone.is(alone.get(id), booking.Word{Intent: id, Status: booking.WordSucceeded})
}

func TestRefund_AmountThatCannotBeWritten(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	c := call(booking.VerbRefund, "1", id, 5)
	c.Amount.Currency = "KWD"
	b.is(b.word(b.Refund(t.Context(), c)), back(id, booking.RefundRefused, "amount_not_chargeable"))
	b.fake.Fail(fake.Fault{Status: 503})
	b.unknown(b.Refund(t.Context(), c))
}
