package stripe

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v86"

	"tourbillon/internal/booking"
)

// Settings is how Stripe is reached. The zero value but for the key is
// Stripe's own address with bounds that fit a delivery.
type Settings struct {
	Key     string                        // secret: never printed
	URL     string                        // of the API, without a slash at its end; empty: Stripe's
	HTTP    *http.Client                  // nil: one of its own
	Timeout time.Duration                 // for one call, whatever it needs to ask; 0: 15 s, less than a delivery has
	Return  func(bookingID string) string // the page that a bank sends the customer back to; nil: no bank can ask to see them
}

const defaultTimeout = 15 * time.Second

// The names of our metadata.
const (
	metaBooking = "booking_id"
	metaKey     = "key" // a refund's [booking.Call.Key]
)

// Payments is Stripe. It keeps the contract of record.Payments. Safe for
// concurrent use.
type Payments struct {
	client  *stripe.Client
	timeout time.Duration
	back    func(bookingID string) string
}

// New returns Stripe as the settings say. It asks nothing: see [Payments.Check].
func New(s Settings) *Payments {
	doer := http.Client{Transport: http.DefaultTransport}
	if s.HTTP != nil {
		doer = *s.HTTP
	}
	doer.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the API has none
	config := &stripe.BackendConfig{
		HTTPClient:        &doer,
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if s.URL != "" {
		config.URL = stripe.String(s.URL)
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	client := stripe.NewClient(s.Key, stripe.WithBackends(stripe.NewBackendsWithConfig(config)))
	return &Payments{client: client, timeout: s.Timeout, back: s.Return}
}

// Create makes an unconfirmed intent for the payment method behind token. A
// token that Stripe does not know is declined as invalid_token.
func (p *Payments) Create(ctx context.Context, c booking.Call, token string) (booking.Word, error) {
	amount, ok := minor(c.Amount)
	if !ok {
		return booking.Word{Status: booking.WordDeclined, Code: codeNotChargeable}, nil
	}
	c.Verb, c.Intent = booking.VerbCreate, ""
	return p.change(ctx, c, func(ctx context.Context, key string) (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentCreateParams{
			Amount:             &amount,
			Currency:           stripe.String(currency(c.Amount)),
			CaptureMethod:      stripe.String(string(stripe.PaymentIntentCaptureMethodAutomatic)),
			PaymentMethod:      &token,
			PaymentMethodTypes: []*string{stripe.String("card")},
			Metadata:           map[string]string{metaBooking: c.BookingID},
		}
		params.SetIdempotencyKey(key)
		return p.client.V1PaymentIntents.Create(ctx, params)
	})
}

// Confirm takes the money, or begins to.
func (p *Payments) Confirm(ctx context.Context, c booking.Call) (booking.Word, error) {
	c.Verb = booking.VerbConfirm
	return p.change(ctx, c, func(ctx context.Context, key string) (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentConfirmParams{Expand: []*string{stripe.String(expandCharge)}}
		if p.back != nil {
			params.ReturnURL = stripe.String(p.back(c.BookingID))
		}
		params.SetIdempotencyKey(key)
		return p.client.V1PaymentIntents.Confirm(ctx, c.Intent, params)
	})
}

// Get tells how the intent stands.
func (p *Payments) Get(ctx context.Context, c booking.Call) (booking.Word, error) {
	c.Verb = booking.VerbGet
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return p.read(ctx, c)
}

// Cancel makes sure that the intent never takes money, or tells why it cannot.
// Cancelling twice is cancelling once, so it goes without our key: under that,
// Stripe would repeat for ever that an intent is being processed, which it was
// when it was first asked.
func (p *Payments) Cancel(ctx context.Context, c booking.Call) (booking.Word, error) {
	c.Verb = booking.VerbCancel
	return p.change(ctx, c, func(ctx context.Context, _ string) (*stripe.PaymentIntent, error) {
		params := &stripe.PaymentIntentCancelParams{Expand: []*string{stripe.String(expandCharge)}}
		return p.client.V1PaymentIntents.Cancel(ctx, c.Intent, params)
	})
}

// Booking returns the booking that an intent is of: empty if Stripe does not
// know the intent, or it is none of ours.
func (p *Payments) Booking(ctx context.Context, intent string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	pi, err := p.retrieve(ctx, intent, nil)
	switch {
	case errors.Is(err, errMissing):
		return "", nil
	case err != nil:
		return "", unknown("booking", err)
	}
	return pi.Metadata[metaBooking], nil
}
