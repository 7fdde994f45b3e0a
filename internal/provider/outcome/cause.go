package outcome

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"
)

var (
	errNoAnswer   = errors.New("no answer")
	errUnreadable = errors.New("the answer cannot be read")
	errNotAsked   = errors.New("it was not asked")
)

// why is why there is no answer, as far as it is known to say nothing but how
// the connection fared.
func (a *Attempt) why() error {
	var (
		op   *net.OpError
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
	)
	switch err := a.err; {
	case err == nil && !a.asked:
		return errNotAsked // the library would not
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", errNoAnswer, context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w in time: %w", errNoAnswer, context.DeadlineExceeded)
	case errors.As(err, &op):
		return fmt.Errorf("%w: %w", errNoAnswer, op)
	case errors.As(err, &dns):
		return fmt.Errorf("%w: %w", errNoAnswer, dns)
	case errors.As(err, &cert):
		return fmt.Errorf("%w: %w", errNoAnswer, cert)
	}
	return errNoAnswer
}

// maxAfter bounds how long a provider may ask us to wait.
const maxAfter = 10 * time.Minute

// retryAfter is how long an answer asks us to wait, 0 if it does not. Retry-After
// is seconds or a date; X-RateLimit-Reset is the time of the reset in seconds
// since 1970 or, as some write it, in milliseconds, or the seconds until then. That
// one may be on every answer, and asks for nothing but where turns are used up: what
// is wrong with one message holds up no other.
func retryAfter(status int, h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	wait := seconds(text, now)
	if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	if wait <= 0 && status == http.StatusTooManyRequests {
		wait = seconds(h.Get("X-RateLimit-Reset"), now)
	}
	return min(max(wait, 0), maxAfter)
}

func seconds(text string, now time.Time) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || n <= 0 || math.IsNaN(n):
		return 0
	case n > 1e15:
		return maxAfter
	case n > 1e11:
		return time.UnixMilli(int64(n)).Sub(now)
	case n > 1e8:
		return time.Unix(int64(n), 0).Sub(now)
	}
	return time.Duration(min(n, maxAfter.Seconds()) * float64(time.Second))
}
