package sandbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/charge"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

var _ record.Payments = (*sandbox.Sandbox)(nil)

var (
	noon  = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	price = booking.Money{Amount: 9000, Currency: "EUR"}
)

const late = 5 * time.Minute

// bank is a sandbox at a time that the test sets.
type bank struct {
	*sandbox.Sandbox
	t       *testing.T
	records *store.Records
	now     time.Time
	slept   time.Duration
}

func open(t *testing.T) *bank {
	b := &bank{t: t, records: store.New(memory.New()), now: noon}
	b.Sandbox = sandbox.New(b.records, sandbox.Settings{
		Now: func() time.Time { return b.now }, Slow: time.Minute, Late: late,
		Sleep: func(_ context.Context, d time.Duration) error { b.slept += d; return nil },
	})
	return b
}

func call(v booking.Verb, attempt, intent string, amount int64) booking.Call {
	return booking.Call{
		Verb: v, BookingID: "booking-2", Intent: intent, Key: "booking-2:" + attempt + ":" + string(v),
		Amount: booking.Money{Amount: amount, Currency: "EUR"},
	}
}

// made is the intent of an attempt, unconfirmed.
func (b *bank) made(token, attempt string) string {
	b.t.Helper()
	w, err := b.Create(b.t.Context(), call(booking.VerbCreate, attempt, "", price.Amount), token)
	if err != nil || w.Status != booking.WordUnconfirmed || w.Intent == "" {
		b.t.Fatalf("create: %+v, %v", w, err)
	}
	return w.Intent
}

// paid is an intent that took the money.
func (b *bank) paid(token string) string {
	b.t.Helper()
	id := b.made(token, "1")
	b.word(b.Confirm(b.t.Context(), call(booking.VerbConfirm, "1", id, price.Amount)))
	return id
}

func (b *bank) word(w booking.Word, err error) booking.Word {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

func (b *bank) intent() sandbox.Intent {
	b.t.Helper()
	all, err := b.Ledger(b.t.Context())
	if err != nil || len(all) != 1 {
		b.t.Fatalf("ledger: %+v, %v", all, err)
	}
	return all[0]
}

func TestSandbox_Tokens(t *testing.T) {
	for token, words := range map[string][]booking.Word{ // of confirming again and again
		"tok_visa":               {{Status: booking.WordSucceeded}, {Status: booking.WordSucceeded}},
		"tok_refund_fails":       {{Status: booking.WordSucceeded}},
		"tok_slow":               {{Status: booking.WordSucceeded}, {Status: booking.WordSucceeded}},
		"tok_timeout":            {{}, {Status: booking.WordSucceeded}},
		"tok_flaky":              {{}, {}, {Status: booking.WordSucceeded}},
		"tok_declined":           {{Status: booking.WordDeclined, Code: "do_not_honor"}, {Status: booking.WordDeclined, Code: "do_not_honor"}},
		"tok_insufficient_funds": {{Status: booking.WordDeclined, Code: "insufficient_funds"}},
		"tok_try_again":          {{Status: booking.WordDeclined, Code: "try_again_later"}, {Status: booking.WordDeclined, Code: "try_again_later"}},
		"tok_async":              {{Status: booking.WordProcessing}, {Status: booking.WordProcessing}},
		"tok_async_fails":        {{Status: booking.WordProcessing}},
	} {
		t.Run("the token "+token+" does what it says", func(t *testing.T) {
			b := open(t)
			id := b.made(token, "1")
			for i, want := range words {
				w, err := b.Confirm(t.Context(), call(booking.VerbConfirm, "1", id, price.Amount))
				if want.Status == "" {
					if !errors.Is(err, sandbox.ErrLost) && !errors.Is(err, sandbox.ErrFlaky) {
						t.Errorf("confirm %d: %+v, %v, want an outcome that is not known", i+1, w, err)
					}
					continue
				}
				want.Intent = id
				if err != nil || w != want {
					t.Errorf("confirm %d: %+v, %v, want %+v", i+1, w, err, want)
				}
			}
			if slow := token == "tok_slow"; slow != (b.slept == time.Minute) {
				t.Errorf("slept %v", b.slept)
			}
			if n := b.intent().Requests["booking-2:1:confirm"]; n != len(words) {
				t.Errorf("%d requests were counted, want %d", n, len(words))
			}
		})
	}
	t.Run("no other token is known", func(t *testing.T) {
		b := open(t)
		w, err := b.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "tok_nobody")
		if err != nil || w != (booking.Word{Status: booking.WordDeclined, Code: "invalid_token"}) {
			t.Errorf("%+v, %v", w, err)
		}
		if tokens := sandbox.Tokens(); len(tokens) != 13 || !slices.IsSorted(tokens) {
			t.Errorf("tokens %v", tokens)
		}
		if all, err := b.Ledger(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("ledger: %+v, %v", all, err)
		}
	})
	t.Run("the next attempt of tok_try_again succeeds", func(t *testing.T) {
		b := open(t)
		id := b.made("tok_try_again", "2")
		if w := b.word(b.Confirm(t.Context(), call(booking.VerbConfirm, "2", id, price.Amount))); w.Status != booking.WordSucceeded {
			t.Errorf("%+v", w)
		}
	})
}

func TestSandbox_OneKeyOneEffect(t *testing.T) {
	b := open(t)
	id := b.made("tok_visa", "1")
	if second := b.made("tok_visa", "1"); second != id {
		t.Errorf("created %s, then %s", id, second)
	}
	for range 2 {
		b.word(b.Confirm(t.Context(), call(booking.VerbConfirm, "1", id, price.Amount)))
	}
	for range 3 {
		w := b.word(b.Refund(t.Context(), call(booking.VerbRefund, "1", id, 4500)))
		if w.Refund != booking.RefundDone {
			t.Errorf("%+v", w)
		}
	}
	want := sandbox.Intent{
		ID: id, BookingID: "booking-2", Token: "tok_visa", Amount: price, Status: booking.WordSucceeded, Confirms: 1,
		Refunds:  []sandbox.Refund{{Key: "booking-2:1:refund", Amount: booking.Money{Amount: 4500, Currency: "EUR"}, Status: booking.RefundDone}},
		Requests: map[string]int{"booking-2:1:create": 2, "booking-2:1:confirm": 2, "booking-2:1:refund": 3},
	}
	if diff := cmp.Diff(want, b.intent()); diff != "" {
		t.Error(diff)
	}
}

func TestSandbox_LostAnswer(t *testing.T) {
	b := open(t)
	id := b.made("tok_timeout", "1")
	if _, err := b.Confirm(t.Context(), call(booking.VerbConfirm, "1", id, price.Amount)); !errors.Is(err, sandbox.ErrLost) {
		t.Fatal(err)
	}
	if w := b.word(b.Get(t.Context(), call(booking.VerbGet, "1", id, 0))); w.Status != booking.WordSucceeded {
		t.Errorf("%+v: the money was taken", w)
	}
}

func TestSandbox_Late(t *testing.T) {
	for token, want := range map[string]booking.Word{
		"tok_async":       {Status: booking.WordSucceeded},
		"tok_async_fails": {Status: booking.WordDeclined, Code: "insufficient_funds"},
	} {
		t.Run("the outcome of "+token+" is there when its line falls due", func(t *testing.T) {
			b := open(t)
			id := b.paid(token)
			if due, err := b.records.Due(t.Context(), noon.Add(late-time.Second), time.Minute, 9); err != nil || len(due) != 0 {
				t.Errorf("due early: %v, %v", due, err)
			}
			due, err := b.records.Due(t.Context(), noon.Add(late), time.Minute, 9)
			if err != nil || len(due) != 1 || due[0].Name != saga.LateLine("booking-2") {
				t.Errorf("due: %v, %v", due, err)
			}
			b.now = noon.Add(late - time.Second)
			if w := b.word(b.Cancel(t.Context(), call(booking.VerbCancel, "1", id, 0))); w.Status != booking.WordProcessing {
				t.Errorf("%+v: what is processing does not let go", w)
			}
			b.now = noon.Add(late)
			want.Intent = id
			if w := b.word(b.Get(t.Context(), call(booking.VerbGet, "1", id, 0))); w != want {
				t.Errorf("%+v, want %+v", w, want)
			}
			if due, err := b.records.Due(t.Context(), noon.Add(time.Hour), time.Minute, 9); err != nil || len(due) != 0 {
				t.Errorf("still due: %v, %v", due, err)
			}
		})
	}
}

func TestSandbox_Cancel(t *testing.T) {
	for _, c := range []struct {
		name, token string
		confirm     bool
		want        booking.IntentStatus
	}{
		{"what was not confirmed is cancelled", "tok_visa", false, booking.WordCancelled},
		{"what was declined is cancelled", "tok_declined", true, booking.WordCancelled},
		{"what was paid stays paid", "tok_visa", true, booking.WordSucceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			id := b.made(c.token, "1")
			confirm := func() booking.Word {
				return b.word(b.Confirm(t.Context(), call(booking.VerbConfirm, "1", id, price.Amount)))
			}
			if c.confirm {
				confirm()
			}
			if w := b.word(b.Cancel(t.Context(), call(booking.VerbCancel, "1", id, 0))); w.Status != c.want {
				t.Errorf("%+v", w)
			}
			if w := confirm(); w.Status != c.want {
				t.Errorf("confirmed after that: %+v", w)
			}
		})
	}
}

func TestSandbox_Refund(t *testing.T) {
	refund := func(b *bank, key, id string, amount int64) booking.RefundStatus {
		b.t.Helper()
		return b.word(b.Refund(b.t.Context(), call(booking.VerbRefund, key, id, amount))).Refund
	}
	t.Run("never more than was taken", func(t *testing.T) {
		b := open(t)
		id := b.paid("tok_visa")
		for _, s := range []struct {
			key    string
			amount int64
			want   booking.RefundStatus
			left   int64
		}{
			{"1-1", 9001, booking.RefundRefused, 9000},
			{"1-2", 5000, booking.RefundDone, 4000},
			{"1-3", 4001, booking.RefundRefused, 4000},
			{"1-4", 4000, booking.RefundDone, 0},
			{"1-5", 1, booking.RefundRefused, 0},
			{"1-1", 9001, booking.RefundRefused, 0},
		} {
			if got := refund(b, s.key, id, s.amount); got != s.want {
				t.Errorf("refund of %d: %s, want %s", s.amount, got, s.want)
			}
			if left := b.intent().Taken(); left != s.left {
				t.Errorf("after a refund of %d there is %d, want %d", s.amount, left, s.left)
			}
		}
	})
	t.Run("nothing of what took nothing", func(t *testing.T) {
		b := open(t)
		if got := refund(b, "1-1", b.made("tok_visa", "1"), 1); got != booking.RefundRefused {
			t.Errorf("%s", got)
		}
	})
	t.Run("the first is refused for tok_refund_fails, the next is not", func(t *testing.T) {
		b := open(t)
		id := b.paid("tok_refund_fails")
		if got := refund(b, "1-1", id, 9000); got != booking.RefundRefused {
			t.Errorf("the first: %s", got)
		}
		if got := refund(b, "1-2", id, 9000); got != booking.RefundDone {
			t.Errorf("the next: %s", got)
		}
	})
}

func TestSandbox_Unknown(t *testing.T) {
	b := open(t)
	for verb, do := range map[booking.Verb]func(context.Context, booking.Call) (booking.Word, error){
		booking.VerbConfirm: b.Confirm, booking.VerbGet: b.Get, booking.VerbCancel: b.Cancel, booking.VerbRefund: b.Refund,
	} {
		if w := b.word(do(t.Context(), call(verb, "1", "pi_nobody", 1))); w != (booking.Word{Status: booking.WordUnknown}) {
			t.Errorf("%s: %+v", verb, w)
		}
	}
}

func TestSandbox_Dispute(t *testing.T) {
	b := open(t)
	ports := arrow.Ports{Records: b.records, Now: func() time.Time { return b.now }, Lease: time.Minute}
	pays := charge.Function(b.records, b)
	raw := []byte(`{"token":{"token":"tok_visa"}}`)
	err := b.records.Update(t.Context(), store.Key{Record: record.KindIntake, ID: "booking-2"}, "booking-2",
		func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
	if err != nil {
		t.Fatal(err)
	}
	of := booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Price: price}
	hear := func(n events.Name) *events.Event {
		e, err := pays.Handle(t.Context(), ports, events.Event{ID: "ask", Name: n, Data: events.Data{Booking: of}})
		if err != nil || e == nil {
			t.Fatalf("%s: %v, %v", n, e, err)
		}
		return e
	}
	paid := hear(events.PaymentCharge)
	if paid.Name != events.PaymentSucceeded {
		t.Fatalf("%+v", paid)
	}
	if err := b.Dispute(t.Context(), paid.Intent); err != nil {
		t.Fatal(err)
	}
	if said := hear(events.PaymentSettle); said.Name != events.PaymentDisputed || *said.Amount != price {
		t.Errorf("%+v, want payment.disputed", said)
	}
}
