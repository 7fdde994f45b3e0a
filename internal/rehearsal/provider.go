package rehearsal

import (
	"context"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// provider is the payment provider as a rehearsal imagines it: it looks at the
// real one, asks it for nothing, and keeps what it would have been asked for.
type provider struct {
	real   record.Payments
	intent map[string]booking.Word // as they would stand, where something would have been asked
	calls  []booking.Call          // that would change something, in order
}

// imagined is the id of an intent that would be made.
const imagined = "imagined"

// Create imagines a new intent; under a key that made one before there is that
// one, which cannot be found without asking for it.
func (p *provider) Create(_ context.Context, c booking.Call, _ string) (booking.Word, error) {
	c.Intent = imagined
	return p.does(c, booking.Word{Intent: imagined, Status: booking.WordUnconfirmed}), nil
}

// Confirm imagines that the money is taken.
func (p *provider) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	w, err := p.Get(ctx, c)
	if err != nil || w.Status != booking.WordUnconfirmed {
		return w, err
	}
	w.Status = booking.WordSucceeded
	return p.does(c, w), nil
}

// Get tells how the intent would stand.
func (p *provider) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	if w, ok := p.intent[c.Intent]; ok {
		return w, nil
	}
	return p.real.Get(ctx, c)
}

// Cancel imagines that an intent which has taken nothing is cancelled.
func (p *provider) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	w, err := p.Get(ctx, c)
	if err != nil || w.Status != booking.WordUnconfirmed && w.Status != booking.WordDeclined {
		return w, err
	}
	w.Status = booking.WordCancelled
	return p.does(c, w), nil
}

// Refund imagines that the money is given back. It is asked of what is known to
// be paid.
func (p *provider) Refund(_ context.Context, c booking.Call) (booking.Word, error) {
	return p.does(c, booking.Word{Intent: c.Intent, Status: booking.WordSucceeded, Refund: booking.RefundDone}), nil
}

func (p *provider) does(c booking.Call, w booking.Word) booking.Word {
	p.calls = append(p.calls, c)
	p.intent[c.Intent] = w
	return w
}

// mailer is the message provider as a rehearsal imagines it: everything is sent.
type mailer struct{}

// Send imagines that the message is sent.
func (mailer) Send(_ context.Context, m record.Message) (booking.Receipt, error) {
	return booking.Receipt{ID: m.Key}, nil
}
