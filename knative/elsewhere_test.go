package knative_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/knative"
)

// inProcesses makes the functions processes of their own, without a network.
func inProcesses(o *knative.Options) {
	at := map[string]http.Handler{}
	o.Addresses = map[string]string{}
	for name, r := range o.Functions {
		at[name+".example"] = functions.Handler(name, r, new(functions.Gate))
		o.Addresses[name] = "http://" + name + ".example"
	}
	o.Functions = nil
	by(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		at[r.URL.Host].ServeHTTP(w, r)
		return w.Result(), nil
	})(o)
}

// TestRunner_FunctionsElsewhere holds that what becomes of a delivery is the
// same, whether its function is in this process or in one of its own.
func TestRunner_FunctionsElsewhere(t *testing.T) {
	answer := said("2", "type", "answer")
	for says, c := range map[string]struct {
		answer *event.Event
		err    error
		reason string // what an operator reads of the dead letter, among other words
	}{
		"an answer":                  {answer: &answer},
		"silence":                    {},
		"a lease that is held":       {err: store.ErrLeased, reason: "answered 409"},
		"a store that is down":       {err: arrow.Again(store.ErrUnavailable), reason: "answered 503"},
		"data that breaks a schema":  {err: &events.SchemaError{Name: "test", Version: 1, At: "/seats", Problem: "is no number"}, reason: "is no number"},
		"a function that is another": {err: fmt.Errorf("a: %w: test", arrow.ErrUnroutable), reason: "does not take this event"},
		"what can never work":        {err: arrow.Never(errors.New("somebody's data")), reason: "answered 500"},
	} {
		for _, class := range []string{"RabbitMQBroker", "Kafka", "MTChannelBasedBroker"} {
			t.Run(says+" from "+class, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var became [2]string
					for i, where := range []func(*knative.Options){func(*knative.Options) {}, inProcesses} {
						tries := 0
						m := read(t, broker(class, delivery("retry: 1"))+service("a")+to("t", "a", wants("type: test"), ""))
						s := play(t, m, map[string]arrow.Receiver{"a": func(context.Context, event.Event) (*event.Event, error) {
							tries++
							return c.answer, c.err
						}}, where)
						s.publish("main", said("1"))
						time.Sleep(time.Minute)
						s.stop()
						became[i] = fate(s, tries)
						letters := join(s.letters("main"))
						if !strings.Contains(letters, c.reason) || strings.Contains(letters+s.log.String(), "somebody") {
							t.Errorf("letters %q, want %q; log: %s", letters, c.reason, s.log.String())
						}
					}
					if became[0] != became[1] {
						t.Errorf("in this process it is %s, in its own %s", became[0], became[1])
					}
				})
			})
		}
	}
}

// TestRunner_FunctionsElsewhereAsk holds how a function in a process of its own
// is asked: for no longer than a delivery may take.
func TestRunner_FunctionsElsewhereAsk(t *testing.T) {
	t.Run("again where nobody answers, in time or at all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			m := read(t, broker("RabbitMQBroker", delivery("retry: 2\n    timeout: PT5S"))+service("a")+to("t", "a", "", ""))
			s := play(t, m, map[string]arrow.Receiver{"a": answers("2")}, inProcesses, by(func(r *http.Request) (*http.Response, error) {
				if tries++; tries == 1 {
					return nil, errors.New("connection refused")
				}
				<-r.Context().Done()
				return nil, r.Context().Err()
			}))
			s.publish("main", said("1"))
			time.Sleep(time.Hour)
			s.stop()
			if got := join(s.letters("main")); tries != 3 || !strings.Contains(got, "Service a did not answer at the last of 3 tries: no answer in time") {
				t.Errorf("%d tries: %s", tries, got)
			}
		})
	})
	t.Run("and one that is nowhere is missed", func(t *testing.T) {
		m := read(t, broker("Kafka", delivery("retry: 1"))+service("a")+to("t", "a", "", ""))
		_, err := knative.New(t.Context(), knative.Options{
			Manifests: m, Addresses: map[string]string{"b": "http://b.example"}, Functions: map[string]arrow.Receiver{"c": answers("2")},
		})
		if err == nil || !strings.Contains(err.Error(), "no function a") || !strings.Contains(err.Error(), "b, c") {
			t.Errorf("got %v", err)
		}
	})
}
