package main

import (
	"cmp"
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
	"tourbillon/knative/scale"
)

// isolation is the functions as processes of their own, children of this one,
// as many of each as its Service says, and the brokers' ingress for those that
// publish. A nil isolation is none: the functions are in this process.
type isolation struct {
	pools   map[string]*scale.Pool // by function
	at      map[string]string      // the function's address, as a cluster has it
	hosts   map[string]*scale.Pool // by the host of that
	ingress net.Listener
	via     *http.Transport // to processes of our own: by no proxy
	path    string          // below which the ingress is; nobody else can guess it
	end     func()          // what start began; nil where it was not called
	cold    func(function string, took time.Duration)
	keep    func(p metrics.Part, gone func())
}

// readyTime is how long the processes that are always there have, on a machine
// that is slow, to be ready the first time.
const readyTime = time.Minute

// atMost is how many processes a function has whose manifest sets no bound: one
// machine has one.
const atMost = 8

// isolate makes a pool for every function of the manifests, and starts nothing.
func isolate(c config, m *knative.Manifests, known map[string]arrow.Receiver, log *slog.Logger) (*isolation, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("run functions in processes of their own: %w", err)
	}
	i := &isolation{
		pools: map[string]*scale.Pool{}, at: map[string]string{}, hosts: map[string]*scale.Pool{}, path: "/" + rand.Text(),
		via: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute},
	}
	if i.ingress, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("an ingress for the functions: %w", err)
	}
	for _, s := range m.Services {
		if known[s.Function] == nil || c.Programs[s.Name] != "" {
			continue // the runner says what is missing; a program is somebody else's to start
		}
		if i.pools[s.Function] != nil {
			err := fmt.Errorf("two Services are the function %[2]s, %[1]s one of them: in processes of their own a function has one Service; leave one out, or -isolate", s.Name, s.Function)
			return nil, errors.Join(err, i.ingress.Close())
		}
		child := process.Settings{
			Name: s.Function, Path: program, Args: []string{os.Args[0]}, Env: i.environment(c, m, s), Out: os.Stderr, Log: log,
		}
		to := s.Scale.Within(c.Window)
		to.Max = cmp.Or(to.Max, max(atMost, to.Min))
		p := scale.New(scale.Options{
			Name: s.Function, Settings: to, Via: i.via, Log: log, Began: i.began(s.Function), Ending: i.ending(s.Function),
			Start: func() (scale.Program, error) { return process.Start(child) },
		})
		i.pools[s.Function], i.at[s.Function], i.hosts[hostOf(m.Address(s.Name))] = p, m.Address(s.Name), p
	}
	return i, nil
}

// hostOf is the host of an address that is a manifest's.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // the names in it were checked
	}
	return u.Host
}

// container is what an image gives a program, and a manifest does not say.
var container = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"}

// environment is all that a child is told: what the manifest says, where the
// settings of this process stand for Secrets, and what an image does.
func (i *isolation) environment(c config, m *knative.Manifests, s knative.Service) []string {
	settings := maps.Clone(c.given)
	settings["REDIS_URL"], settings["TOURBILLON_URL"] = c.Redis, c.URL
	env := slices.Concat(container, s.Environment(settings), []string{"TOURBILLON_CHILD=true"})
	if broker, ok := m.SinkOf(s.Function); ok {
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
	return i.at
}

// RoundTrip takes what is for a function to its processes, and everything else
// to where it is.
func (i *isolation) RoundTrip(r *http.Request) (*http.Response, error) {
	if p := i.hosts[r.URL.Host]; p != nil {
		return p.RoundTrip(r)
	}
	return client.Transport.RoundTrip(r)
}

// client is what the runner asks by.
func (i *isolation) client() *http.Client {
	if i == nil {
		return nil
	}
	return &http.Client{Transport: i}
}

// start has the processes come and go, and returns when those that are always
// there are ready. What they publish goes to r.
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
	for _, p := range i.pools {
		running.Go(func() error { p.Run(working); return nil })
		ready.Go(func() error { return p.Ready(ctx) })
	}
	i.end = func() {
		stop()
		_ = running.Wait() // pools have no error
		i.via.CloseIdleConnections()
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

// reach takes operators who ask one function directly to its processes. The
// function request they find here: its own process is the public Service, which
// takes nothing but by the door.
func (i *isolation) reach(all map[string]http.Handler) {
	for name, at := range i.addresses() {
		if name == "request" {
			continue
		}
		to := hostOf(at)
		all[name] = &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.Out.URL = &url.URL{Scheme: "http", Host: to}
				r.Out.Host = to
				r.Out.Header.Del("Authorization") // of the operator
			},
			Transport: i,
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
				web.Problem{
					Kind: "again", Title: "Function does not answer", Status: http.StatusServiceUnavailable, After: time.Second,
					Detail: "Its process may have ended: the log says more. Ask again.",
				}.Write(w)
			},
		}
	}
}

// statuses is how the pools stand, by name.
func (i *isolation) statuses() []scale.Status {
	all := []scale.Status{}
	if i != nil {
		for _, name := range slices.Sorted(maps.Keys(i.pools)) {
			all = append(all, i.pools[name].Status())
		}
	}
	return all
}

// parts are the processes that there are, as metrics ask them.
func (i *isolation) parts() (all []metrics.Part) {
	for _, name := range slices.Sorted(maps.Keys(i.pools)) {
		for _, at := range i.pools[name].URLs() {
			all = append(all, part(name, at))
		}
	}
	return all
}

// part is one process, as metrics ask it.
func part(function, at string) metrics.Part {
	return metrics.Part{Name: function, Scrape: func(ctx context.Context) (io.ReadCloser, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/metrics", nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("%s answered %s", function, resp.Status), resp.Body.Close())
		}
		return resp.Body, nil
	}}
}

// close ends the processes, each after what it has in hand.
func (i *isolation) close() error {
	if i == nil {
		return nil
	}
	if i.end == nil {
		return i.ingress.Close()
	}
	i.end()
	return nil
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
