package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/alicebob/miniredis/v2"
	"golang.org/x/sync/errgroup"

	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/metrics"
	"tourbillon/internal/process"
	"tourbillon/internal/web"
	"tourbillon/knative"
)

// isolation is the functions as processes of their own, each a child of this
// one, and the brokers' ingress for those that publish. A nil isolation is
// none: the functions are in this process.
type isolation struct {
	children map[string]*process.Process // by function
	ingress  net.Listener
	path     string // below which the ingress is; nobody else can guess it
	end      func() // what start began; nil where it was not called
}

// readyTime is how long all children have, on a machine that is slow, to be
// ready the first time.
const readyTime = time.Minute

// isolate opens a socket for every function of the manifests, and starts
// nothing.
func isolate(c config, m *knative.Manifests, known map[string]arrow.Receiver, log *slog.Logger) (*isolation, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("run functions in processes of their own: %w", err)
	}
	i := &isolation{children: map[string]*process.Process{}, path: "/" + rand.Text()}
	if i.ingress, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("an ingress for the functions: %w", err)
	}
	for _, s := range m.Services {
		if known[s.Function] == nil || i.children[s.Function] != nil {
			continue // the runner says what is missing
		}
		p, err := process.New(process.Settings{
			Name: s.Function, Path: program, Args: []string{os.Args[0]}, Env: i.environment(c, m, s.Function), Out: os.Stderr, Log: log,
		})
		if err != nil {
			return nil, errors.Join(err, i.close())
		}
		i.children[s.Function] = p
	}
	return i, nil
}

// environment is what a child's settings are besides this process's.
func (i *isolation) environment(c config, m *knative.Manifests, function string) []string {
	env := []string{"FUNCTION_TARGET=" + function, "TOURBILLON_CHILD=true", "REDIS_URL=" + c.Redis, "TOURBILLON_URL=" + c.URL}
	if broker, ok := m.SinkOf(function); ok {
		to := url.URL{Scheme: "http", Host: i.ingress.Addr().String(), Path: i.path + "/broker/" + broker}
		env = append(env, "K_SINK="+to.String())
	}
	return env
}

// addresses is where the functions are.
func (i *isolation) addresses() map[string]string {
	if i == nil {
		return nil
	}
	at := map[string]string{}
	for name, p := range i.children {
		at[name] = p.URL()
	}
	return at
}

// start starts all children, and returns when they are ready. What they
// publish goes to r.
func (i *isolation) start(ctx context.Context, r *knative.Runner) error {
	if i == nil {
		return nil
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	serving, shut := context.WithCancel(context.WithoutCancel(ctx))
	var running, open errgroup.Group
	open.Go(func() error { return functions.Serve(serving, i.ingress, i.brokers(r), new(functions.Gate)) })
	ready, ctx := errgroup.WithContext(ctx)
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for _, p := range i.children {
		running.Go(func() error { return p.Run(working) })
		ready.Go(func() error { return p.Ready(ctx) })
	}
	i.end = func() {
		stop()
		_ = running.Wait() // what Ready has told already
		shut()
		_ = open.Wait() // nobody is left who publishes
	}
	return ready.Wait()
}

// brokers are their ingress, for children alone.
func (i *isolation) brokers(r *knative.Runner) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+i.path+"/broker/{name}", func(w http.ResponseWriter, req *http.Request) {
		h, ok := r.Broker(req.PathValue("name"))
		if !ok {
			http.NotFound(w, req)
			return
		}
		h.ServeHTTP(w, req)
	})
	return mux
}

// reach takes operators who ask one function directly to its process. The
// function request they find here: its own process is the public Service, which
// takes nothing but by the door.
func (i *isolation) reach(all map[string]http.Handler) {
	for name, at := range i.addresses() {
		if name == "request" {
			continue
		}
		to, err := url.Parse(at)
		if err != nil {
			panic(err) // it is our own
		}
		all[name] = &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.Out.URL = to
				r.Out.Host = to.Host
				r.Out.Header.Del("Authorization") // of the operator
			},
			Transport: client.Transport,
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
				web.Problem{
					Kind: "again", Title: "Function does not answer", Status: http.StatusServiceUnavailable, After: time.Second,
					Detail: "Its process may be starting again: the log says more. Ask again.",
				}.Write(w)
			},
		}
	}
}

// parts are the children, as metrics ask them.
func (i *isolation) parts() (all []metrics.Part) {
	for name, at := range i.addresses() {
		all = append(all, metrics.Part{Name: name, Scrape: func(ctx context.Context) (io.ReadCloser, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/metrics", nil)
			if err != nil {
				return nil, err
			}
			resp, err := client.Do(req)
			if err != nil {
				return nil, err
			}
			if resp.StatusCode != http.StatusOK {
				return nil, errors.Join(fmt.Errorf("%s answered %s", name, resp.Status), resp.Body.Close())
			}
			return resp.Body, nil
		}})
	}
	return all
}

// close ends the children, each after what it has in hand, and lets go of their
// sockets.
func (i *isolation) close() error {
	if i == nil {
		return nil
	}
	if i.end != nil {
		i.end()
	} else if err := i.ingress.Close(); err != nil {
		return err
	}
	var err error
	for _, name := range slices.Sorted(maps.Keys(i.children)) {
		err = errors.Join(err, i.children[name].Close())
	}
	return err
}

// ownRedis is a server of the Redis protocol in this process, for records that
// processes share and that end with this one. Only who knows its URL gets in.
func ownRedis() (at string, _ io.Closer, err error) {
	m := miniredis.NewMiniRedis()
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return "", nil, fmt.Errorf("a Redis of our own: %w", err)
	}
	u := url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: m.Addr()}
	return u.String(), closes(m.Close), nil
}

// closes is a function that closes something.
type closes func()

// Close implements io.Closer.
func (c closes) Close() error { c(); return nil }
