package webhook

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"regexp"
	"time"
)

// Secrets are the providers' keys: of each several, while one is rolled. An
// empty one lets nobody in.
type Secrets struct {
	Stripe   []string // signing secrets of the endpoint, as given: whsec_...
	SendGrid []string // public keys, as SendGrid shows them: base64
	Mailgun  []string // webhook signing keys
	Twilio   []string // auth tokens
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

var topics = regexp.MustCompile(`^arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

// Check returns what is wrong with the settings, all of it, or nil: who starts
// with a key that cannot be read would refuse everything, and say so to nobody
// but the provider. It quotes no secret.
func (d Door) Check() error {
	var wrong []error
	for i, key := range d.Secrets.SendGrid {
		if _, err := sendGridKey(key); key != "" && err != nil {
			wrong = append(wrong, fmt.Errorf("SendGrid's public key %d %w", i+1, err))
		}
	}
	if some(d.Secrets.Twilio) {
		if u, err := url.Parse(d.PublicURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			wrong = append(wrong, errors.New("the public address, which Twilio signs, is not set, or not as https://tours.example"))
		}
	}
	for _, topic := range d.Topics {
		if topic != "" && !topics.MatchString(topic) {
			wrong = append(wrong, fmt.Errorf("SNS topic %q is not an ARN of one", topic))
		}
	}
	return errors.Join(wrong...)
}
