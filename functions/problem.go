package functions

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// problem is an RFC 9457 problem: kind ends its type, title is the same for
// every problem of a kind, detail is about this one.
type problem struct {
	kind, title, detail string
	status              int
	after               time.Duration // not before, where known; else 0
}

// write sends the problem.
func (p problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"urn:tourbillon:problem:" + p.kind, p.title, p.status, p.detail})
	if err != nil {
		panic(err) // strings and a number are always JSON
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if p.after > 0 {
		// Rounded up: a second too early is a delivery for nothing.
		seconds := (p.after + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(body) // who is gone does not need it
}

func notAllowed(w http.ResponseWriter, methods string) {
	w.Header().Set("Allow", methods)
	problem{
		kind: "method-not-allowed", title: "Method not allowed", status: http.StatusMethodNotAllowed,
		detail: "POST a CloudEvent, or GET /healthz or /readyz.",
	}.write(w)
}
