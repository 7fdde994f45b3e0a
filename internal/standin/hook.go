package standin

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"tourbillon/functions/webhook"
)

// Hook is a webhook of a provider's, for whoever posts it: once, or until it is
// taken.
type Hook struct {
	Path string // where it goes, with its query: /webhooks/<provider>
	Kind string // the body's, as Content-Type
	Body []byte
	Sign func(h http.Header, at time.Time) error // with which it is posted at that time
}

// Stripe's events.
const stripeKind = "application/json; charset=utf-8"

// StripeHook is an event of Stripe's, signed by the secret of its endpoint.
func StripeHook(secret string, event []byte) Hook {
	body := bytes.Clone(event)
	return Hook{Path: "/webhooks/stripe", Kind: stripeKind, Body: body, Sign: func(h http.Header, at time.Time) error {
		h.Set("Stripe-Signature", webhook.SignStripe(secret, body, at))
		return nil
	}}
}

// Request is the hook as it is posted to a system at a time.
func (h Hook) Request(ctx context.Context, system string, at time.Time) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(system, "/")+h.Path, bytes.NewReader(h.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", h.Kind)
	return r, h.Sign(r.Header, at)
}
