package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const invalid = "invalid_request_error"

// request is a request as it was read.
type request struct {
	method, path, key string
	form              url.Values
	print             string // what a repeated request must be like
}

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 16

func readRequest(r *http.Request) (request, error) {
	q := request{method: r.Method, path: r.URL.EscapedPath(), key: r.Header.Get("Idempotency-Key")}
	raw := r.URL.RawQuery
	if r.Method == http.MethodPost && r.Body != nil {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			return q, err
		}
		raw = string(body)
	}
	var err error
	q.form, err = url.ParseQuery(raw)
	q.print = q.method + " " + q.path + "?" + q.form.Encode()
	return q, err
}

// bracketed is what a parameter has in brackets: metadata[key], expand[0].
func (q request) bracketed(name string) map[string]string {
	found := make(map[string]string)
	for p, values := range q.form {
		if rest, ok := strings.CutPrefix(p, name+"["); ok {
			found[strings.TrimSuffix(rest, "]")] = values[0]
		}
	}
	return found
}

func (q request) metadata() map[string]string { return q.bracketed("metadata") }

func (q request) expand() (paths []string) {
	for _, p := range q.bracketed("expand") {
		paths = append(paths, p)
	}
	return paths
}

// strange returns a parameter that is not one of those known.
func (q request) strange(known ...string) string {
	for p := range q.form {
		if name, _, _ := strings.Cut(p, "["); !slices.Contains(known, name) {
			return p
		}
	}
	for _, p := range q.expand() {
		if p != "latest_charge" && p != "latest_charge.refunds" {
			return "expand"
		}
	}
	return ""
}

// answer is an answer before it is written.
type answer struct {
	status     int
	body       []byte
	kept       bool // under the idempotency key
	replayed   bool
	lost, slow bool
	after      string // Retry-After
}

// stored is the answer to a request that was begun.
func stored(status int, body any) answer {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // it is made of strings and numbers
	}
	return answer{status: status, body: raw, kept: true}
}

// refuse is the answer to a request that was not begun.
func refuse(status int, e failure) answer {
	a := stored(status, problem{e})
	a.kept = false
	return a
}

func missing(param, id string) answer {
	return refuse(http.StatusNotFound, failure{Type: invalid, Code: "resource_missing", Param: param, Message: "No such object: '" + id + "'"})
}
