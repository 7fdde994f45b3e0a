package sandbox

import (
	"context"
	"net/http"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/remote"
)

// Payments is a sandbox, here or elsewhere: a payment provider whose books can
// be looked at.
type Payments interface {
	Create(ctx context.Context, c booking.Call, token string) (booking.Word, error)
	Confirm(ctx context.Context, c booking.Call) (booking.Word, error)
	Get(ctx context.Context, c booking.Call) (booking.Word, error)
	Cancel(ctx context.Context, c booking.Call) (booking.Word, error)
	Refund(ctx context.Context, c booking.Call) (booking.Word, error)
	Books
}

// Books are a provider's own side: what it took, and what happens there without
// us.
type Books interface {
	// Authenticate is that the customer showed the bank who they are, or did
	// not; nil, that they only look.
	Authenticate(ctx context.Context, intent string, shown *bool) (booking.Word, error)
	// Dispute has an intent disputed by its cardholder.
	Dispute(ctx context.Context, intent string) error
	// Ledger returns every intent there is.
	Ledger(ctx context.Context) ([]Intent, error)
}

// The paths of a sandbox that runs elsewhere.
const (
	pathPayment = "/payments/"
	PathLedger  = "/payments/ledger" // of all intents
	pathShow    = "/payments/authenticate"
	pathDispute = "/payments/dispute"
)

// asked is a call as it travels; its verb ends the path.
type asked struct {
	booking.Call
	Token string `json:"token,omitempty"`
}

// seen is what a customer did at the bank's page, as it travels.
type seen struct {
	Intent string `json:"intent"`
	Shown  *bool  `json:"shown,omitempty"`
}

// Mount has s answer the calls of a [Remote].
func (s *Sandbox) Mount(mux *http.ServeMux) {
	for verb, do := range map[booking.Verb]func(context.Context, booking.Call) (booking.Word, error){
		booking.VerbConfirm: s.Confirm, booking.VerbGet: s.Get, booking.VerbCancel: s.Cancel, booking.VerbRefund: s.Refund,
	} {
		remote.Handle(mux, pathPayment+string(verb), do)
	}
	remote.Handle(mux, pathPayment+string(booking.VerbCreate), func(ctx context.Context, a asked) (booking.Word, error) {
		return s.Create(ctx, a.Call, a.Token)
	})
	remote.Handle(mux, pathShow, func(ctx context.Context, a seen) (booking.Word, error) {
		return s.Authenticate(ctx, a.Intent, a.Shown)
	})
	remote.Handle(mux, pathDispute, func(ctx context.Context, a seen) (struct{}, error) {
		return struct{}{}, s.Dispute(ctx, a.Intent)
	})
	remote.Handle(mux, PathLedger, func(ctx context.Context, _ struct{}) ([]Intent, error) { return s.Ledger(ctx) })
}

// Remote is a sandbox that runs elsewhere. It keeps the contract of
// record.Payments.
type Remote struct{ At remote.Client }

// Create makes an unconfirmed intent, whose id follows from the key.
func (r Remote) Create(ctx context.Context, c booking.Call, token string) (w booking.Word, err error) {
	err = r.At.Call(ctx, pathPayment+string(booking.VerbCreate), asked{c, token}, &w)
	return w, err
}

// Confirm does what the token says.
func (r Remote) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	return r.call(ctx, booking.VerbConfirm, c)
}

// Get tells how the intent stands.
func (r Remote) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	return r.call(ctx, booking.VerbGet, c)
}

// Cancel ends an intent that has taken nothing.
func (r Remote) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	return r.call(ctx, booking.VerbCancel, c)
}

// Refund gives money back, once per key.
func (r Remote) Refund(ctx context.Context, c booking.Call) (booking.Word, error) {
	return r.call(ctx, booking.VerbRefund, c)
}

func (r Remote) call(ctx context.Context, v booking.Verb, c booking.Call) (w booking.Word, err error) {
	err = r.At.Call(ctx, pathPayment+string(v), c, &w)
	return w, err
}

// Authenticate is that the customer showed the bank who they are, or did not, or
// only looks.
func (r Remote) Authenticate(ctx context.Context, intent string, shown *bool) (w booking.Word, err error) {
	err = r.At.Call(ctx, pathShow, seen{intent, shown}, &w)
	return w, err
}

// Dispute has the intent disputed by its cardholder.
func (r Remote) Dispute(ctx context.Context, intent string) error {
	return r.At.Call(ctx, pathDispute, seen{Intent: intent}, new(struct{}))
}

// Ledger returns every intent there is.
func (r Remote) Ledger(ctx context.Context) (all []Intent, err error) {
	err = r.At.Call(ctx, PathLedger, struct{}{}, &all)
	return all, err
}
