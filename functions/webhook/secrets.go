package webhook

import (
	"crypto/hmac"
	"hash"
	"time"
)

// Secrets are the providers' keys: of each several, while one is rolled. An
// empty one lets nobody in.
type Secrets struct {
	Stripe []string // signing secrets of the endpoint, as given: whsec_...
}

// some reports whether there is a secret among them.
func some(secrets []string) bool {
	for _, s := range secrets {
		if s != "" {
			return true
		}
	}
	return false
}

// signed reports whether mac is the message's by one of the secrets, in time
// that does not tell how near it came.
func signed(by func() hash.Hash, secrets []string, mac []byte, message ...[]byte) bool {
	good := false
	for _, s := range secrets {
		if s == "" {
			continue
		}
		h := hmac.New(by, []byte(s))
		for _, part := range message {
			h.Write(part)
		}
		good = hmac.Equal(h.Sum(nil), mac) || good
	}
	return good
}

// ahead is how far a provider's clock may be before ours, and ours before its.
const ahead = 5 * time.Minute

// fresh wants a Unix time that is not further ahead than clocks differ, nor
// longer ago than retries and that.
func fresh(at int64, now time.Time, retries time.Duration) error {
	switch {
	case at > now.Add(ahead).Unix():
		return stale("it was signed in the future")
	case at < now.Add(-ahead-retries).Unix():
		return stale("it was signed too long ago")
	}
	return nil
}
