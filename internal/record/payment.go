package record

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Payments is a payment provider. Every call carries its idempotency key: made
// twice, it has the effect of one. An error is an outcome that is not known;
// whatever is known, a decline included, is a word, and tells how the intent
// stands now, not how it stood when the key was first used. Safe for concurrent
// use.
type Payments interface {
	// Create makes an unconfirmed intent for the card behind token. No money moves.
	Create(ctx context.Context, c booking.Call, token string) (booking.Word, error)
	// Confirm takes the money, or begins to.
	Confirm(ctx context.Context, c booking.Call) (booking.Word, error)
	// Get tells how the intent stands.
	Get(ctx context.Context, c booking.Call) (booking.Word, error)
	// Cancel makes sure that the intent never takes money, or tells why it cannot.
	Cancel(ctx context.Context, c booking.Call) (booking.Word, error)
	// Refund gives c.Amount of a paid intent back, once per key.
	Refund(ctx context.Context, c booking.Call) (booking.Word, error)
}

// Payment is an arrow over a booking's payment, which acts through the
// provider. The names it hears say what it is asked.
func Payment(name string, r *store.Records, with Payments, hears ...events.Name) arrow.Function {
	return arrow.Acts[booking.Payment, booking.Call, booking.Word]{
		Name: name, Kind: KindPayment, Record: bookingID, Hears: hears, Next: nextPayment,
		Settles: events.PaymentSettle,
		Due:     booking.Payment.LookAgain,
		Look:    func(p booking.Payment) string { return saga.LookLine(p.Booking.ID) },
		Act: func(ctx context.Context, _ events.Event, c booking.Call) (booking.Word, error) {
			switch c.Verb {
			case booking.VerbCreate:
				in, err := ReadIntake(ctx, r, c.BookingID)
				if err != nil || in.Token == nil {
					return booking.Word{Status: booking.WordDeclined, Code: "no_token"}, err
				}
				return with.Create(ctx, c, in.Token.Token)
			case booking.VerbConfirm:
				return with.Confirm(ctx, c)
			case booking.VerbGet:
				return with.Get(ctx, c)
			case booking.VerbCancel:
				return with.Cancel(ctx, c)
			case booking.VerbRefund:
				return with.Refund(ctx, c)
			}
			return booking.Word{}, fmt.Errorf("payment call %q", c.Verb)
		},
	}
}

// ReadPayment returns a booking's payment, which is the zero value before
// anything was asked of it.
func ReadPayment(ctx context.Context, r *store.Records, bookingID string) (booking.Payment, error) {
	row, err := r.Read(ctx, store.Key{Record: KindPayment, ID: bookingID}, bookingID)
	if err != nil {
		return booking.Payment{}, fmt.Errorf("read payment: %w", err)
	}
	return arrow.Within[booking.Payment](row.Entry)
}

func nextPayment(p booking.Payment, e events.Event, word *booking.Word, now time.Time) (booking.Payment, *booking.Call, events.Answer) {
	said := p.Version
	p, call := p.Next(asks(e), word, now)
	if call != nil || p.Version == said && p.Refunded != nil && passedOn(e) && !p.Contested() {
		return p, call, events.Answer{} // that money given back stayed there is no news
	}
	return p, nil, tellPayment(p, e)
}

// passedOn reports whether the event passes a provider's word on, or has the
// payment looked at. The keeper's commands count their tries: it asks.
func passedOn(e events.Event) bool { return e.Name == events.PaymentSettle && e.Try == 0 }

func asks(e events.Event) booking.Ask {
	a := booking.Ask{Wish: booking.WishRefund, Booking: e.Booking}
	switch e.Name {
	case events.PaymentCharge, events.BookingCreated:
		a.Wish = booking.WishCharge
	case events.PaymentSettle:
		a.Wish = booking.WishSettle
		if passedOn(e) {
			a.Wish = booking.WishLook
		}
	}
	a.Undo = booking.Undo{Status: e.Status, Reason: e.Reason}
	if e.Amount != nil {
		a.Undo.Due = *e.Amount
	}
	return a
}

// tellPayment is what there is to say of a payment: how it was undone, if that
// was asked for; else how it was charged; nothing while the provider is at it.
// Whoever passes the provider's word on is told what is newest, a dispute for
// one; the keeper asks how the charge or the undo went.
func tellPayment(p booking.Payment, e events.Event) events.Answer {
	b := p.Booking
	switch {
	case b.ID == "":
		return events.Answer{Err: events.ErrNothingSaid}
	case passedOn(e) && p.Contested():
		return PaymentFact(events.PaymentDisputed, p, p.Disputed)
	case p.Undo != nil:
		return events.Any(PaymentFact(events.PaymentRefunded, p, p.Refunded),
			PaymentFact(events.PaymentVoided, p, p.Voided), PaymentFact(events.PaymentRefundFailed, p, p.RefundFailed))
	}
	return events.Any(PaymentFact(events.PaymentSucceeded, p, p.Succeeded),
		PaymentFact(events.PaymentFailed, p, p.Failed), PaymentFact(events.PaymentInitiated, p, p.Initiated))
}

// PaymentFact is the fact n as the payment remembers it, with the attempts to
// charge as they stood when it was first said: silence where s is nil.
func PaymentFact(n events.Name, p booking.Payment, s *booking.Said) events.Answer {
	return n.As(p.Booking, s).With(func(d *events.Data) { d.Charges = charges(n, p.Attempts, *s) })
}

// charges are a payment's attempts as they stood when s was said. Those before
// the newest never change, and neither does one that was paid.
func charges(n events.Name, all []booking.Attempt, s booking.Said) []booking.Attempt {
	switch n {
	case events.PaymentDisputed:
		return nil // it says nothing of how the charge went
	case events.PaymentInitiated:
		all = slices.Clone(all[:s.Attempt])
		all[s.Attempt-1] = booking.Attempt{State: booking.AttemptPending, Intent: s.Intent}
	case events.PaymentFailed:
		all = slices.Clone(all)
		last := &all[len(all)-1]
		if last.State, last.Intent = booking.AttemptDeclined, s.Intent; last.Code != s.Code {
			last.State = booking.AttemptCancelled
		}
	}
	return all
}
