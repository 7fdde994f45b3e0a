package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
	"tourbillon/realtime"
	script "tourbillon/realtime/client"
	"tourbillon/realtime/engineio"
	"tourbillon/realtime/facts"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
	"tourbillon/realtime/socketio"
	"tourbillon/realtime/sse"
	"tourbillon/realtime/ws"
)

const (
	relayWorkers = 4                // that write to sockets
	relaySockets = 60_000           // open at once, those that are refused among them
	relayDrain   = 20 * time.Second // until who does not leave is cut
	relaySpread  = 10 * time.Second // over which, at most, many are asked to leave
	relayPace    = 2 * time.Millisecond
)

// relay is a hub and its doors, for as many listeners as are to have them.
type relay struct {
	hub     *realtime.Hub
	token   string // of operators
	gate    *gate.Gate
	pool    *pump.Pool
	plain   *ws.Door
	streams *sse.Door
	engine  *engineio.Server
	hangUp  func() // ends what the engine still has; once
	log     *slog.Logger
}

// newRelay returns a relay of what a history tells and records say. letters is
// how the dead letters stand, or nil. Close it, whether it was served or not.
func newRelay(s relaySettings, token string, past events.History, records *store.Records, letters func(context.Context) (json.RawMessage, error), log *slog.Logger) *relay {
	token = cmp.Or(token, rand.Text()) // nobody was given that one
	from := &facts.Snapshots{Records: records, Epoch: &facts.Epoch{Records: records}, Letters: letters}
	hub := realtime.New(feed(past, log), from, realtime.OperatorToken(token), realtime.Options{Log: log})
	r := openRelay(hub, gate.New(s.Pages, gate.Limits{}, s.Proxies...), s, log)
	r.token = token
	return r
}

// openRelay returns a relay of a hub, with the doors as they are set.
func openRelay(hub *realtime.Hub, in *gate.Gate, s relaySettings, log *slog.Logger) *relay {
	r := &relay{hub: hub, gate: in, pool: pump.NewPool(relayWorkers), log: log}
	names := &socketio.Server{Apps: map[string]socketio.App{"/": socketio.NewWatch(r.hub, "/")}}
	r.plain = ws.New(r.hub, r.gate, r.pool, s.plain)
	r.streams = sse.New(r.hub, r.gate, sse.Options{})
	s.engine.NoPolling = !s.Polling
	r.engine = engineio.New(func(e *engineio.Session) engineio.Talker { return names.Open(e) }, r.gate, r.pool, s.engine)
	r.hangUp = sync.OnceFunc(r.engine.Close)
	return r
}

// feed is what a relay hears of a history: what is said to those who are there,
// where its transport has that, or else all that is added to it.
func feed(past events.History, log *slog.Logger) realtime.Feed {
	if t, ok := past.(interface {
		Overhear(ctx context.Context, hear func(event.Event), alive func()) error
	}); ok {
		return facts.Overheard{Listen: t.Overhear, Log: log}
	}
	return &facts.Tail{History: past, Log: log}
}

// lettered lists what was given up.
type lettered interface {
	DeadLetters(ctx context.Context) ([]events.DeadLetter, error)
}

// counted are the dead letters of all brokers, as those who watch are told.
func counted[L lettered](by map[string]L) func(context.Context) (json.RawMessage, error) {
	return func(ctx context.Context) (json.RawMessage, error) {
		var is struct {
			Count  int        `json:"count"`
			Newest *time.Time `json:"newest,omitempty"`
		}
		for broker, l := range by {
			all, err := l.DeadLetters(ctx)
			if err != nil {
				return nil, fmt.Errorf("count the dead letters of %s: %w", broker, err)
			}
			is.Count += len(all)
			for _, one := range all {
				if is.Newest == nil || one.At.After(*is.Newest) {
					is.Newest = &one.At
				}
			}
		}
		return json.Marshal(is)
	}
}

// mount puts the relay's doors and its script into mux.
func (r *relay) mount(mux *http.ServeMux, who web.Operators) {
	handle(mux, r.known(who, r.plain), "/ws")
	handle(mux, r.known(who, r.streams), "/sse")
	handle(mux, r.engine, "/socket.io/")
	handle(mux, shared(script.Serve()), "GET /tourbillon.js")
}

// known lets who may be an operator without a token be one by ?as=operator: a
// program on this machine, and a page of the address itself, which can send none.
func (r *relay) known(who web.Operators, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Query().Get("as") == "operator" && req.Header.Get("Authorization") == "" && (gate.Origins{}).Allow(req) && who.May(req) {
			req.Header.Set("Authorization", "Bearer "+r.token)
		}
		h.ServeHTTP(w, req)
	})
}

// shared lets pages of any origin have what is no secret.
func shared(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeHTTP(w, r)
	})
}

// handler is all that a relay's own port has: scrape is the process's metrics.
func (r *relay) handler(who web.Operators, scrape http.Handler) http.Handler {
	mux := http.NewServeMux()
	r.mount(mux, who)
	handle(mux, who.Only(r.hub.List()), "/connections")
	handle(mux, who.Only(scrape), "GET /metrics")
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := r.hub.Ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return web.Plain(mux)
}

// serve answers with h on l, which it closes, until ctx ends: then all who are
// there, by whatever listener, are asked to come back, a few at a time.
func (r *relay) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := gate.Server(h, r.log)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(pump.Listen(l, relaySockets)) }()
	var err error
	select {
	case err = <-ended:
		ended <- nil
		err = fmt.Errorf("serve the relay: %w", err)
	case <-ctx.Done():
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), relayDrain)
	defer cancel()
	r.drain(leaving)
	_ = srv.Shutdown(leaving) // whoever is left is cut by Close
	err = errors.Join(err, srv.Close())
	<-ended
	return err
}

// drain has everybody leave; who does not by the end of ctx is cut.
func (r *relay) drain(ctx context.Context) {
	r.gate.Close()
	over := min(relaySpread, relayPace*time.Duration(r.hub.Connections()))
	if err := r.hub.Drain(ctx, over); err != nil {
		r.log.Warn("not all have left the relay in time", "left", r.hub.Connections())
	}
	r.hangUp()
}

// close lets go of what is left.
func (r *relay) close() {
	if r == nil {
		return
	}
	r.gate.Close()
	r.hangUp()
	r.plain.Close()
	r.streams.Close()
	r.pool.Close()
}
