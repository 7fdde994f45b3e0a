package knative_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/knative"
)

// fullTransport takes nothing.
type fullTransport struct{ events.Transport }

// Publish implements [events.Transport].
func (fullTransport) Publish(context.Context, ...event.Event) error { return events.ErrFull }

func TestRunner_Broker(t *testing.T) {
	binary := http.Header{"Ce-Id": {"1"}, "Ce-Source": {"/x"}, "Ce-Type": {"test"}, "Ce-Specversion": {"1.0"}, "Content-Type": {"text/plain"}}
	with := func(name, value string) http.Header {
		h := binary.Clone()
		h.Set(name, value)
		return h
	}
	typed := func(t string) http.Header { return http.Header{"Content-Type": {t}} }
	const whole = `{"specversion": "1.0", "id": "1", "source": "/x", "type": "test"}`
	for _, c := range []struct {
		says, method string
		header       http.Header
		body         string
		full         bool
		status       int
		kind         string
	}{
		{says: "binary mode is taken", header: binary, body: "hello", status: 202},
		{says: "structured mode is taken", header: typed("application/cloudevents+json"), body: whole, status: 202},
		{says: "a megabyte is taken", header: binary, body: strings.Repeat("x", 1<<20), status: 202},
		{says: "more is not", header: binary, body: strings.Repeat("x", 1<<20+1), status: 413, kind: "too-large"},
		{says: "what is no CloudEvent is not", header: typed("application/json"), body: "{}", status: 400, kind: "not-a-cloudevent"},
		{says: "what lacks an attribute is not", header: http.Header{"Ce-Id": {"1"}}, status: 400, kind: "missing-attribute"},
		{says: "a broken attribute is not", header: with("ce-time", "now"), status: 400, kind: "invalid-cloudevent"},
		{says: "a batch is not", header: typed("application/cloudevents-batch+json"), body: "[]", status: 400, kind: "batch-not-supported"},
		{says: "GET is not", method: http.MethodGet, header: binary, status: 405, kind: "method-not-allowed"},
		{says: "OPTIONS is not", method: http.MethodOptions, header: binary, status: 405, kind: "method-not-allowed"},
		{says: "when the transport is full, nothing is", header: binary, full: true, status: 500, kind: "again"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := play(t, read(t, broker("RabbitMQBroker", delivery("retry: 1"))), nil, func(o *knative.Options) {
				if c.full {
					o.Transports["main"] = fullTransport{o.Transports["main"]}
				}
			})
			h, ok := s.Broker("main")
			if !ok {
				t.Fatal("there is no such Broker")
			}
			method := http.MethodPost
			if c.method != "" {
				method = c.method
			}
			r := httptest.NewRequest(method, "/broker/main", strings.NewReader(c.body))
			r.Header = c.header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if took := slices.Equal(s.history("main"), []string{"1"}); took != (c.status == 202) {
				t.Errorf("answered %d; the transport has %q", w.Code, s.history("main"))
			}
			var p struct{ Type string }
			if c.kind != "" && (json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Type != "urn:tourbillon:problem:"+c.kind) {
				t.Errorf("got %s", w.Body)
			}
			if again := w.Header().Get("Retry-After") != ""; again != c.full {
				t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
			}
		})
	}
	t.Run("after the transport is closed it is to be asked again", func(t *testing.T) {
		s := play(t, read(t, broker("RabbitMQBroker", delivery("retry: 1"))), nil)
		s.stop()
		if err := s.transports["main"].Close(); err != nil {
			t.Fatal(err)
		}
		h, _ := s.Broker("main")
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header = binary
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("there is no Broker of another name", func(t *testing.T) {
		s := play(t, read(t, broker("RabbitMQBroker", delivery("retry: 1"))), nil)
		if _, ok := s.Broker("other"); ok {
			t.Error("there is")
		}
		if err := s.Publish(t.Context(), "other", said("1")); err == nil {
			t.Error("it takes events")
		}
	})
}
