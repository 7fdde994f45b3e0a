package outcome

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"tourbillon/internal/arrow"
)

// Timeout is how long a provider may take: two of them fit into a delivery.
const Timeout = 8 * time.Second

// longest bounds what is read of an answer, in bytes.
const longest = 1 << 20

// errSecond is a library that asks again by itself.
var errSecond = errors.New("outcome: a second request of one attempt")

// Attempt is one request to a provider. Make it with [Begin], and hand its
// client to the library. Safe for concurrent use.
type Attempt struct {
	ctx  context.Context
	base *url.URL

	mu      sync.Mutex
	asked   bool
	reached bool // a connection was made
	status  int  // 0: there is no answer
	header  http.Header
	err     error // why there is none
}

// Begin begins an attempt that ends with ctx, or after the timeout: [Timeout] if
// it is 0. Call the function when it is over. Where base is not nil the request
// goes there, whatever the library says: scheme and host are changed, and its
// path goes before.
func Begin(ctx context.Context, timeout time.Duration, base *url.URL) (*Attempt, context.CancelFunc) {
	if timeout == 0 {
		timeout = Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	a := &Attempt{base: base}
	a.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.reached = true
	}})
	return a, cancel
}

// Context is the attempt's, for libraries that take one.
func (a *Attempt) Context() context.Context { return a.ctx }

// Client makes the attempt's one request. It follows no redirect.
func (a *Attempt) Client() *http.Client {
	return &http.Client{
		Transport:     a,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip implements [http.RoundTripper]. The answer is read to its end here:
// there is nothing that a library could forget to close.
func (a *Attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	if !a.first() {
		if r.Body != nil {
			_ = r.Body.Close() // it is not sent
		}
		return nil, errSecond
	}
	r = r.Clone(a.ctx)
	if a.base != nil {
		r.URL.Scheme, r.URL.Host, r.Host = a.base.Scheme, a.base.Host, a.base.Host
		r.URL.Path, r.URL.RawPath = a.base.Path+r.URL.Path, ""
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, a.keep(0, nil, err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	_ = resp.Body.Close() // it was read
	if err != nil {
		return nil, a.keep(resp.StatusCode, resp.Header, err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, a.keep(resp.StatusCode, resp.Header, nil)
}

func (a *Attempt) first() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := !a.asked
	a.asked = true
	return first
}

func (a *Attempt) keep(status int, h http.Header, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.header, a.err = status, h, err
	return err
}

// Status is the answer's, 0 without one.
func (a *Attempt) Status() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// Failed is the error of an attempt that was not accepted, by what is known of
// it: a *[NotSentError] where nothing can have been sent. code is told: it must
// be one of the provider's that we know, or empty.
func (a *Attempt) Failed(provider, code string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	after := retryAfter(a.status, a.header, time.Now())
	if a.status == http.StatusTooManyRequests {
		after = max(after, time.Second)
	}
	switch {
	case !a.reached:
		return &NotSentError{Err: fmt.Errorf("%s: not reached: %w", provider, a.why())}
	case a.status == 0:
		return fmt.Errorf("%s: %w", provider, a.why())
	}
	text := fmt.Sprintf("%s: answered %d", provider, a.status)
	if code != "" {
		text += " " + code
	}
	switch {
	case !mayBeSent(a.status):
		return &NotSentError{Err: errors.New(text), After: after}
	case a.status < 300:
		return fmt.Errorf("%s, and %w", text, errUnreadable)
	case after > 0:
		return &arrow.AgainError{Err: errors.New(text), After: after}
	}
	return errors.New(text)
}

// mayBeSent reports whether a message may have been sent although the answer is
// this: all there are but those that say that it was not looked at. Of the
// redirects, some are what follows on something done.
func mayBeSent(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict:
		return true
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return false
	}
	return status < 400 || status >= 500
}
