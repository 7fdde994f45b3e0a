package stripe_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe/fake"
)

// The requests that change something.
const (
	create  = "/v1/payment_intents"
	confirm = "/v1/payment_intents/*/confirm"
	cancel  = "/v1/payment_intents/*/cancel"
	refunds = "/v1/refunds"
)

func TestTrap_AnswerToCreateIsLost(t *testing.T) {
	b := open(t)
	b.fake.Fail(fake.Fault{Path: create, Lose: true})
	b.unknown(b.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "pm_card_visa"))
	id := b.made("pm_card_visa", "1")
	if l := b.line(); l.ID != id {
		t.Errorf("%+v, want the one intent %s", l, id)
	}
}

func TestTrap_AnswerToConfirmIsLost(t *testing.T) {
	for token, want := range map[string]booking.Word{
		"pm_card_visa":                {Status: booking.WordSucceeded},
		"pm_card_visa_chargeDeclined": {Status: booking.WordDeclined, Code: "generic_decline"},
	} {
		t.Run(token, func(t *testing.T) {
			b := open(t)
			id := b.made(token, "1")
			want.Intent = id
			b.fake.Fail(fake.Fault{Path: confirm, Lose: true})
			b.unknown(b.confirm(id))
			b.is(b.get(id), want)
			b.is(b.word(b.confirm(id)), want)
			if l := b.line(); l.Confirms != 1 {
				t.Errorf("%+v", l)
			}
		})
	}
}

func TestTrap_AnswerToRefundIsLost(t *testing.T) {
	b := open(t)
	id := b.paid("pm_card_visa")
	b.fake.Fail(fake.Fault{Method: http.MethodPost, Path: refunds, Lose: true})
	b.unknown(b.refund("1", id, 4500))
	b.is(b.word(b.refund("1", id, 4500)), booking.Word{Intent: id, Status: booking.WordSucceeded, Refund: booking.RefundDone})
	if l := b.line(); len(l.Refunds) != 1 || l.Taken() != 4500 {
		t.Errorf("%+v", l)
	}
}

func TestTrap_AnswerToCancelIsLost(t *testing.T) {
	b := open(t)
	id := b.made("pm_card_visa", "1")
	b.fake.Fail(fake.Fault{Path: cancel, Lose: true})
	b.unknown(b.cancel(id))
	b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
}

func TestTrap_ConfirmationIsDoneAfterWeGaveUp(t *testing.T) {
	b := open(t)
	id := b.made("pm_card_visa", "1")
	b.fake.Fail(fake.Fault{Path: confirm, Later: time.Minute})
	b.unknown(b.confirm(id))
	b.is(b.get(id), booking.Word{Intent: id, Status: booking.WordUnconfirmed})
	b.unknown(b.confirm(id)) // the first is at it still: 409
	b.now = noon.Add(time.Minute)
	b.is(b.get(id), booking.Word{Intent: id, Status: booking.WordSucceeded})
	b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
	if l := b.line(); l.Charges != 1 {
		t.Errorf("%+v", l)
	}
}

func TestTrap_CancelledBeforeALateConfirmation(t *testing.T) {
	b := open(t)
	id := b.made("pm_card_visa", "1")
	b.fake.Fail(fake.Fault{Path: confirm, Later: time.Minute})
	b.unknown(b.confirm(id))
	b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
	b.now = noon.Add(time.Minute)
	b.is(b.get(id), booking.Word{Intent: id, Status: booking.WordCancelled})
	b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
	if l := b.line(); l.Charges != 0 {
		t.Errorf("%+v", l)
	}
}

func TestTrap_CancelComesAfterTheMoney(t *testing.T) {
	b := open(t)
	id := b.made("pm_card_visa", "1")
	b.fake.Fail(fake.Fault{Path: cancel, Later: time.Minute})
	b.unknown(b.cancel(id))
	b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
	b.now = noon.Add(time.Minute)
	b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
}

func TestTrap_OldAnswerIsNotHowItStandsNow(t *testing.T) {
	b := open(t)
	id := b.made("pm_card_authenticationRequired", "1")
	b.word(b.confirm(id))
	if err := b.fake.Authenticate(id, true); err != nil {
		t.Fatal(err)
	}
	b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
	w := b.word(b.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "pm_card_authenticationRequired"))
	b.is(w, booking.Word{Intent: id, Status: booking.WordSucceeded})

	declined := open(t)
	id = declined.made("pm_card_visa_chargeDeclined", "1")
	declined.word(declined.confirm(id))
	declined.word(declined.cancel(id))
	declined.is(declined.word(declined.confirm(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
}

func TestTrap_FailureThatIsReplayedIsNotWaitedFor(t *testing.T) {
	t.Run("a create", func(t *testing.T) {
		b := open(t)
		b.fake.Fail(fake.Fault{Path: create, Status: 500, Done: true})
		b.unknown(b.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "pm_card_visa"))
		id := b.made("pm_card_visa", "1")
		if second := b.made("pm_card_visa", "1"); second != id {
			t.Errorf("created %s, then %s", id, second)
		}
		if all := b.fake.Intents(); len(all) != 2 || all[0].Charges+all[1].Charges != 0 {
			t.Errorf("%+v", all)
		}
	})
	t.Run("a confirmation that took the money", func(t *testing.T) {
		b := open(t)
		id := b.made("pm_card_visa", "1")
		b.fake.Fail(fake.Fault{Path: confirm, Status: 500, Done: true})
		b.unknown(b.confirm(id))
		b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
		if l := b.line(); l.Charges != 1 {
			t.Errorf("%+v", l)
		}
	})
	t.Run("a confirmation that did nothing", func(t *testing.T) {
		b := open(t)
		id := b.made("pm_card_visa", "1")
		b.fake.Fail(fake.Fault{Path: confirm, Status: 500})
		b.unknown(b.confirm(id))
		b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordSucceeded})
	})
	t.Run("a cancel", func(t *testing.T) {
		b := open(t)
		id := b.made("pm_card_visa", "1")
		b.fake.Fail(fake.Fault{Path: cancel, Status: 500})
		b.unknown(b.cancel(id))
		b.is(b.word(b.cancel(id)), booking.Word{Intent: id, Status: booking.WordCancelled})
	})
	t.Run("a refund that was made is found; one that was not waits until the key is forgotten", func(t *testing.T) {
		b := open(t)
		id := b.paid("pm_card_visa")
		b.fake.Fail(fake.Fault{Method: http.MethodPost, Path: refunds, Status: 500, Done: true})
		b.unknown(b.refund("1", id, 1000))
		b.is(b.word(b.refund("1", id, 1000)), booking.Word{Intent: id, Status: booking.WordSucceeded, Refund: booking.RefundDone})
		b.fake.Fail(fake.Fault{Method: http.MethodPost, Path: refunds, Status: 500})
		b.unknown(b.refund("2", id, 1000))
		b.unknown(b.refund("2", id, 1000))
		b.now = noon.Add(25 * time.Hour)
		b.is(b.word(b.refund("2", id, 1000)), booking.Word{Intent: id, Status: booking.WordSucceeded, Refund: booking.RefundDone})
		if l := b.line(); l.Taken() != price.Amount-2000 {
			t.Errorf("%+v", l)
		}
	})
}

func TestTrap_SameKeyWithOtherParameters(t *testing.T) {
	b := open(t)
	b.made("pm_card_visa", "1")
	c := call(booking.VerbCreate, "1", "", price.Amount+1)
	_, err := b.Create(t.Context(), c, "pm_card_visa")
	if err == nil || !strings.Contains(err.Error(), "idempotency_error") {
		t.Errorf("%v", err)
	}
	b.line()
}

func TestTrap_StatusesThatAreNoAnswer(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 429, 500, 502, 503} {
		x := fake.Fault{Status: status, Code: "lock_timeout", Times: 9}
		for verb, do := range verbs {
			b := open(t)
			id := b.made("pm_card_visa", "1")
			b.fake.Fail(x)
			n := b.asked(func() { b.unknown(do(b, id)) })
			if n != 1 {
				t.Errorf("%s, %d: %d requests, want one: whoever delivers tries again", verb, status, n)
			}
		}
	}
}

// verbs are the calls, on an intent.
var verbs = map[booking.Verb]func(b *bank, id string) (booking.Word, error){
	booking.VerbCreate: func(b *bank, _ string) (booking.Word, error) {
		return b.Create(b.t.Context(), call(booking.VerbCreate, "7", "", 1), "pm_card_visa")
	},
	booking.VerbConfirm: (*bank).confirm,
	booking.VerbCancel:  (*bank).cancel,
	booking.VerbGet: func(b *bank, id string) (booking.Word, error) {
		return b.Get(b.t.Context(), call(booking.VerbGet, "1", id, 1))
	},
	booking.VerbRefund: func(b *bank, id string) (booking.Word, error) { return b.refund("1", id, 1) },
}

func TestTrap_TooManyRequestsSaysWhenToAskAgain(t *testing.T) {
	b := open(t)
	for after, want := range map[time.Duration]time.Duration{7 * time.Second: 7 * time.Second, 48 * time.Hour: 10 * time.Minute} {
		b.fake.Fail(fake.Fault{Status: 429, After: after})
		_, err := b.Create(t.Context(), call(booking.VerbCreate, "1", "", 1), "pm_card_visa")
		var again *arrow.AgainError
		if !errors.As(err, &again) || again.After != want {
			t.Errorf("%v, want one that says %v", err, want)
		}
	}
	b.fake.Fail(fake.Fault{Status: 429})
	_, err := b.Create(t.Context(), call(booking.VerbCreate, "1", "", 1), "pm_card_visa")
	if again := new(arrow.AgainError); err == nil || errors.As(err, &again) {
		t.Errorf("%v, want one that does not say when", err)
	}
}

func TestTrap_AnswerThatCannotBeRead(t *testing.T) {
	for name, body := range map[string]string{
		"not JSON": "<html>", "another object": `{"object":"list"}`, "nothing": "null", "a status of the future": `{"id":"pi_1","status":"requires_faith"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, status := range []int{0, 302, 400, 402, 500} {
				for verb, do := range verbs {
					b := open(t)
					id := b.made("pm_card_visa", "1")
					b.fake.Fail(fake.Fault{Body: body, Status: status, Times: 9})
					if w, err := do(b, id); err == nil {
						t.Errorf("%s, %d: %+v", verb, status, w)
					}
				}
			}
		})
	}
}

func TestTrap_RequestThatIsMalformedIsNotTheCardsFault(t *testing.T) {
	b := open(t)
	b.fake.Fail(fake.Fault{Status: 400, Code: "parameter_unknown"})
	b.unknown(b.Create(t.Context(), call(booking.VerbCreate, "1", "", 1), "pm_card_visa"))
	id := b.made("pm_card_visa", "1")
	b.fake.Fail(fake.Fault{Status: 400, Code: "payment_intent_unexpected_state"})
	b.unknown(b.confirm(id)) // and the intent is as it was: told so, it would be confirmed again at once
	b.fake.Fail(fake.Fault{Status: 400, Code: "payment_method_unexpected_state"})
	b.is(b.word(b.confirm(id)), booking.Word{Intent: id, Status: booking.WordDeclined, Code: "payment_method_unexpected_state"})
	b.fake.Fail(fake.Fault{Status: 400, Code: "payment_method_unexpected_state"})
	b.unknown(b.cancel(id))
}

func TestTrap_TimeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t)
		id := b.made("pm_card_visa", "1")
		b.fake.Fail(fake.Fault{Path: confirm, Hang: true})
		began := time.Now()
		_, err := b.Confirm(ended(t, time.Second), call(booking.VerbConfirm, "1", id, price.Amount))
		if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "in time") || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
		b.fake.Fail(fake.Fault{Path: confirm, Delay: time.Minute})
		b.unknown(b.Confirm(ended(t, time.Second), call(booking.VerbConfirm, "1", id, price.Amount)))
		b.is(b.get(id), booking.Word{Intent: id, Status: booking.WordSucceeded})
	})
}
