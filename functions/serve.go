package functions

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Gate knows whether a process takes more work, and how much it has in hand.
// The zero value is open. One gate may be shared by many functions. Safe for
// concurrent use.
type Gate struct {
	mu       sync.Mutex
	stopped  bool
	inFlight int
	idle     chan struct{} // closed when nothing is in flight; nil while nobody waits
}

// Enter counts one piece of work until leave is called, once. What comes after
// Stop is let in too: it came before its sender heard of it.
func (g *Gate) Enter() (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight++
	return g.leave
}

func (g *Gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	if g.inFlight == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// Ready reports whether Stop was not called yet.
func (g *Gate) Ready() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.stopped
}

// Stop says that no more work is wanted.
func (g *Gate) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped = true
}

// Wait returns nil as soon as nothing is in flight, or ctx's error.
func (g *Gate) Wait(ctx context.Context) error {
	g.mu.Lock()
	if g.inFlight == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	idle := g.idle
	g.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for what is in flight: %w", ctx.Err())
	}
}

// The server's patience. A whole exchange may take as long as Knative lets a
// revision take by default; the functions' own deadlines are far shorter.
const (
	headerTimeout   = 5 * time.Second
	requestTimeout  = 30 * time.Second
	exchangeTimeout = 5 * time.Minute
	idleTimeout     = 2 * time.Minute
	maxHeader       = 64 << 10
	drainTimeout    = 25 * time.Second // Kubernetes kills after 30
)

// Serve serves h on l, which it closes, until ctx ends. Then it stops the gate,
// takes no new connection, finishes what is in flight, and returns nil; or an
// error when that took too long and was cut off. What in h is to be waited for
// though it is no longer an HTTP exchange must have entered the gate.
func Serve(ctx context.Context, l net.Listener, h http.Handler, g *Gate) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      exchangeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		g.Stop()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	g.Stop()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := errors.Join(srv.Shutdown(drain), g.Wait(drain))
	if err != nil {
		err = fmt.Errorf("stop serving: %w", errors.Join(err, srv.Close()))
	}
	<-ended
	return err
}
