package knative_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// errored makes a function that fails.
func errored(err error) arrow.Receiver {
	return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
}

// marks are the attributes that a dead letter got.
func marks(ce event.Event) map[string]any {
	all := map[string]any{}
	for name, value := range ce.Extensions() {
		if strings.HasPrefix(name, "knativeerror") {
			all[name] = value
		}
	}
	return all
}

// TestRunner_DeadLetters holds why an event was given up, for a person, and
// the marks that the class leaves.
func TestRunner_DeadLetters(t *testing.T) {
	const inside, outside = "http://a.default.svc.cluster.local", "http://there.example/hear"
	schema := &events.SchemaError{Name: "tour.spots.reserve", Version: 1, At: "/seats", Problem: "is below 1"}
	base64ed := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		says, class string
		function    arrow.Receiver
		answer      elsewhere
		reason      string
		marks       map[string]any
	}{
		{"what can never work says why", "RabbitMQBroker", errored(schema), nil,
			"Service a answered 500 at the last of 2 tries: " + schema.Error(),
			map[string]any{"knativeerrordest": inside, "knativeerrorcode": "500"}},
		{"and on Kafka in base64, too", "Kafka", errored(schema), nil,
			"Service a answered 500 at the last of 2 tries: " + schema.Error(),
			map[string]any{"knativeerrordest": inside, "knativeerrorcode": "500", "knativeerrordata": base64ed(schema.Error())}},
		{"an error that may hold data does not", "Kafka", errored(arrow.Again(errors.New("ada@example.com is down"))), nil,
			"Service a answered 503 at the last of 2 tries",
			map[string]any{"knativeerrordest": inside, "knativeerrorcode": "503"}},
		{"a panic is a failure", "RabbitMQBroker", func(context.Context, event.Event) (*event.Event, error) { panic("ada@example.com") }, nil,
			"Service a answered 500 at the last of 2 tries: handler panicked",
			map[string]any{"knativeerrordest": inside, "knativeerrorcode": "500"}},
		{"a function that runs late did not answer", "RabbitMQBroker", func(ctx context.Context, _ event.Event) (*event.Event, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, nil, "Service a did not answer at the last of 2 tries: no answer in time",
			map[string]any{"knativeerrordest": inside, "knativeerrorcode": "-1"}},
		{"nobody there, on RabbitMQ", "RabbitMQBroker", nil, func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
			outside + " did not answer at the last of 2 tries: connection refused",
			map[string]any{"knativeerrordest": outside, "knativeerrorcode": "-1"}},
		{"nobody there, on Kafka", "Kafka", nil, func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
			outside + " did not answer at the last of 2 tries: connection refused",
			map[string]any{"knativeerrordest": outside}},
		{"a refusal, quoted in part", "Kafka", nil, func(*http.Request) (*http.Response, error) { return says(400, long), nil },
			outside + " answered 400 once",
			map[string]any{"knativeerrordest": outside, "knativeerrorcode": "400", "knativeerrordata": base64ed(long[:1024])}},
		{"a body that is no event", "Kafka", nil, func(*http.Request) (*http.Response, error) { return says(200, "ok"), nil },
			outside + " answered 200 once: its answer is no CloudEvent",
			map[string]any{"knativeerrordest": outside, "knativeerrorcode": "200", "knativeerrordata": base64ed("ok")}},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := trigger("t", there, "", "")
				if c.function != nil {
					to = trigger("t", "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: a}", "", "")
				}
				m := read(t, broker(c.class, delivery("retry: 1\n    timeout: PT9S"))+service("a")+to)
				s := play(t, m, map[string]arrow.Receiver{"a": cmpOr(c.function)}, by(c.answer))
				s.publish("main", said("1", "correlationid", "3f1c9a2b77"))
				time.Sleep(time.Hour)
				s.stop()
				if got, want := s.letters("main"), []string{"1 of t: " + c.reason}; !slices.Equal(got, want) {
					t.Fatalf("got %q, want %q", got, want)
				}
				letters, err := s.transports["main"].DeadLetters(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.marks, marks(letters[0].Event)); d != "" {
					t.Errorf("marks (-want +got):\n%s", d)
				}
				log := s.log.String()
				if strings.Contains(log, "ada@") || strings.Contains(log, "3f1c9a2b7") || !strings.Contains(log, "booking=3f1c9a2b") {
					t.Errorf("log: %s", log)
				}
			})
		})
	}
}

func cmpOr(r arrow.Receiver) arrow.Receiver {
	if r == nil {
		return errored(nil)
	}
	return r
}

// sinkIs is a delivery whose dead-letter sink is not the transport's.
func sinkIs(policy, destination string) string {
	return "  delivery:\n    " + policy + "\n    deadLetterSink: {" + destination + "}"
}

func TestRunner_DeadLetterSinks(t *testing.T) {
	const toB = "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: b}"
	t.Run("a function gets it, marked, and its answer is published", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h heard
			m := read(t, broker("Kafka", sinkIs("retry: 1", toB))+service("a")+service("b")+to("t", "a", wants("type: test"), ""))
			s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no"))), "b": func(ctx context.Context, ce event.Event) (*event.Event, error) {
				if _, err := h.nothing(ctx, ce); err != nil {
					return nil, err
				}
				back := said("2", "type", "buried")
				return &back, nil
			}})
			s.publish("main", said("1"))
			time.Sleep(time.Hour)
			s.stop()
			if len(h.all) != 1 || marks(h.all[0])["knativeerrorcode"] != "500" {
				t.Errorf("the sink heard %v", h.all)
			}
			if got := s.history("main"); !slices.Equal(got, []string{"1", "2"}) || len(s.letters("main")) > 0 {
				t.Errorf("published %q, letters %q", got, s.letters("main"))
			}
		})
	})
	t.Run("its answer is ignored by the channel's broker", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("MTChannelBasedBroker", sinkIs("retry: 1", toB))+service("a")+service("b")+to("t", "a", wants("type: test"), ""))
			s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no"))), "b": answers("2", "type", "buried")})
			s.publish("main", said("1"))
			time.Sleep(time.Hour)
			s.stop()
			if got := s.history("main"); !slices.Equal(got, []string{"1"}) || len(s.letters("main")) > 0 {
				t.Errorf("published %q, letters %q", got, s.letters("main"))
			}
		})
	})
	t.Run("an address gets it, again and again, and the subscriber no more", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			var asked, buried []string
			m := read(t, broker("RabbitMQBroker", sinkIs("retry: 2\n    backoffDelay: PT1S", "uri: 'http://sink.example/'"))+trigger("t", there, "", ""))
			s := play(t, m, nil, by(func(r *http.Request) (*http.Response, error) {
				at := fmt.Sprint(time.Since(began))
				if r.Host == "sink.example" {
					buried = append(buried, at+" "+r.Header.Get("ce-knativeerrorcode"))
					if len(buried) < 3 {
						return says(503, ""), nil
					}
					return says(200, ""), nil
				}
				asked = append(asked, at)
				return says(500, ""), nil
			}))
			s.publish("main", said("1"))
			time.Sleep(time.Hour)
			s.stop()
			if !slices.Equal(asked, []string{"0s", "2s", "6s"}) || !slices.Equal(buried, []string{"6s 500", "8s 500", "12s 500"}) {
				t.Errorf("the subscriber was asked at %q, the sink at %q", asked, buried)
			}
			if got := s.letters("main"); len(got) > 0 {
				t.Errorf("kept, too: %q", got)
			}
		})
	})
	for says, answer := range map[string]func() (*http.Response, error){
		"is down": func() (*http.Response, error) { return nil, errors.New("connection refused") },
		"refuses": func() (*http.Response, error) { return says(400, ""), nil },
	} {
		t.Run("where the sink "+says+", the transport keeps it", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := read(t, broker("RabbitMQBroker", sinkIs("retry: 1", "uri: 'http://sink.example/?key=secret'"))+service("a")+to("t", "a", "", ""))
				s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no")))}, by(func(*http.Request) (*http.Response, error) { return answer() }))
				s.publish("main", said("1"))
				time.Sleep(time.Hour)
				s.stop()
				want := []string{"1 of t: Service a answered 500 at the last of 2 tries; http://sink.example/ did not take it"}
				if got := s.letters("main"); !slices.Equal(got, want) || !strings.Contains(s.log.String(), "level=ERROR") {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
	t.Run("a Broker gets it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("Kafka", sinkIs("retry: 0", "ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: other}"))+service("a")+to("t", "a", "", "")+
				"\n---\napiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: other}\n")
			s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no")))})
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			if got := s.history("other"); !slices.Equal(got, []string{"1"}) {
				t.Errorf("got %q", got)
			}
		})
	})
	t.Run("where there is none, it is dropped, and not silently", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("Kafka", "  delivery: {retry: 0}")+service("a")+to("t", "a", "", ""))
			s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no")))})
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			if got := s.letters("main"); len(got) > 0 || !strings.Contains(s.log.String(), "LOST: there is no dead-letter sink") {
				t.Errorf("letters %q; log: %s", got, s.log.String())
			}
		})
	})
}
