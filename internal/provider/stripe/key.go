package stripe

import (
	"context"
	"errors"
	"strings"

	"github.com/stripe/stripe-go/v86"
)

// The forms of a key: secret or restricted, for tests or for money.
var (
	testKeys = []string{"sk_test_", "rk_test_"}
	liveKeys = []string{"sk_live_", "rk_live_"}
)

// Live reports whether a key, by its form, moves money.
func Live(key string) bool { return begins(key, liveKeys) }

// CheckKey returns an error if the key, by its form, is none that can pay. The
// error does not have the key in it. Whether Stripe knows it is asked by
// [Payments.Check].
func CheckKey(key string) error {
	switch {
	case key == "":
		return errors.New("the key is empty")
	case strings.HasPrefix(key, "pk_"):
		return errors.New("the key is a publishable one, which can take no payment: use a secret (sk_) or restricted (rk_) one")
	case strings.HasPrefix(key, "whsec_"):
		return errors.New("the key is a webhook's secret: use a secret (sk_) or restricted (rk_) key")
	case !Live(key) && !begins(key, testKeys):
		return errors.New("the key does not begin with sk_test_, sk_live_, rk_test_ or rk_live_")
	case plainKey(key) != key:
		return errors.New("the key has a character in it that no key has: was it copied with a space or a line end?")
	}
	return nil
}

func begins(key string, forms []string) bool {
	for _, form := range forms {
		if len(key) > len(form) && strings.HasPrefix(key, form) {
			return true
		}
	}
	return false
}

// plainKey is the key as far as it has characters that keys have.
func plainKey(key string) string {
	end := strings.IndexFunc(key, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_'
	})
	if end < 0 {
		return key
	}
	return key[:end]
}

// Check asks Stripe whether it takes the key, by reading what the key must be
// able to read: [ErrKeyUnknown] and [ErrKeyForbidden] are its no, any other
// error is that it did not tell.
func (p *Payments) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	params := &stripe.PaymentIntentListParams{}
	params.Limit, params.Single = stripe.Int64(1), true
	if err := p.client.V1PaymentIntents.List(ctx, params).Err(); err != nil {
		return unknown("check", err)
	}
	return nil
}
