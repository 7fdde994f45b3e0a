package request_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/web"
)

// sendable is one good request for every operation of the file.
func sendable(h *house) map[string]func(headers ...string) reply {
	all := make(map[string]func(...string) reply)
	for name, op := range operations() {
		path, body := op.path, ""
		switch {
		case name == "POST /bookings", name == "POST /events":
			body = camille
		case name == "GET /bookings":
			path += "?source=/shop&id=17"
		case name == "DELETE /departures/{id}/watch":
			path += "?customer=" + h.camille()
		case op.path == "/departures" && op.method == "POST":
			body = departure("lyon-1400", 9)
		case op.path == "/departures/{id}/watch":
			body = watcher
		case strings.HasPrefix(path, "/tours") && op.method != "GET":
			body = `{"id":"old-town","name":"Old town","city":"Lyon"}`
		case op.path == "/customers/{id}/devices":
			body = `{"token":"arn:aws:sns:endpoint/1"}`
		case op.path == "/customers/{id}/preferences" && op.method == "PUT":
			body = `{}`
		case op.method == "PUT":
			body = departure("lyon-0900", 9)
		case op.path == "/customers/{id}/preferences" && op.method == "POST":
			body = "ending.mail=on&change.mail=on"
		case op.path == "/u/{token}" && op.method == "POST":
			body = oneClick
		}
		path = h.place(path)
		all[name] = func(headers ...string) reply {
			if name == "POST /events" {
				headers = append(headers, ceHeaders("order-17")...)
			}
			if op.Body != nil && !op.json() && op.path != "/events" {
				headers = append(headers, "Content-Type", "", "Content-Type", formType)
			}
			send := body
			if i := len(headers) - 1; i > 0 && headers[0] == "body" {
				send, headers = headers[1], headers[2:]
			}
			return h.ask(op.method, path, send, headers...)
		}
	}
	return all
}

const asOperator = "Bearer " + operatorToken

func TestDoor_OperatorsOnly(t *testing.T) {
	h := opened(t, 9)
	for name, send := range sendable(h) {
		op := operations()[name]
		if !op.operators() {
			continue
		}
		h.run(t, name+" is for operators", func(t *testing.T) {
			commits, published := h.store.count(), len(h.broker.names())
			for _, who := range []string{"", "Bearer guess", "Basic " + operatorToken} {
				r := h.must(401, send("Authorization", who))
				if r.problem(t).Type != "operators-only" || r.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%+v", r)
				}
			}
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
	h.run(t, "or for who comes from the machine, where that counts", func(t *testing.T) {
		door := h.door
		door.Operators = web.Operators{Loopback: true}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/departures/lyon-0900/passengers", nil)
		r.RemoteAddr = "127.0.0.1:4711"
		w := httptest.NewRecorder()
		door.Handler().ServeHTTP(w, r)
		if w.Code != 200 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestDoor_Unwell(t *testing.T) {
	h := opened(t, 9)
	for name, send := range sendable(h) {
		op := operations()[name]
		if op.Responses["503"] == nil {
			continue
		}
		h.run(t, name+" says that it cannot be done while the store is down", func(t *testing.T) {
			h.store.fail(&arrow.AgainError{Err: errors.New("store is down"), After: 7 * time.Second})
			defer h.store.fail(nil)
			r := h.must(503, send("Authorization", asOperator))
			if r.problem(t).Type != "again" || r.header.Get("Retry-After") != "7" || strings.Contains(r.body, "store") {
				t.Errorf("%+v", r)
			}
		})
		h.run(t, name+" survives a panic, and tells nobody with what", func(t *testing.T) {
			h.store.panic(true)
			defer h.store.panic(false)
			h.log.Reset()
			if r := h.must(500, send("Authorization", asOperator)); r.problem(t).Type != "failed" {
				t.Errorf("%+v", r)
			}
			if strings.Contains(h.log.String(), "somebody's data") || !strings.Contains(h.log.String(), "panic") {
				t.Errorf("log %q", h.log.String())
			}
		})
	}
}

func TestDoor_Bodies(t *testing.T) {
	h := opened(t, 9)
	for name, send := range sendable(h) {
		op := operations()[name]
		if !op.json() {
			continue
		}
		for says, c := range map[string]struct {
			body    string
			headers []string
			code    int
		}{
			"a body that is too large":       {strings.Repeat("x", 64<<10+1), nil, 413},
			"a body that is not JSON":        {"x", nil, 400},
			"a body that is a list":          {"[]", nil, 422},
			"a body in XML":                  {"<x/>", []string{"Content-Type", "", "Content-Type", "text/xml"}, 415},
			"a body that is compressed":      {"{}", []string{"Content-Encoding", "br"}, 415},
			"a body with a field that isn't": {`{"isnt":1}`, nil, 422},
		} {
			h.run(t, name+" refuses "+says, func(t *testing.T) {
				commits, published := h.store.count(), len(h.broker.names())
				h.must(c.code, send(append([]string{"body", c.body, "Authorization", asOperator}, c.headers...)...))
				if h.store.count() != commits || len(h.broker.names()) != published {
					t.Error("and writes, or publishes")
				}
			})
		}
	}
}

func TestDoor_Paths(t *testing.T) {
	h := opened(t, 9)
	for path, allow := range map[string]string{
		"/bookings": "POST, GET, HEAD", "/bookings/q7Xw2LrT9vKcMz4J": "GET, HEAD", "/bookings/q7Xw2LrT9vKcMz4J/cancel": "POST",
		"/tours": "GET, HEAD, POST, PUT", "/tours/old-town": "GET, HEAD, PUT", "/events": "POST", "/openapi.yaml": "GET, HEAD",
		"/departures/lyon-0900/passengers": "GET, HEAD", "/u/token": "GET, HEAD, POST",
		"/customers/" + h.camille() + "/preferences": "GET, HEAD, PUT, POST", "/customers/" + h.camille() + "/devices": "POST",
	} {
		h.run(t, "DELETE of "+path+" is not allowed", func(t *testing.T) {
			r := h.must(405, h.ask("DELETE", path, ""))
			if r.problem(t).Type != "method-not-allowed" || r.header.Get("Allow") != allow {
				t.Errorf("%+v", r)
			}
		})
	}
	for _, path := range []string{"/", "/booking", "/bookings/", "/bookings/q7Xw2LrT9vKcMz4J/refund", "/openapi.json", "/u/", "/customers/"} {
		h.run(t, path+" is not found", func(t *testing.T) {
			if p := h.must(404, h.ask("GET", path, "")).problem(t); p.Type != "not-found" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestDoor_Mount is how the function request serves both on a cluster.
func TestDoor_Mount(t *testing.T) {
	h := opened(t, 9)
	mux := http.NewServeMux()
	h.door.Mount(mux)
	mux.Handle("/", functions.Handler("request", h.door.Take, new(functions.Gate)))
	h.mux = mux
	h.run(t, "the door's paths are the door's", func(t *testing.T) {
		h.books(camille)
		h.must(405, h.ask("DELETE", "/bookings", ""))
	})
	h.run(t, "and the function hears events at the root", func(t *testing.T) {
		r := h.must(200, h.ask("POST", "/", camille, ceHeaders("order-17")...))
		if r.header.Get("ce-name") != "booking.requested" {
			t.Errorf("%+v", r)
		}
		h.must(200, h.ask("GET", "/healthz", ""))
	})
}
