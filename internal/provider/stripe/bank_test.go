package stripe_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/provider/stripe/fake"
	"tourbillon/internal/record"
)

var _ record.Payments = (*stripe.Payments)(nil)

const (
	key  = "sk_test_a1B2c3D4"
	late = 5 * time.Minute
)

var (
	noon  = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	price = booking.Money{Amount: 9000, Currency: "EUR"}
)

// bank is Stripe over the fake, at a time that the test sets.
type bank struct {
	*stripe.Payments
	fake *fake.Fake
	t    *testing.T
	now  time.Time
}

func open(t *testing.T) *bank {
	b := &bank{t: t, now: noon}
	b.fake = fake.New(fake.Settings{Key: key, Now: func() time.Time { return b.now }, Late: late})
	b.Payments = stripe.New(stripe.Settings{
		Key: key, HTTP: b.fake.Client(), Timeout: time.Minute,
		Return: func(id string) string { return "https://tours.example/bookings/" + id },
	})
	return b
}

func call(v booking.Verb, attempt, intent string, amount int64) booking.Call {
	return booking.Call{
		Verb: v, BookingID: "booking-2", Intent: intent, Key: "booking-2:" + attempt + ":" + string(v),
		Amount: booking.Money{Amount: amount, Currency: price.Currency},
	}
}

func (b *bank) word(w booking.Word, err error) booking.Word {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// made is the intent of an attempt, unconfirmed.
func (b *bank) made(token, attempt string) string {
	b.t.Helper()
	w := b.word(b.Create(b.t.Context(), call(booking.VerbCreate, attempt, "", price.Amount), token))
	if w.Status != booking.WordUnconfirmed || w.Intent == "" {
		b.t.Fatalf("create: %+v", w)
	}
	return w.Intent
}

func (b *bank) confirm(id string) (booking.Word, error) {
	return b.Confirm(b.t.Context(), call(booking.VerbConfirm, "1", id, price.Amount))
}

// get looks at an intent, and at its refund n, if one is named.
func (b *bank) get(id string, n ...string) booking.Word {
	b.t.Helper()
	c := call(booking.VerbGet, "1", id, price.Amount)
	if len(n) > 0 {
		c.Refund = refundKey(n[0])
	}
	return b.word(b.Get(b.t.Context(), c))
}

// refundKey is that of the refund n of the only booking.
func refundKey(n string) string { return call(booking.VerbRefund, "1", "", 0).Key + "-" + n }

func (b *bank) cancel(id string) (booking.Word, error) {
	return b.Cancel(b.t.Context(), call(booking.VerbCancel, "1", id, price.Amount))
}

func (b *bank) refund(n, id string, amount int64) (booking.Word, error) {
	c := call(booking.VerbRefund, "1", id, amount)
	c.Key += "-" + n
	return b.Refund(b.t.Context(), c)
}

// paid is an intent that took the money.
func (b *bank) paid(token string) string {
	b.t.Helper()
	id := b.made(token, "1")
	if w := b.word(b.confirm(id)); w.Status != booking.WordSucceeded {
		b.t.Fatalf("confirm: %+v", w)
	}
	return id
}

// is checks a word.
func (b *bank) is(got, want booking.Word) {
	b.t.Helper()
	got.Action, want.Action, got.Returned, want.Returned = nil, nil, 0, 0
	if got != want {
		b.t.Errorf("%+v, want %+v", got, want)
	}
}

// line is the ledger's only line.
func (b *bank) line() fake.Intent {
	b.t.Helper()
	all := b.fake.Intents()
	if len(all) != 1 {
		b.t.Fatalf("ledger: %+v", all)
	}
	return all[0]
}

// asked is how many requests do makes.
func (b *bank) asked(do func()) int {
	before := b.fake.Calls()
	do()
	return b.fake.Calls() - before
}

// unknown checks that an outcome is not known.
func (b *bank) unknown(w booking.Word, err error) {
	b.t.Helper()
	if err == nil || w != (booking.Word{}) {
		b.t.Errorf("%+v, %v, want an outcome that is not known", w, err)
	}
}

func ended(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// byHand is a refund that somebody makes at Stripe's own desk.
func (b *bank) byHand(id string, amount int) {
	b.t.Helper()
	form := url.Values{"payment_intent": {id}, "amount": {strconv.Itoa(amount)}}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, "https://api.stripe.com/v1/refunds", strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := b.fake.Client().Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s, %v", resp.Status, err)
	}
}
