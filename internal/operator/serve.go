package operator

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// patience is how long one request may take, unless it looks at everything.
const patience = 30 * time.Second

// route is what one method does at one path. An error is answered as a problem.
type route struct {
	method, path string
	do           func(http.ResponseWriter, *http.Request) error
}

// serve is a door with these routes, and the only way to make one: nobody but
// operators gets behind it, not even to learn what there is.
func (d Desk) serve(routes []route) http.Handler {
	for i, r := range routes {
		if r.method == http.MethodPost {
			routes[i].do = outliving(r.do)
		}
	}
	return d.serveFor(patience, routes)
}

// outliving has what is done outlive an asker who hangs up: what was committed is
// to be said.
func outliving(do func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
		defer cancel()
		return do(w, r.WithContext(ctx))
	}
}

// serveFor is [Desk.serve] for requests that may take longer.
func (d Desk) serveFor(patience time.Duration, routes []route) http.Handler {
	paths := make(map[string]map[string]route)
	var all []string
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = make(map[string]route)
		}
		paths[r.path][r.method] = r
		all = append(all, r.method+" "+r.path)
	}
	mux := http.NewServeMux()
	for path, methods := range paths {
		mux.Handle(path, d.path(patience, methods))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		web.Problem{
			Kind: "not-found", Title: "Not found", Status: http.StatusNotFound,
			Detail: "Nothing is here. There are: " + strings.Join(all, ", ") + ".",
		}.Write(w)
	})
	return d.Operators.Only(mux)
}

// path is one path with its methods. Where GET is, HEAD is too.
func (d Desk) path(patience time.Duration, methods map[string]route) http.Handler {
	if get, ok := methods[http.MethodGet]; ok {
		methods[http.MethodHead] = get
	}
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one, ok := methods[r.Method]
		if !ok {
			web.NotAllowed(w, allow, "Here is: "+allow+".")
			return
		}
		defer d.recovers(w, one)
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		if err := one.do(w, r.WithContext(ctx)); err != nil {
			d.fail(w, one, err)
		}
	})
}

// recovers answers where a handler panicked.
func (d Desk) recovers(w http.ResponseWriter, at route) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		// What it panicked with may hold data; where it did does not.
		d.Log.Error("panic", "route", at.method+" "+at.path, "stack", string(debug.Stack()))
		web.Problem{
			Kind: "failed", Title: "Something is broken here", Status: http.StatusInternalServerError, Detail: "The log says more.",
		}.Write(w)
	}
}

// fail answers an error, and logs it where it is ours. Only a problem's own
// words are shown.
func (d Desk) fail(w http.ResponseWriter, at route, err error) {
	var p web.Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, store.ErrCursor), errors.Is(err, events.ErrCursor):
		p = web.BadCursor
	default:
		code, after := arrow.Status(err)
		p = web.Problem{Kind: "again", Title: "Cannot be done now", Status: code, After: after, Detail: "Ask again later; the log says what is down."}
		if code == http.StatusInternalServerError {
			p.Kind, p.Title, p.Detail = "failed", "Failed", "The log says more."
		}
		d.Log.Warn("operator", "route", at.method+" "+at.path, "err", err)
	}
	p.Write(w)
}

// bad is the problem of a query parameter.
func bad(parameter, advice string) web.Problem {
	return web.Problem{
		Kind: "parameter", Title: "Parameter cannot be taken", Status: http.StatusBadRequest, Detail: parameter + ": " + advice,
	}
}

// pointless is the problem of a wish that would change nothing.
func pointless(detail string) web.Problem {
	return web.Problem{Kind: "pointless", Title: "Nothing to do", Status: http.StatusConflict, Detail: detail}
}

func notFound(detail string) web.Problem {
	return web.Problem{Kind: "not-found", Title: "Not found", Status: http.StatusNotFound, Detail: detail}
}
