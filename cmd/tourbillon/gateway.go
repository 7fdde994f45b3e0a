package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"

	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	webpage "tourbillon/internal/console"
	"tourbillon/internal/operator"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// waiters is how many customers may wait at once for how their booking ends.
// Each costs some 30 kB.
const waiters = 2000

// door is the public API over a system.
func (s system) door(to publisher, refused map[booking.Flow]string, who web.Operators, log *slog.Logger) request.Door {
	return request.Door{
		Settings: s.request, Records: s.records, Plans: saga.Shipped(), Take: s.receivers["request"],
		Broker: sink{to}, Now: now, Log: log, Operators: who, Refused: refused, Public: s.public, Origins: s.origins, Waiting: make(chan struct{}, waiters), Words: s.wiring.Words,
	}
}

// handle sends what matches the patterns to h.
func handle(mux *http.ServeMux, h http.Handler, patterns ...string) {
	for _, p := range patterns {
		mux.Handle(p, h)
	}
}

// gateway is all of a system behind one port: the public door, and for
// operators the brokers, the functions and what there is to look at.
func gateway(door http.Handler, hooks webhook.Door, desk operator.Desk, r *relay, ps http.Handler, s system, gate *functions.Gate) http.Handler {
	mux := http.NewServeMux()
	handle(mux, door, "/")
	hooks.Mount(mux)
	handle(mux, desk.Arrows(), "/broker/", "/functions/")
	handle(mux, desk.Events(), "GET /events", "GET /events/", "/dead-letters", "/dead-letters/")
	handle(mux, desk.Audit(), "/audit", "/audit/", "/replay")
	handle(mux, desk.Sagas(), "/sagas", "/sagas/")
	handle(mux, desk.Customers(), "/customers/")
	handle(mux, door, request.CustomerPaths()...)
	handle(mux, desk.Notifications(), "/mailbox", "/notifications", "/notifications/", "/templates")
	if s.sandbox == nil {
		handle(mux, desk.Operators.Only(ledger(nil)), "GET /ledger")
	} else {
		handle(mux, desk.Operators.Only(ledger(s.sandbox)), "GET /ledger")
		handle(mux, sandbox.Page(s.sandbox), sandbox.PagePath)
		handle(mux, desk.Operators.Only(disputing(s.sandbox)), "POST /sandbox/dispute/{intent}")
	}
	handle(mux, desk.Operators.Only(s.metrics.Handler()), "GET /metrics")
	r.mount(mux, desk.Operators)
	handle(mux, desk.Operators.Only(r.hub.List()), "/connections")
	handle(mux, desk.Operators.Only(ps), "GET /instances")
	handle(mux, desk.Operators.Only(profiles()), "/debug/pprof/")
	handle(mux, webpage.Home(http.HandlerFunc(welcome)), "GET /{$}")
	handle(mux, webpage.Parts(), "GET /console/")
	return probed(mux, gate)
}

// told is what customers are told, behind a port of its own: the operators' side,
// and what the door has of one customer, for them and for who shows their key.
func told(door http.Handler, desk operator.Desk, gate *functions.Gate) http.Handler {
	mux := http.NewServeMux()
	handle(mux, desk.Notifications(), "/")
	handle(mux, door, request.CustomerPaths()...)
	return probed(mux, gate)
}

// profiles are what the process does, for `go tool pprof`.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	return mux
}

// probed answers the probes beside h.
func probed(h http.Handler, gate *functions.Gate) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !gate.Ready() {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return web.Plain(mux)
}

// welcome says what there is.
func welcome(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, `This is Tourbillon, the booking back end of a tour operator.

For everybody:
  GET  /tours /departures /departures/{id}
  POST /bookings               GET /bookings/{id}?wait=10s    POST /bookings/{id}/cancel
  POST /departures/{id}/watch  be told of its seats
  GET  /customers/{id}/preferences?key=  what a customer is told, as a page and as JSON; PUT
  GET  /customers/{id}/notifications?key=  what they were told   POST /customers/{id}/devices?key=
  GET  /u/{token}              a link of a mail that ends its kind: POST does it
  POST /events                 a booking's request as a CloudEvent
  POST /webhooks/{provider}    what providers tell, signed by them
  GET  /sandbox/authenticate/{payment}  the sandbox's bank: POST outcome=approve or decline
  GET  /ws /sse /socket.io/    seats and bookings as they stand, live (at the door realtime, too)
  GET  /tourbillon.js          a client of that for browsers
  GET  /openapi.yaml           this and the tours' and departures' side, described

For operators (from this machine, or with a token):
  POST /tours /departures      PUT /tours/{id} /departures/{id}
  POST /departures/{id}/close  POST /departures/{id}/cancel   GET /departures/{id}/passengers
  GET  /sagas /sagas/{id}      what is on its way; ?question= stuck, undo-owed or paid-without-seat
  GET  /sagas/{id}/retry  /sagas/{id}/cancel  /sagas/{id}/compensate
                               what would come of it; POST does it
  GET  /events /events/{id} /bookings?source=&id=
  GET  /dead-letters /dead-letters/{broker}/{letter}          POST .../replay  POST .../drop
  GET  /audit /audit/repair /audit/rebuild /replay            POST /audit/repair /audit/rebuild /replay
  GET  /mailbox /notifications/{id} /templates                POST /notifications  POST /notifications/test
  GET  /customers/{id}         what is kept of a customer     POST /customers/{id}/erase  POST /customers/find
  GET  /customers/{id}/page    where they say what they are told; as operators, we may read and say it without their key
  GET  /connections            who watches
  GET  /instances              the functions' processes
  GET  /ledger /metrics        POST /sandbox/dispute/{payment}
  POST /functions/{name}       one event in, one out
  POST /broker/{name}          one event in, 202
`)
}
