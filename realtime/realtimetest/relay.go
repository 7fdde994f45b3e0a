package realtimetest

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/engineio"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
	"tourbillon/realtime/socketio"
	"tourbillon/realtime/sse"
	"tourbillon/realtime/ws"
)

// Quiet is a log that nobody reads.
func Quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Run has a hub run until stop is called.
func Run(t testing.TB, h *realtime.Hub) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Hears waits until the hub hears its feed: what changes from then on comes as
// news, and nobody is told that values are old.
func Hears(h *realtime.Hub) {
	for h.Ready() != nil {
		time.Sleep(time.Millisecond)
	}
}

// Options are those of a relay's parts.
type Options struct {
	Hub     realtime.Options
	Origins string
	Limits  gate.Limits
	Plain   ws.Options
	Engine  engineio.Options
	Stream  sse.Options
	Address string        // empty: a free one of loopback
	Header  time.Duration // how long a request's header may take; 0 is the server's own bound
	Drain   time.Duration // after which those who do not leave are cut; 0 is never: it is an error
}

// Relay is a relay with all its doors, as a program has one.
type Relay struct {
	Hub  *realtime.Hub
	Gate *gate.Gate
	Addr string
	stop func()
}

// Token is the operators'.
const Token = "an-operator's-token"

// Start has a relay answer, once it hears the truth's feed.
func Start(t testing.TB, truth *Truth, o Options) *Relay {
	t.Helper()
	if o.Hub.Log == nil {
		o.Hub.Log = Quiet()
	}
	origins, err := gate.ParseOrigins(o.Origins)
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{Hub: realtime.New(truth, truth, realtime.OperatorToken(Token), o.Hub), Gate: gate.New(origins, o.Limits)}
	pool := pump.NewPool(4)
	plain := ws.New(r.Hub, r.Gate, pool, o.Plain)
	names := &socketio.Server{Apps: map[string]socketio.App{
		"/": socketio.NewWatch(r.Hub, "/"), "/seats": socketio.NewWatch(r.Hub, "/seats"),
	}}
	engine := engineio.New(func(s *engineio.Session) engineio.Talker { return names.Open(s) }, r.Gate, pool, o.Engine)
	mux := http.NewServeMux()
	mux.Handle("/ws", plain)
	mux.Handle("/socket.io/", engine)
	streams := sse.New(r.Hub, r.Gate, o.Stream)
	mux.Handle("/sse", streams)
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		t.Fatal(err)
	}
	r.Addr = l.Addr().String()
	server := gate.Server(mux, Quiet())
	if o.Header > 0 {
		server.ReadHeaderTimeout = o.Header
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(pump.Listen(l, 100_000)) }()
	end := Run(t, r.Hub)
	Hears(r.Hub)
	r.stop = func() {
		r.Gate.Close()
		ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(o.Drain, 20*time.Second))
		defer cancel()
		if err := r.Hub.Drain(ctx, 10*time.Millisecond); err != nil && o.Drain == 0 {
			t.Errorf("drain: %v", err)
		}
		engine.Close()
		_ = server.Close() // what it still had was drained
		<-served
		plain.Close()
		streams.Close()
		pool.Close()
		end()
	}
	return r
}

// Stop drains the relay and waits until nothing is left of it.
func (r *Relay) Stop() { r.stop() }

// URL is a door of the relay's: its path, with http or ws.
func (r *Relay) URL(scheme, path string) string {
	return scheme + "://" + r.Addr + "/" + strings.TrimPrefix(path, "/")
}
