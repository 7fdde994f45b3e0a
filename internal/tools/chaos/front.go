//go:build unix

package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// front is one address for all workers: a request goes to the next one.
type front struct {
	url   string
	to    atomic.Pointer[[]*worker]
	next  atomic.Uint64
	srv   *http.Server
	ended chan error
}

func newFront(ctx context.Context) (*front, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{url: "http://" + l.Addr().String(), ended: make(chan error, 1)}
	f.to.Store(new([]*worker))
	f.srv = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			if u, err := url.Parse(f.pick()); err == nil {
				r.SetURL(u)
			}
		},
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusBadGateway) },
	}}
	go func() { f.ended <- f.srv.Serve(l) }()
	return f, nil
}

// pick is the next worker's address.
func (f *front) pick() string {
	all := *f.to.Load()
	if len(all) == 0 {
		return ""
	}
	return all[f.next.Add(1)%uint64(len(all))].url
}

func (f *front) close() error {
	err := f.srv.Close()
	if ended := <-f.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
