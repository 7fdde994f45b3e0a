package stripe_test

import (
	"context"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/provider/stripe/fake"
)

// The sandbox's tokens do here what they do there.
func TestPayments_TokensOfTheSandbox(t *testing.T) {
	for token, words := range map[string][]booking.Word{ // of confirming again and again
		"tok_visa":               {{Status: booking.WordSucceeded}, {Status: booking.WordSucceeded}},
		"tok_slow":               {{Status: booking.WordSucceeded}, {Status: booking.WordSucceeded}},
		"tok_timeout":            {{}, {Status: booking.WordSucceeded}},
		"tok_flaky":              {{}, {}, {Status: booking.WordSucceeded}},
		"tok_insufficient_funds": {{Status: booking.WordDeclined, Code: "insufficient_funds"}},
		"tok_try_again":          {{Status: booking.WordDeclined, Code: "try_again_later"}},
		"tok_async":              {{Status: booking.WordProcessing}, {Status: booking.WordProcessing}},
		"tok_async_fails":        {{Status: booking.WordProcessing}},
	} {
		t.Run(token, func(t *testing.T) {
			var slept time.Duration
			b := &bank{t: t, now: noon}
			b.fake = fake.New(fake.Settings{
				Now: func() time.Time { return b.now }, Slow: time.Minute,
				Sleep: func(_ context.Context, d time.Duration) error { slept += d; return nil },
			})
			b.Payments = stripe.New(stripe.Settings{Key: key, HTTP: b.fake.Client()})
			id := b.made(token, "1")
			for _, want := range words {
				w, err := b.confirm(id)
				if want.Status == "" {
					b.unknown(w, err)
					continue
				}
				want.Intent = id
				b.is(b.word(w, err), want)
			}
			if (token == "tok_slow") != (slept == time.Minute) {
				t.Errorf("slept %v", slept)
			}
			if n := b.fake.Requests()["booking-2:1:confirm"]; n != len(words) {
				t.Errorf("%d requests were counted, want %d", n, len(words))
			}
		})
	}
}

func TestPayments_WithoutAPageToReturnTo_ThereIsNothingToDo(t *testing.T) {
	b := open(t)
	b.Payments = stripe.New(stripe.Settings{Key: key, HTTP: b.fake.Client()})
	id := b.made("pm_card_authenticationRequired", "1")
	if w := b.word(b.confirm(id)); w.Status != booking.WordProcessing || w.Action != nil {
		t.Errorf("%+v", w)
	}
}
