package web

import (
	"net/http"
	"strconv"
	"time"
)

// Problem is an RFC 9457 problem: Kind ends its type, Title is the same for
// every problem of a kind, Detail is about this one and says what to do.
type Problem struct {
	Kind, Title, Detail string
	Status              int
	Reason              string        // the domain's word for why, from a closed list; empty: it has none
	Fields              []Field       // what is wrong with which field, where that is known
	After               time.Duration // not before, where known; else 0
}

// Field is what is wrong with one field of a request's body: Pointer is its
// JSON pointer (RFC 6901), empty for the body itself.
type Field struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// Error is the problem in words.
func (p Problem) Error() string { return p.Title + ": " + p.Detail }

// Write sends the problem.
func (p Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	p.Hold(w)
	write(w, p.Status, struct {
		Type   string  `json:"type"`
		Title  string  `json:"title"`
		Status int     `json:"status"`
		Detail string  `json:"detail"`
		Reason string  `json:"reason,omitempty"`
		Fields []Field `json:"errors,omitempty"`
	}{"urn:tourbillon:problem:" + p.Kind, p.Title, p.Status, p.Detail, p.Reason, p.Fields})
}

// Hold says in the header when to ask again, where that is known.
func (p Problem) Hold(w http.ResponseWriter) {
	if p.After > 0 {
		// Rounded up: a second too early is a request for nothing.
		seconds := (p.After + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}

// NotAllowed is the problem of a method that a path does not take; allow lists
// those that it does, and is sent as the header Allow.
func NotAllowed(w http.ResponseWriter, allow, detail string) {
	w.Header().Set("Allow", allow)
	Problem{
		Kind: "method-not-allowed", Title: "Method not allowed", Status: http.StatusMethodNotAllowed, Detail: detail,
	}.Write(w)
}
