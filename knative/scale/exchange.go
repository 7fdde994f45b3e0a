package scale

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	errFull   = errors.New("too much is waiting for a process")
	errClosed = errors.New("the processes are stopping")
)

// RoundTrip implements [http.RoundTripper]: the exchange waits for a process,
// which it may be the first to need, and goes there. As at a cluster's
// activator, 503 is that too many wait, and 504 that it took longer than an
// exchange may.
func (p *Pool) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), p.Timeout)
	m, err := p.acquire(ctx)
	if err != nil {
		cancel()
		return p.refuse(r, err)
	}
	over := sync.OnceFunc(func() { cancel(); p.done(m) })
	to, err := url.Parse(m.URL())
	if err != nil {
		over()
		return nil, err // it is our own
	}
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host = to.Scheme, to.Host
	resp, err := p.Via.RoundTrip(out)
	if err != nil {
		late := ctx.Err() != nil
		over()
		if late {
			return p.refuse(r, context.DeadlineExceeded)
		}
		return nil, err
	}
	resp.Body = &body{resp.Body, over}
	return resp, nil
}

// body is an answer's, at whose end the process is free again.
type body struct {
	io.ReadCloser
	over func()
}

// Close implements io.Closer.
func (b *body) Close() error {
	defer b.over()
	return b.ReadCloser.Close()
}

// refuse answers in the place of a process.
func (p *Pool) refuse(r *http.Request, err error) (*http.Response, error) {
	if r.Context().Err() != nil {
		return nil, r.Context().Err() // nobody listens
	}
	status := http.StatusServiceUnavailable
	if errors.Is(err, context.DeadlineExceeded) {
		status, err = http.StatusGatewayTimeout, errors.New("no process of "+p.Name+" answered in time")
	}
	if r.Body != nil {
		_ = r.Body.Close() // a RoundTripper must
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(err.Error() + "\n")),
	}, nil
}

// acquire returns a process that takes one exchange more, as soon as there is
// one; done must be called.
func (p *Pool) acquire(ctx context.Context) (*member, error) {
	p.mu.Lock()
	if err := p.full(); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	p.meter.begin(time.Now())
	if m := p.free(); m != nil && len(p.waiting) == 0 {
		m.busy++
		p.mu.Unlock()
		return m, nil
	}
	w := &waiter{make(chan *member, 1)}
	p.waiting = append(p.waiting, w)
	p.mu.Unlock()
	p.poke()
	select {
	case m, ok := <-w.got:
		if !ok {
			p.forget(nil)
			return nil, errClosed
		}
		return m, nil
	case <-ctx.Done():
		p.forget(w)
		return nil, ctx.Err()
	}
}

func (p *Pool) full() error {
	switch {
	case p.closed:
		return errClosed
	case len(p.waiting) >= mostWaiting:
		return errFull
	}
	return nil
}

// forget is an exchange that does not wait any longer. It may have been given a
// process at the same moment.
func (p *Pool) forget(w *waiter) {
	p.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(o *waiter) bool { return o == w })
	p.mu.Unlock()
	if w != nil {
		select {
		case m, ok := <-w.got:
			if ok {
				p.done(m)
				return
			}
		default:
		}
	}
	p.mu.Lock()
	p.meter.end(time.Now())
	p.mu.Unlock()
}

// free is the process that has least in hand of those that take more, or nil.
func (p *Pool) free() (least *member) {
	for _, m := range p.all {
		if m.ready && (p.Limit == 0 || m.busy < p.Limit) && (least == nil || m.busy < least.busy) {
			least = m
		}
	}
	return least
}

// serve gives processes to those that wait.
func (p *Pool) serve() {
	for len(p.waiting) > 0 {
		m := p.free()
		if m == nil {
			return
		}
		m.busy++
		p.waiting[0].got <- m
		p.waiting = p.waiting[1:]
	}
}

// done is that a process has answered.
func (p *Pool) done(m *member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter.end(time.Now())
	m.busy--
	if m.left != nil && m.busy == 0 {
		close(m.left)
	}
	p.serve()
}
