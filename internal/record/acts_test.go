package record_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// provider answers by the verb, and keeps what it was asked.
type provider struct {
	words map[booking.Verb]booking.Word
	err   error
	asked []booking.Call
	token string
}

func (p *provider) ask(c booking.Call) (booking.Word, error) {
	p.asked = append(p.asked, c)
	return p.words[c.Verb], p.err
}

// Create keeps the token.
func (p *provider) Create(_ context.Context, c booking.Call, token string) (booking.Word, error) {
	p.token = token
	return p.ask(c)
}

func (p *provider) Confirm(_ context.Context, c booking.Call) (booking.Word, error) { return p.ask(c) }
func (p *provider) Get(_ context.Context, c booking.Call) (booking.Word, error)     { return p.ask(c) }
func (p *provider) Cancel(_ context.Context, c booking.Call) (booking.Word, error)  { return p.ask(c) }
func (p *provider) Refund(_ context.Context, c booking.Call) (booking.Word, error)  { return p.ask(c) }

var (
	unconfirmed = booking.Word{Intent: "pi_1", Status: booking.WordUnconfirmed}
	succeeded   = booking.Word{Intent: "pi_1", Status: booking.WordSucceeded}
	refunded    = booking.Word{Intent: "pi_1", Status: booking.WordSucceeded, Refund: booking.RefundDone}
	processing  = booking.Word{Intent: "pi_1", Status: booking.WordProcessing}
)

// till is the arrow over payments, under the names that the test needs.
func till(d *desk, p *provider) arrow.Function {
	return record.Payment("charge", d.records, p, events.PaymentCharge, events.PaymentSettle, events.PaymentRefund)
}

func owed(e *events.Event) { e.Amount, e.Reason = &held.Price, booking.ReasonCustomer }

func TestPayment_Calls(t *testing.T) {
	create := booking.Call{Verb: booking.VerbCreate, Key: "booking-2:1:create", BookingID: "booking-2", Amount: held.Price}
	call := func(v booking.Verb, key string) booking.Call {
		return booking.Call{Verb: v, Key: "booking-2:1:" + key, BookingID: "booking-2", Intent: "pi_1", Amount: held.Price}
	}
	confirm, get, cancel := call(booking.VerbConfirm, "confirm"), call(booking.VerbGet, "get"), call(booking.VerbCancel, "cancel")
	refund := call(booking.VerbRefund, "refund-1")
	for _, c := range []struct {
		name  string
		words map[booking.Verb]booking.Word
		hears []events.Name
		says  events.Name
		asked []booking.Call
	}{
		{"a charge makes the intent, then confirms it", map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": succeeded},
			[]events.Name{events.PaymentCharge}, events.PaymentSucceeded, []booking.Call{create, confirm}},
		{"a settle looks", map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": processing, "get": succeeded},
			[]events.Name{events.PaymentCharge, events.PaymentSettle}, events.PaymentSucceeded, []booking.Call{create, confirm, get}},
		{"an undo of what is processing cancels it", map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": processing, "cancel": {Intent: "pi_1", Status: booking.WordCancelled}},
			[]events.Name{events.PaymentCharge, events.PaymentRefund}, events.PaymentVoided, []booking.Call{create, confirm, cancel}},
		{"an undo of what was paid refunds it", map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": succeeded, "refund": refunded},
			[]events.Name{events.PaymentCharge, events.PaymentRefund}, events.PaymentRefunded, []booking.Call{create, confirm, refund}},
		{"an undo of nothing asks nobody", nil, []events.Name{events.PaymentRefund}, events.PaymentVoided, nil},
		{"an outcome that is pending says nothing", map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": succeeded, "refund": {Refund: booking.RefundPending}},
			[]events.Name{events.PaymentCharge, events.PaymentRefund}, "", []booking.Call{create, confirm, refund}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, p := open(t), &provider{words: c.words}
			d.put(record.KindIntake, "booking-2", `{"token":{"token":"tok_visa"}}`)
			var said events.Name
			for _, n := range c.hears {
				said = d.hear(n, owed, till(d, p))
			}
			if said != c.says {
				t.Errorf("says %q, want %q", said, c.says)
			}
			if diff := cmp.Diff(c.asked, p.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if c.words != nil && p.token != "tok_visa" {
				t.Errorf("token %q", p.token)
			}
		})
	}
}

func TestPayment_Dispute(t *testing.T) {
	disputed := booking.Word{Intent: "pi_1", Status: booking.WordSucceeded, Disputed: true}
	d, p := open(t), &provider{words: map[booking.Verb]booking.Word{"create": unconfirmed, "confirm": succeeded, "get": disputed}}
	d.put(record.KindIntake, "booking-2", `{"token":{"token":"tok_visa"}}`)
	try := func(n int) func(*events.Event) { return func(e *events.Event) { e.Try = n } }
	d.want("charged", events.PaymentSucceeded, d.hear(events.PaymentCharge, nil, till(d, p)))
	d.want("whoever announces it", events.PaymentDisputed, d.hear(events.PaymentSettle, nil, till(d, p)))
	d.want("the keeper", events.PaymentSucceeded, d.hear(events.PaymentSettle, try(1), till(d, p)))
	d.want("whoever announces it, again", events.PaymentDisputed, d.hear(events.PaymentSettle, try(0), till(d, p)))
}

func TestPayment_Errors(t *testing.T) {
	handle := func(d *desk, p *provider, n events.Name) error {
		_, err := till(d, p).Handle(t.Context(), d.ports(), events.Event{ID: "ask", Name: n, Data: events.Data{Booking: held}})
		return err
	}
	t.Run("an outcome that is not known is asked for again", func(t *testing.T) {
		d, p := open(t), &provider{err: errors.New("line is down")}
		d.put(record.KindIntake, "booking-2", `{"token":{"token":"tok_visa"}}`)
		var again *arrow.AgainError
		if err := handle(d, p, events.PaymentCharge); !errors.As(err, &again) || !errors.Is(err, p.err) {
			t.Errorf("%v, want again", err)
		}
	})
	t.Run("an intake that cannot be read is no refusal", func(t *testing.T) {
		d, p := open(t), &provider{}
		d.put(record.KindIntake, "booking-2", "{")
		var again *arrow.AgainError
		if err := handle(d, p, events.PaymentCharge); !errors.As(err, &again) || len(p.asked) != 0 {
			t.Errorf("%v, %v, want again", err, p.asked)
		}
	})
	t.Run("an intake without a token is one", func(t *testing.T) {
		d, p := open(t), &provider{}
		if said := d.hear(events.PaymentCharge, nil, till(d, p)); said != events.PaymentFailed || len(p.asked) != 0 {
			t.Errorf("says %s after %v", said, p.asked)
		}
	})
	t.Run("what nobody knows has nothing to settle", func(t *testing.T) {
		d, p := open(t), &provider{}
		_, err := till(d, p).Handle(t.Context(), d.ports(), events.Event{
			Name: events.PaymentSettle, Data: events.Data{Booking: booking.Booking{ID: "booking-2"}},
		})
		if !errors.Is(err, events.ErrNothingSaid) {
			t.Errorf("%v, want ErrNothingSaid", err)
		}
	})
}
