//go:build integration

package knative_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// status answers with a status, and nothing else.
func status(code int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(code) }
}

// first answers with a status so often, and then with 200.
func first(times, code int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, tries int) {
		if tries < times {
			w.WriteHeader(code)
		}
	}
}

// replies answers with a status and an event of a type.
func replies(code int, kind string, body string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		for name, value := range map[string]string{
			"ce-specversion": "1.0", "ce-id": "2", "ce-source": "/subscriber", "ce-type": kind, "ce-case": r.Header.Get("ce-case"),
			"ce-time": "2026-01-02T03:04:06Z", "Content-Type": "application/json",
		} {
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// words answers with a body that is no event.
func words(code int, body string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// TestTheirs_Judge compares what becomes of a delivery by what the subscriber
// answers, on Knative's own RabbitMQ data plane and on the runner.
func TestTheirs_Judge(t *testing.T) {
	cases := []exchangeCase{
		{name: "200-nothing", answer: status(200)},
		{name: "202-nothing", answer: status(202)},
		{name: "204", answer: status(204)},
		{name: "200-event", answer: replies(200, "answer", `{"a":1}`)},
		{name: "202-event", answer: replies(202, "answer", `{"a":1}`)},
		{name: "200-event-nobody-wants", answer: replies(200, "unheard", `{}`)},
		{name: "500-event", answer: replies(500, "answer", `{}`)},
		{name: "200-words", answer: words(200, "ok")},
		{name: "200-half-an-event", answer: func(w http.ResponseWriter, _ *http.Request, _ int) { w.Header().Set("ce-id", "2") }},
		{name: "200-structured", answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Type", "application/cloudevents+json")
			_, _ = w.Write([]byte(`{"specversion":"1.0","id":"2","source":"/s","type":"answer","case":"200-structured","time":"2026-01-02T03:04:06Z"}`))
		}},
		{name: "500-once", answer: first(1, 500)},
		{name: "404-once", answer: first(1, 404)},
	}
	for _, code := range []string{"301", "400", "401", "403", "404", "408", "409", "410", "413", "418", "422", "429", "500", "502", "503", "504"} {
		n := int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
		cases = append(cases, exchangeCase{name: code, answer: status(n)})
	}
	cases = append(cases, exchangeCase{name: "nothing-at-all", answer: func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }})
	onBoth(t, "retry: 2\n    backoffDelay: PT0.05S", time.Second, cases)
}

// TestTheirs_Carry compares what of an event arrives.
func TestTheirs_Carry(t *testing.T) {
	with := func(name, value, body string) func(http.Header) string {
		return func(h http.Header) string {
			if value == "" {
				h.Del(name)
			} else {
				h.Set(name, value)
			}
			return body
		}
	}
	onBoth(t, "retry: 0", time.Second, []exchangeCase{
		{name: "data", answer: status(200), event: with("Content-Type", "application/json", `{"seats":2}`)},
		{name: "text", answer: status(200), event: with("Content-Type", "text/plain", "seats")},
		{name: "extension", answer: status(200), event: with("ce-flow", "choreography", "")},
		{name: "number", answer: status(200), event: with("ce-n", "5", "")},
		{name: "percent", answer: status(200), event: with("ce-word", "%C3%A9t%C3%A9", "")},
		{name: "empty", answer: status(200), event: with("ce-flow", " ", "")},
		{name: "trace", answer: status(200), event: with("ce-traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "")},
		{name: "no-time", answer: status(200), event: with("ce-time", "", "")},
		{name: "dead", answer: status(500), event: with("ce-flow", "choreography", "")},
	})
}

// TestTheirs_Timeout compares what becomes of an answer that comes too late, and
// of a subscriber that is not there.
func TestTheirs_Timeout(t *testing.T) {
	late := func(w http.ResponseWriter, r *http.Request, tries int) {
		if tries == 0 {
			<-r.Context().Done() // whoever asked has gone
		}
	}
	never := func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
	onBoth(t, "retry: 1\n    backoffDelay: PT0.05S\n    timeout: PT2S", 3*time.Second, []exchangeCase{
		{name: "late-once", answer: late}, {name: "late", answer: never},
	})
}

// TestTheirs_Ingress compares what the two ingresses answer.
func TestTheirs_Ingress(t *testing.T) {
	knatives, ours := ingresses(t)
	binary := []string{"ce-specversion: 1.0", "ce-id: 1", "ce-source: /s", "ce-type: t"}
	for _, c := range []struct {
		name, method, body string
		headers            []string
		ours               int // 0: the same
	}{
		{name: "binary", method: http.MethodPost, headers: binary},
		{name: "structured", method: http.MethodPost, headers: []string{"Content-Type: application/cloudevents+json"}, body: `{"specversion":"1.0","id":"1","source":"/s","type":"t"}`},
		{name: "no id", method: http.MethodPost, headers: []string{binary[0], binary[2], binary[3]}},
		{name: "an empty type", method: http.MethodPost, headers: append([]string{"ce-type: "}, binary[:3]...)},
		{name: "no event", method: http.MethodPost, body: "hello"},
		{name: "half a JSON", method: http.MethodPost, headers: []string{"Content-Type: application/cloudevents+json"}, body: `{"specversion":`},
		{name: "another version", method: http.MethodPost, headers: append([]string{"ce-specversion: 9.9"}, binary[1:]...)},
		{name: "GET", method: http.MethodGet},
		{name: "PUT", method: http.MethodPut, headers: binary},
		{name: "OPTIONS", method: http.MethodOptions, headers: []string{"WebHook-Request-Origin: somebody.example"}},
	} {
		want, got := statusOf(t, knatives, c.method, c.body, c.headers), statusOf(t, ours, c.method, c.body, c.headers)
		if c.ours != 0 {
			want = c.ours
		}
		if got != want {
			t.Errorf("%s: the runner answers %d, and Knative's ingress %d", c.name, got, want)
		}
	}
}

// TestTheirs_Wait compares the waits between tries. Each must be at least what
// the runner's figures say, and less than the next one of them.
func TestTheirs_Wait(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		waits        []time.Duration
		next         time.Duration
	}{
		{"exponential", "retry: 2\n    backoffPolicy: exponential\n    backoffDelay: PT0.5S", []time.Duration{time.Second, 2 * time.Second}, 4 * time.Second},
		{"linear", "retry: 2\n    backoffPolicy: linear\n    backoffDelay: PT1S", []time.Duration{time.Second, 2 * time.Second}, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var long []string
			for range 3 { // a busy machine makes a wait longer, but not each time
				if long = waited(t, c.policy, append(c.waits, c.next)); len(long) == 0 {
					return
				}
			}
			t.Error(long)
		})
	}
}

// waited plays a policy once, and returns which waits were as long as the next
// one should be, or longer.
func waited(t *testing.T, policy string, waits []time.Duration) (long []string) {
	t.Helper()
	knatives, ours := onBoth(t, policy, waits[len(waits)-1], []exchangeCase{{name: "500", answer: status(500)}})
	for name, h := range map[string]*house{"Knative's data plane": knatives, "the runner": ours} {
		for i, least := range waits[:len(waits)-1] {
			switch got := h.when["500"][i+1].Sub(h.when["500"][i]); {
			case got < least:
				t.Errorf("%s waits %v before try %d, want %v", name, got, i+2, least)
			case got >= waits[i+1]:
				long = append(long, fmt.Sprintf("%s waits %v before try %d, want less than %v", name, got, i+2, waits[i+1]))
			}
		}
	}
	return long
}
