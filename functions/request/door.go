package request

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
	"tourbillon/internal/words"
	"tourbillon/saga"
)

// Door is the public HTTP API. All fields but the last six must be set; it is
// a value that is not changed, and safe for concurrent use.
type Door struct {
	Settings
	Records   *store.Records
	Plans     saga.Plans
	Take      arrow.Receiver // the function request, bound: the door runs it itself
	Broker    arrow.Sink     // where it publishes to
	Now       func() time.Time
	Log       *slog.Logger
	Operators web.Operators
	Refused   map[booking.Flow]string // flows that are not served here, and why
	Public    *url.URL                // where customers reach it; nil: where they say that they do
	Stopping  <-chan struct{}         // closed when who waits is to be answered at once; nil: never
	Waiting   chan struct{}           // holds who waits: when it is full, nobody is made to; nil: no bound
	Origins   []string                // who may send events, by CloudEvents' handshake: DNS names, whole; none: there is no handshake
	Words     *words.Words            // whose name the pages bear; nil: the embedded ones
}

// longest bounds any one exchange: the longest wait, and what comes around it.
const longest = maxWait + 30*time.Second

// Mount puts the door's paths into mux, and nothing else: what is not the
// door's is left to who owns the mux, as the function's own handler at "/".
// Each path is the door's for every method, so a catch-all beside it must not
// name one: "/" or "GET /{$}", not "GET /".
func (d Door) Mount(mux *http.ServeMux) {
	allow := make(map[string][]string)
	for _, r := range routes() {
		if r.method == http.MethodOptions && len(d.Origins) == 0 {
			continue // as if it were not known, which is what no means
		}
		mux.Handle(r.method+" "+r.path, d.serve(r))
		allow[r.path] = append(allow[r.path], r.method)
		if r.method == http.MethodGet {
			allow[r.path] = append(allow[r.path], http.MethodHead)
		}
	}
	for path, methods := range allow {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			web.NotAllowed(w, strings.Join(methods, ", "), "The header Allow says what this path takes; GET /openapi.yaml says more.")
		})
	}
}

// Handler is the door alone: what is not its own is not found.
func (d Door) Handler() http.Handler {
	mux := http.NewServeMux()
	d.Mount(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound.Write(w) })
	return mux
}

func (d Door) serve(r route) http.Handler {
	h := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		defer d.recovers(w, req, r)
		ctx, cancel := context.WithTimeout(req.Context(), longest)
		defer cancel()
		if err := r.answer(d, w, req.WithContext(ctx)); err != nil {
			d.refuse(w, req, r, d.problem(r, err))
		}
	})
	if r.who == operators {
		return d.Operators.Only(h)
	}
	return h
}

// problem is what there is to answer of an error. What is not a problem yet is
// the store's or the broker's: it may be better next time.
func (d Door) problem(r route, err error) web.Problem {
	var p web.Problem
	if errors.As(err, &p) {
		return p
	}
	if !errors.Is(err, context.Canceled) { // else the asker is gone
		d.Log.Warn("door", "route", r.method+" "+r.path, "err", err)
	}
	return untilAgain(err)
}

func (d Door) recovers(w http.ResponseWriter, req *http.Request, r route) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		// What it panicked with may hold data; where it did does not.
		d.Log.Error("panic", "route", r.method+" "+r.path, "stack", string(debug.Stack()))
		d.refuse(w, req, r, failed)
	}
}

// refuse answers with a problem: a person who reads it in a browser, where there
// are pages, by a page.
func (d Door) refuse(w http.ResponseWriter, req *http.Request, r route, p web.Problem) {
	if r.who == readers && web.Accepts(req, html) {
		d.pageOf(req, "").problem(w, p)
		return
	}
	p.Write(w)
}

//go:embed openapi.yaml
var openapi []byte

// describe serves the API's description.
func (Door) describe(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Length", strconv.Itoa(len(openapi)))
	_, _ = w.Write(openapi) // who is gone does not need it
	return nil
}
