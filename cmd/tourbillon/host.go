package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/web"
)

// sources publish besides answering, or instead, and so need a sink.
var sources = []string{"announce", "clock", "fanout", "request", "webhook"}

// host is one function, until ctx ends.
func host(ctx context.Context, c config, log *slog.Logger) error {
	if c.Child {
		ctx = attached(ctx)
	}
	to := httpSink{c.Sink}
	s, err := wire(ctx, c, func(string) arrow.Sink { return sink{to} }, log)
	if err != nil {
		return err
	}
	defer s.close()
	receive, ok := s.receivers[c.Target]
	if !ok && !slices.Contains(functions.Doors, c.Target) {
		known := slices.Sorted(maps.Keys(s.receivers))
		return fmt.Errorf("FUNCTION_TARGET is %q: set one of %s", c.Target, strings.Join(append(known, functions.Doors...), ", "))
	}
	if c.Sink == nil && slices.Contains(sources, c.Target) {
		return fmt.Errorf("%s publishes events, and K_SINK is not set: set the URL of its broker", c.Target)
	}
	if c.Target == "request" {
		receive = request.Reminded(receive) // this Service is open to the public
	}
	gate := new(functions.Gate)
	if ok {
		functions.Register(c.Target, receive, gate)
	} else {
		functions.RegisterDoor(c.Target, s.hooked(to, log).Handler(), gate)
	}
	h, err := functions.Framework()
	if err != nil {
		return err
	}
	// Behind a sidecar everybody comes from loopback: only the token counts.
	who := web.Operators{Token: c.Token, Loopback: c.Child}
	mux := http.NewServeMux()
	handle(mux, who.Only(s.metrics.Handler()), "GET /metrics")
	if c.Target == "request" {
		door := s.door(to, nil, who, log)
		door.Stopping = ctx.Done()
		door.Mount(mux)
		if s.sandbox != nil {
			handle(mux, sandbox.Page(s.sandbox), sandbox.PagePath)
		}
		handle(mux, h, "/{$}", "/healthz", "/readyz")
		h = web.Plain(mux)
	} else {
		handle(mux, h, "/")
		h = mux
	}
	l, err := c.listen()
	if err != nil {
		return err
	}
	log.Info("listening", "function", c.Target, "addr", l.Addr().String())
	return functions.Serve(ctx, l, h, gate)
}

// client follows no redirect: what is moved would be asked for, not posted. It
// keeps as many connections to one address as ask there at once.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute},
}

// httpSink posts events to a broker's ingress, in binary mode.
type httpSink struct{ to *url.URL }

// Publish posts the events one after another. It returns at the first that the
// broker does not take; publishing all of them again is harmless.
func (s httpSink) Publish(ctx context.Context, ces ...event.Event) error {
	for _, ce := range ces {
		if err := s.post(ctx, ce); err != nil {
			return fmt.Errorf("publish %s: %w", ce.Type(), err)
		}
	}
	return nil
}

func (s httpSink) post(ctx context.Context, ce event.Event) error {
	h := http.Header{}
	body, err := events.WriteHTTP(h, ce)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.to.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(req.Header, h)
	resp, err := client.Do(req)
	if e := new(url.Error); errors.As(err, &e) {
		return e.Err // without the address: its query may be a secret
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode/100 != 2 {
		err = fmt.Errorf("the broker answered %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}
