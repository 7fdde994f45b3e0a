package stripe_test

import (
	"strings"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe/fake"
)

func TestPayments_Methods(t *testing.T) {
	for token, want := range map[string]booking.Word{
		"pm_card_visa":                                 {Status: booking.WordSucceeded},
		"pm_card_visa_chargeDeclined":                  {Status: booking.WordDeclined, Code: "generic_decline"},
		"pm_card_visa_chargeDeclinedInsufficientFunds": {Status: booking.WordDeclined, Code: "insufficient_funds"},
		"pm_card_visa_chargeDeclinedLostCard":          {Status: booking.WordDeclined, Code: "lost_card"},
		"pm_card_visa_chargeDeclinedStolenCard":        {Status: booking.WordDeclined, Code: "stolen_card"},
		"pm_card_chargeDeclinedExpiredCard":            {Status: booking.WordDeclined, Code: "expired_card"},
		"pm_card_chargeDeclinedIncorrectCvc":           {Status: booking.WordDeclined, Code: "incorrect_cvc"},
		"pm_card_chargeDeclinedProcessingError":        {Status: booking.WordDeclined, Code: "processing_error"},
		"pm_fake_tryAgain":                             {Status: booking.WordDeclined, Code: "try_again_later"},
		"pm_card_authenticationRequired":               {Status: booking.WordProcessing},
		"pm_fake_delayed":                              {Status: booking.WordProcessing},
		"pm_card_createDispute":                        {Status: booking.WordSucceeded, Disputed: true},
		"tok_declined":                                 {Status: booking.WordDeclined, Code: "do_not_honor"},
	} {
		t.Run("the confirmation of "+token+" is one request, and says what the next look says", func(t *testing.T) {
			b := open(t)
			id := b.made(token, "1")
			want.Intent = id
			if n := b.asked(func() { b.is(b.word(b.confirm(id)), want) }); n != 1 {
				t.Errorf("%d requests", n)
			}
			if n := b.asked(func() { b.is(b.get(id), want) }); n != 1 {
				t.Errorf("%d requests", n)
			}
			if l := b.line(); l.BookingID != "booking-2" || l.Amount != price.Amount || l.Currency != "eur" || l.Confirms != 1 {
				t.Errorf("%+v", l)
			}
		})
	}
	t.Run("no other is known, and no intent is made for it", func(t *testing.T) {
		b := open(t)
		w := b.word(b.Create(t.Context(), call(booking.VerbCreate, "1", "", 1), "pm_nobody"))
		b.is(w, booking.Word{Status: booking.WordDeclined, Code: "invalid_token"})
		if all := b.fake.Intents(); len(all) != 0 {
			t.Errorf("%+v", all)
		}
	})
	t.Run("the next attempt of one that wants to be tried again succeeds", func(t *testing.T) {
		b := open(t)
		b.is(b.word(b.confirm(b.made("pm_fake_tryAgain", "1"))), booking.Word{
			Intent: b.fake.Intents()[0].ID, Status: booking.WordDeclined, Code: "try_again_later"})
		id := b.made("pm_fake_tryAgain", "2")
		w := b.word(b.Confirm(t.Context(), call(booking.VerbConfirm, "2", id, price.Amount)))
		b.is(w, booking.Word{Intent: id, Status: booking.WordSucceeded})
	})
}

func TestPayments_AmountsThatStripeCannotWriteAreDeclined(t *testing.T) {
	b := open(t)
	c := call(booking.VerbCreate, "1", "", 5124)
	c.Amount.Currency = "KWD"
	n := b.asked(func() {
		b.is(b.word(b.Create(t.Context(), c, "pm_card_visa")), booking.Word{Status: booking.WordDeclined, Code: "amount_not_chargeable"})
	})
	if n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
	c.Amount = booking.Money{Amount: 5, Currency: "ISK"}
	b.word(b.Create(t.Context(), c, "pm_card_visa"))
	if l := b.line(); l.Amount != 500 || l.Currency != "isk" {
		t.Errorf("%+v, want 500 isk", l)
	}
}

func TestPayments_AmountsThatStripeRefusesAreDeclined(t *testing.T) {
	b := open(t)
	w := b.word(b.Create(t.Context(), call(booking.VerbCreate, "1", "", 1e15), "pm_card_visa"))
	b.is(w, booking.Word{Status: booking.WordDeclined, Code: "amount_too_large"})
}

func TestPayments_BankWantsToSeeTheCustomer(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		want booking.Word
	}{
		{"and sees them", true, booking.Word{Status: booking.WordSucceeded}},
		{"and does not believe them", false, booking.Word{Status: booking.WordDeclined, Code: "payment_intent_authentication_failure"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			id := b.made("pm_card_authenticationRequired", "1")
			w := b.word(b.confirm(id))
			if w.Action == nil || w.Action.Type != booking.ActionRedirect || w.Action.URL != "https://hooks.stripe.com/3d_secure_2/hosted/"+id {
				t.Fatalf("%+v", w.Action)
			}
			if again := b.get(id); again.Action == nil || *again.Action != *w.Action {
				t.Errorf("a look says %+v", again.Action)
			}
			if err := b.fake.Authenticate(id, c.ok); err != nil {
				t.Fatal(err)
			}
			c.want.Intent = id
			w = b.get(id)
			b.is(w, c.want)
			if w.Action != nil {
				t.Errorf("still wants %+v", w.Action)
			}
		})
	}
	t.Run("and the customer never comes: it is cancelled", func(t *testing.T) {
		b := open(t)
		id := b.made("pm_card_authenticationRequired", "1")
		b.word(b.confirm(id))
		b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
	})
}

func TestPayments_DecidedLater(t *testing.T) {
	for token, want := range map[string]booking.Word{
		"pm_fake_delayed":      {Status: booking.WordSucceeded},
		"pm_fake_delayedFails": {Status: booking.WordDeclined, Code: "insufficient_funds"},
	} {
		t.Run(token, func(t *testing.T) {
			b := open(t)
			id := b.made(token, "1")
			b.word(b.confirm(id))
			b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordProcessing})
			b.now = noon.Add(late)
			want.Intent = id
			b.is(b.get(id), want)
			b.is(b.word(b.confirm(id)), want) // under the key whose first answer was another
		})
	}
}

func TestPayments_Cancel(t *testing.T) {
	for _, c := range []struct {
		name, token string
		confirm     bool
		want        booking.IntentStatus
		charges     int
	}{
		{"what was not confirmed is cancelled", "pm_card_visa", false, booking.WordCancelled, 0},
		{"what was declined is cancelled", "pm_card_visa_chargeDeclined", true, booking.WordCancelled, 0},
		{"what was paid stays paid", "pm_card_visa", true, booking.WordSucceeded, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			id := b.made(c.token, "1")
			if c.confirm {
				b.word(b.confirm(id))
			}
			for range 2 {
				b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: c.want})
			}
			if w := b.word(b.confirm(id)); w.Status != c.want {
				t.Errorf("confirmed after that: %+v", w)
			}
			if l := b.line(); l.Charges != c.charges {
				t.Errorf("%+v", l)
			}
		})
	}
}

func TestPayments_Unknown(t *testing.T) {
	b := open(t)
	b.is(b.get(""), booking.Word{Status: booking.WordUnknown})
	b.is(b.word(b.confirm("")), booking.Word{Status: booking.WordUnknown})
	b.is(b.word(b.cancel("")), booking.Word{Status: booking.WordUnknown})
	b.is(b.word(b.refund("1", "", 1)), booking.Word{Status: booking.WordUnknown, Refund: booking.RefundRefused, Code: "resource_missing"})
}

// An id that was given to us and that Stripe does not know is another account's,
// whose key we have: it may have been paid there, and must not be forgotten.
func TestPayments_TheKeyIsOfAnotherAccount(t *testing.T) {
	b := open(t)
	for _, id := range []string{"pi_nobody", "../refunds"} {
		_, got := b.Get(t.Context(), call(booking.VerbGet, "1", id, 1))
		_, confirmed := b.confirm(id)
		_, cancelled := b.cancel(id)
		_, refunded := b.refund("1", id, 1)
		for _, err := range []error{got, confirmed, cancelled, refunded} {
			if err == nil || !strings.Contains(err.Error(), "another account") && !strings.Contains(err.Error(), "of the account") {
				t.Errorf("%s: %v, want an outcome that is not known", id, err)
			}
		}
	}
}

func TestPayments_Dispute(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	if err := b.fake.Dispute(id); err != nil {
		t.Fatal(err)
	}
	b.is(b.get(id), booking.Word{Intent: id, Status: booking.WordSucceeded, Disputed: true})
	w := b.word(b.refund("1", id, 100))
	b.is(w, booking.Word{Intent: id, Status: booking.WordSucceeded, Disputed: true, Refund: booking.RefundRefused, Code: "charge_disputed"})
	for intent, want := range map[string]string{id: "booking-2", "pi_nobody": "", "": ""} {
		if got, err := b.Booking(t.Context(), intent); got != want || err != nil {
			t.Errorf("the booking of %q: %q, %v", intent, got, err)
		}
	}
	b.fake.Fail(fake.Fault{Status: 503})
	if _, err := b.Booking(t.Context(), id); err == nil {
		t.Error("Stripe was not there")
	}
}
