package stripe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
)

// The errors that somebody who looks after the key must see to. Nothing was
// done.
var (
	ErrKeyUnknown   = errors.New("the key is not known there")
	ErrKeyForbidden = errors.New("the key may not do this")
)

var (
	errUnreadable = errors.New("the answer cannot be read")
	errNoAnswer   = errors.New("no answer")
)

// maxAfter bounds how long Stripe may ask us to wait.
const maxAfter = 10 * time.Minute

// unknown is a call whose outcome is not known, in our own words: what the
// library and Stripe write may have the body of an answer in it. Where Stripe
// says when to ask again, so does the error.
func unknown(v booking.Verb, err error) error {
	e := said(err)
	if e == nil {
		return fmt.Errorf("stripe: %s: %w", v, cause(err))
	}
	text := fmt.Sprintf("stripe: %s: answered %d", v, e.HTTPStatusCode)
	for _, part := range []string{string(e.Type), string(e.Code), e.RequestID} {
		if part = plain(part); part != "" {
			text += " " + part
		}
	}
	err = errors.New(text)
	switch e.HTTPStatusCode {
	case http.StatusUnauthorized:
		err = fmt.Errorf("%s: %w", text, ErrKeyUnknown)
	case http.StatusForbidden:
		err = fmt.Errorf("%s: %w", text, ErrKeyForbidden)
	}
	if after := retryAfter(e.LastResponse); after > 0 {
		return &arrow.AgainError{Err: err, After: after}
	}
	return err
}

// cause is an error without an answer, as far as it is known to say nothing
// but how the connection fared.
func cause(err error) error {
	var (
		op   *net.OpError
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, errStands), errors.Is(err, errUnreadable), errors.Is(err, errMissing):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w in time: %w", errNoAnswer, context.DeadlineExceeded)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", errNoAnswer, context.Canceled)
	case errors.As(err, &op):
		return fmt.Errorf("%w: %w", errNoAnswer, op)
	case errors.As(err, &dns):
		return fmt.Errorf("%w: %w", errNoAnswer, dns)
	case errors.As(err, &cert):
		return fmt.Errorf("%w: %w", errNoAnswer, cert)
	case undecoded(err):
		return errUnreadable
	}
	return errNoAnswer
}

// undecoded reports whether the library got an answer that is not JSON, which
// it says by text alone.
func undecoded(err error) bool { return strings.HasPrefix(err.Error(), "couldn't deserialize JSON") }

// said is the error as Stripe told it, nil if it did not tell one.
func said(err error) *stripe.Error {
	var e *stripe.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e
}

func retryAfter(r *stripe.APIResponse) time.Duration {
	if r == nil {
		return 0
	}
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, int(maxAfter/time.Second))) * time.Second
}
