package fake

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// write writes the answer.
func (a answer) write(w http.ResponseWriter, q request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Request-Id", "req_fake")
	if q.key != "" {
		h.Set("Idempotency-Key", q.key)
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.after != "" {
		h.Set("Retry-After", a.after)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that is gone
}

// Client returns a client of the fake that needs no socket: the request is
// served where it is made.
func (f *Fake) Client() *http.Client { return &http.Client{Transport: line{f}} }

// line carries requests to a handler in the same process.
type line struct{ to http.Handler }

// RoundTrip has the handler answer. An answer that is lost is an error.
func (l line) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // it was read
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &recorder{header: make(http.Header), status: http.StatusOK}
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v != http.ErrAbortHandler:
			panic(v)
		case r.Context().Err() != nil:
			err = r.Context().Err()
		default:
			err = io.ErrUnexpectedEOF
		}
	}()
	l.to.ServeHTTP(w, r)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Request: r,
		Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: int64(w.body.Len()),
	}, nil
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header to be.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader sets the status.
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write adds to the body.
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }
