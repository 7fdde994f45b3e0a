// Package functions is what is done: one folder per function, and here what
// they share, which is the way from HTTP to an event and back.
//
//	           GET /healthz, /readyz ─► 200, 503 when stopping
//	sender ─►  POST a CloudEvent     ─► functions framework ─► [Handler] ─► receiver
//	           200 and the answer | 204 | 409, 503: again | 500: never  ◄─┘
//
// Promised: a broker never gets a status that it takes for delivered when the
// event was not handled; nobody who hangs up takes anything from others; what
// is in flight when the process is told to stop is finished.
package functions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	_ "unsafe" // for go:linkname

	_ "github.com/GoogleCloudPlatform/functions-framework-go/funcframework" // has initServer
	framework "github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/web"
)

// maxBody is the most bytes of body that a function takes.
const maxBody = 1 << 20

// speak is what a function understands.
const speak = "POST a CloudEvent, or GET /healthz or /readyz."

// Register declares r to the functions framework as the function called name.
// A name taken twice ends the process: the framework has it so.
//
// It registers with functions.HTTP and not with functions.CloudEvent, because
// that one cannot answer with an event, and because the cloudevents/sdk-go
// receiver beneath it stops answering for good once enough clients have hung
// up early (sdk-go issues 1181, 1224 and 1332).
func Register(name string, r arrow.Receiver, g *Gate) {
	framework.HTTP(name, Handler(name, r, g).ServeHTTP)
}

// initServer is how the functions framework makes a handler of what was
// registered. It exports only Start, which listens with no timeout, cannot be
// stopped, and does not say at which port (its issues 44 and 140), so we link
// to what Start calls. Should a new version rename it, the build fails.
//
//go:linkname initServer github.com/GoogleCloudPlatform/functions-framework-go/funcframework.initServer
func initServer() (*http.ServeMux, error)

// Framework returns the functions framework's handler: with FUNCTION_TARGET
// set, that function at every path; without, every function at /<name>. It
// fails where no function is called so.
//
// It takes K_SERVICE out of the environment, which who wants it must have read
// before: where that is set, as on Knative it always is, the framework prints
// blank lines after every call.
func Framework() (http.Handler, error) {
	if err := os.Unsetenv("K_SERVICE"); err != nil {
		return nil, fmt.Errorf("functions framework: %w", err)
	}
	mux, err := initServer()
	if err != nil {
		return nil, fmt.Errorf("functions framework: %w", err)
	}
	return mux, nil
}

// Handler is the function called name over HTTP. It answers a CloudEvent by
// the table of [arrow.Status], and says at GET /healthz that the process lives
// and at GET /readyz whether g is open. It counts deliveries in g.
func Handler(name string, r arrow.Receiver, g *Gate) http.Handler {
	return &handler{name: name, receive: r, gate: g}
}

type handler struct {
	name    string
	receive arrow.Receiver
	gate    *Gate
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case probed(w, r, h.gate):
	case r.Method != http.MethodPost:
		web.NotAllowed(w, http.MethodPost, speak)
	default:
		h.deliver(w, r)
	}
}

// probed answers a probe, and reports whether the request was one.
func probed(w http.ResponseWriter, r *http.Request, g *Gate) bool {
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case r.URL.Path != "/healthz" && r.URL.Path != "/readyz":
		return false
	case !reading:
		web.NotAllowed(w, "GET, HEAD", "GET /healthz and /readyz.")
	case r.URL.Path == "/readyz" && !g.Ready():
		http.Error(w, "stopping", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
	return true
}

// deliver takes an event to the receiver, and its answer back.
func (h *handler) deliver(w http.ResponseWriter, r *http.Request) {
	defer h.gate.Enter()()
	ce, err := events.ReadHTTP(r, maxBody)
	if err != nil {
		refusal(err).Write(w)
		return
	}
	// Work outlives a sender that hangs up: a call to a provider that is cut
	// short is one whose outcome nobody knows. The arrow's deadline ends it.
	answer, err := h.call(context.WithoutCancel(r.Context()), ce)
	if err != nil {
		failure(err).Write(w)
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := events.WriteHTTP(w.Header(), *answer)
	if err != nil {
		slog.Error("answer is not a CloudEvent", "function", h.name, "event", ce.ID(), "err", err)
		failed.Write(w)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // who is gone asks again, and gets the same answer
}

// call holds back a panic. An arrow holds back its handler's own; this one is
// for what is wrong around it, so nobody else has logged it.
func (h *handler) call(ctx context.Context, ce event.Event) (answer *event.Event, err error) {
	defer func() {
		if v := recover(); v != nil {
			// What it panicked with may hold data; where it did does not.
			slog.Error("panic", "function", h.name, "event", ce.ID(), "stack", string(debug.Stack()))
			err = &arrow.PanicError{Value: v}
		}
	}()
	return h.receive(ctx, ce)
}

// refusal is the problem of a message that was not read as a CloudEvent. What
// is none gets 400, since no broker sends that. What is one, but broken or too
// large, gets 500: Knative's RabbitMQ broker counts 400 and 413 as delivered,
// and the event would be lost instead of kept as a dead letter.
func refusal(err error) web.Problem {
	var he *events.HTTPError
	if !errors.As(err, &he) {
		return failure(err)
	}
	p := web.Problem{Kind: string(he.Problem), Title: "Not a CloudEvent that can be taken", Status: http.StatusBadRequest, Detail: he.Advice}
	switch he.Problem {
	case events.HTTPInvalid, events.HTTPTooLarge:
		p.Status = http.StatusInternalServerError
	case events.HTTPUnread:
		p.Status = http.StatusServiceUnavailable
	}
	return p
}

// failure is the problem of an event that was read and not handled, by the one
// table from errors to statuses. It quotes an error only where that is known to
// hold nobody's data.
func failure(err error) web.Problem {
	code, after := arrow.Status(err)
	var schema *events.SchemaError
	switch {
	case code == http.StatusConflict:
		return web.Problem{Kind: "busy", Title: "Somebody else is at it", Status: code, Detail: "Deliver the event again."}
	case errors.As(err, &schema):
		return web.Problem{Kind: "schema", Title: "Data breaks its schema", Status: code, Detail: schema.Error()}
	case errors.Is(err, events.ErrUnknown), errors.Is(err, arrow.ErrUnroutable):
		return web.Problem{Kind: "unknown-event", Title: "Event is not taken here", Status: code, Detail: err.Error()}
	case code == http.StatusServiceUnavailable:
		return web.Problem{Kind: "again", Title: "Cannot be done now", Status: code, After: after, Detail: "Deliver the event again later."}
	}
	return failed
}

// failed is the problem of a mistake in the program.
var failed = web.Problem{
	Kind: "failed", Title: "Function failed", Status: http.StatusInternalServerError, Detail: "The function's log says more.",
}
