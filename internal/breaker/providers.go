package breaker

import (
	"context"
	"errors"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Payments returns p behind b. A word is an answer, a decline too; an error is
// an outcome that nobody knows, and fails.
func Payments(b *Breaker, p record.Payments) record.Payments { return payments{p, b} }

// Messages returns m behind b. A receipt is an answer, a refusal for good too,
// and so is to be asked to wait; any other error fails. What m was not asked is
// an *[outcome.NotSentError].
func Messages(b *Breaker, m record.Messages) record.Messages { return messages{m, b} }

// word is what a provider's error says of it. One that asking again never
// mends is an answer. A sandbox that keeps its books in our store fails with
// it: that is the store's breaker's to count.
func word(err error) verdict {
	var (
		never *arrow.NeverError
		wait  *outcome.NotSentError
	)
	switch {
	case errors.As(err, &never), errors.As(err, &wait) && wait.After > 0:
		return answered
	case errors.Is(err, store.ErrUnavailable):
		return unknown
	}
	return failed
}

type payments struct {
	to record.Payments
	b  *Breaker
}

func (p payments) ask(ctx context.Context, call func() (booking.Word, error)) (booking.Word, error) {
	return do(ctx, p.b, word, call)
}

// Create implements [record.Payments].
func (p payments) Create(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	return p.ask(ctx, func() (booking.Word, error) { return p.to.Create(ctx, c, token) })
}

// Confirm implements [record.Payments].
func (p payments) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.ask(ctx, func() (booking.Word, error) { return p.to.Confirm(ctx, c) })
}

// Get implements [record.Payments].
func (p payments) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.ask(ctx, func() (booking.Word, error) { return p.to.Get(ctx, c) })
}

// Cancel implements [record.Payments].
func (p payments) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.ask(ctx, func() (booking.Word, error) { return p.to.Cancel(ctx, c) })
}

// Refund implements [record.Payments].
func (p payments) Refund(ctx context.Context, c booking.Call) (booking.Word, error) {
	return p.ask(ctx, func() (booking.Word, error) { return p.to.Refund(ctx, c) })
}

type messages struct {
	to record.Messages
	b  *Breaker
}

// Send implements [record.Messages].
func (m messages) Send(ctx context.Context, msg record.Message) (booking.Receipt, error) {
	asked := false
	r, err := do(ctx, m.b, word, func() (booking.Receipt, error) {
		asked = true
		return m.to.Send(ctx, msg)
	})
	if err == nil || asked {
		return r, err
	}
	no, again := &outcome.NotSentError{Err: err}, new(arrow.AgainError)
	if errors.As(err, &again) {
		no.After = again.After
	}
	return r, no
}
