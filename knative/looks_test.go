package knative_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// looks are the rows of docs/runner.md.
var looks = map[string]cell{
	"ingress: an event":                ingress(http.MethodPost, true),
	"ingress: a body that is no event": ingress(http.MethodPost, false),
	"ingress: GET":                     ingress(http.MethodGet, true),
	"ingress: OPTIONS":                 ingress(http.MethodOptions, true),
	"ingress: it cannot be kept now": func(t *testing.T, class string) string {
		s := play(t, read(t, broker(class, delivery("retry: 1"))), nil)
		s.stop()
		if err := s.transports["main"].Close(); err != nil {
			t.Fatal(err)
		}
		return s.posts(http.MethodPost, true)
	},
	"time, where there was none": heardAs(func(ce event.Event) string {
		if ce.Context.AsV1().Time == nil {
			return "none"
		}
		if ce.Time().Equal(time.Now()) {
			return "now"
		}
		return ce.Time().Format(time.RFC3339)
	}),
	"traceparent": heardAs(func(ce event.Event) string {
		if ce.Extensions()["traceparent"] == nil {
			return "taken off"
		}
		return "kept"
	}),
	"an extension that is a number": heardAs(func(ce event.Event) string {
		switch ce.Extensions()["number"] {
		case "7":
			return "a string"
		case int32(7):
			return "a number"
		}
		return "something else"
	}),
	"knativearrivaltime": heardAs(func(ce event.Event) string {
		if ce.Extensions()["knativearrivaltime"] == "2000-01-01T00:00:00Z" {
			return "added"
		}
		return "none"
	}),
	"Prefer: reply": func(t *testing.T, class string) string {
		return map[bool]string{false: "not sent", true: "sent"}[hear(t, class, "retry: 0", always(204, "")).prefer == "reply"]
	},
	"202 with an event":                became(always(202, "", anEvent...)),
	"2xx with a body that is no event": became(always(200, "ok")),
	"404, 408, 409, 429 and 5xx":       alike(404, 408, 409, 429, 500, 502, 503, 504, 599),
	"nobody answers":                   became(func() (*http.Response, error) { return nil, errors.New("connection reset") }),
	"any other 4xx":                    alike(400, 401, 402, 403, 405, 406, 410, 413, 415, 422),
	"3xx":                              alike(301, 302, 307, 308),
	"Retry-After": func(t *testing.T, class string) string {
		a := hear(t, class, "retry: 1\n    backoffDelay: PT1S\n    retryAfterMax: PT1M", always(503, "", "Retry-After: 50"))
		return map[bool]string{true: "not heeded", false: "heeded"}[a.at[1] < 10*time.Second]
	},
	"waits, exponential, of 1 s":            waits("retry: 3\n    backoffPolicy: exponential\n    backoffDelay: PT1S", 3),
	"waits, linear, of 1 s":                 waits("retry: 3\n    backoffPolicy: linear\n    backoffDelay: PT1S", 3),
	"the first wait, where none is written": waits("retry: 1", 1),
	"tries, of a delivery without retry": func(t *testing.T, class string) string {
		return fmt.Sprint(len(hear(t, class, "backoffPolicy: exponential", down).at))
	},
	"tries, without a delivery": func(t *testing.T, class string) string {
		m, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(broker(class, "") + trigger("t", there, "", ""))}})
		if err != nil {
			return "refused"
		}
		return fmt.Sprint(m.Triggers[0].Delivery.Retry + 1)
	},
	"a timeout, where none is written": func(t *testing.T, class string) string {
		m := read(t, broker(class, delivery("retry: 1"))+trigger("t", there, "", ""))
		if d := m.Triggers[0].Delivery.Timeout; d != 0 {
			return d.String()
		}
		return "none"
	},
	"a Trigger's delivery": func(t *testing.T, class string) string {
		m := read(t, broker(class, delivery("retry: 3\n    timeout: PT7S\n    backoffDelay: PT3S"))+trigger("t", there, "", "delivery: {retry: 2, "+strings.TrimSpace(toKafka)+"}"))
		if d := m.Triggers[0].Delivery; d.Retry != 2 || d.Timeout == 7*time.Second || d.BackoffDelay == 3*time.Second {
			return "is its Broker's in part"
		}
		return "replaces its Broker's"
	},
	"knativeerrorcode of a 500":        letter("knativeerrorcode", down),
	"knativeerrorcode, nobody answers": letter("knativeerrorcode", func() (*http.Response, error) { return nil, errors.New("connection reset") }),
	"knativeerrordest": func(t *testing.T, class string) string {
		return strings.Replace(letter("knativeerrordest", down)(t, class), "http://there.example/hear", "the subscriber", 1)
	},
	"knativeerrordata": func(t *testing.T, class string) string {
		long := strings.Repeat("x", 2000)
		got := letter("knativeerrordata", func() (*http.Response, error) { return says(500, long), nil })(t, class)
		return strings.Replace(got, base64.StdEncoding.EncodeToString([]byte(long[:1024])), "1024 bytes in base64", 1)
	},
	"a failure's header kne-why": func(t *testing.T, class string) string {
		got := letter("why", func() (*http.Response, error) {
			return says(500, "", "Kne-Why: because", "Kne-Knativebrokerttl: 9"), nil
		})(t, class)
		return map[string]string{"none": "nothing", "because": "an extension"}[got]
	},
	"a dead-letter sink's answer": func(t *testing.T, class string) string {
		m := read(t, broker(class, sinkIs("retry: 0", "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: b}"))+service("a")+service("b")+to("t", "a", wants("type: test"), ""))
		s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Never(errors.New("no"))), "b": answers("2", "type", "buried")})
		s.publish("main", said("1"))
		time.Sleep(time.Hour)
		s.stop()
		return map[bool]string{true: "published", false: "ignored"}[slices.Contains(s.history("main"), "2")]
	},
	"filters":                  filtered("filters: [{prefix: {type: te}}]", "heeded"),
	"an empty value in filter": filtered(`filter: {attributes: {type: ""}}`, "any value"),
	"order, by default":        func(t *testing.T, class string) string { return order(t, class, "") },
	"order, asked for": func(t *testing.T, class string) string {
		return order(t, class, map[string]string{
			"RabbitMQBroker": `rabbitmq.eventing.knative.dev/parallelism: "1"`, "Kafka": "kafka.eventing.knative.dev/delivery.order: ordered",
		}[class])
	},
	"a new Trigger begins": func(t *testing.T, class string) string {
		var h heard
		m := read(t, broker(class, delivery("retry: 0"))+service("a")+to("t", "a", "", ""))
		s := play(t, m, map[string]arrow.Receiver{"a": h.nothing}, func(o *knative.Options) {
			if err := o.Transports["main"].Publish(t.Context(), said("before")); err != nil {
				t.Fatal(err)
			}
		})
		s.publish("main", said("after"))
		synctest.Wait()
		s.stop()
		return map[bool]string{true: "now", false: fmt.Sprint(h.ids())}[slices.Equal(h.ids(), []string{"after"})]
	},
}

// ingress is what a Broker's ingress answers.
func ingress(method string, sound bool) cell {
	return func(t *testing.T, class string) string {
		s := play(t, read(t, broker(class, delivery("retry: 1"))), nil)
		defer s.stop()
		return s.posts(method, sound)
	}
}

func (s *stage) posts(method string, sound bool) string {
	h, _ := s.Broker("main")
	r := httptest.NewRequest(method, "/", strings.NewReader("{}"))
	if sound {
		r.Header = http.Header{"Ce-Id": {"1"}, "Ce-Source": {"/test"}, "Ce-Type": {"test"}, "Ce-Specversion": {"1.0"}, "Content-Type": {"application/json"}}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return fmt.Sprint(w.Code)
}

// heardAs is what a function hears of an event that has a trace and a number.
func heardAs(show func(event.Event) string) cell {
	return func(t *testing.T, class string) string {
		var h heard
		m := read(t, broker(class, delivery("retry: 0"))+service("a")+to("t", "a", "", ""))
		s := play(t, m, map[string]arrow.Receiver{"a": h.nothing})
		ce := said("1", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		ce.SetExtension("number", 7)
		s.publish("main", ce)
		synctest.Wait()
		s.stop()
		return show(h.all[0])
	}
}

type answer = func() (*http.Response, error)

// subscriber is what one elsewhere saw, and what became of the event.
type subscriber struct {
	at     []time.Duration
	prefer string
	stage  *stage
}

// hear publishes an event that one subscriber hears, which answers always alike.
func hear(t *testing.T, class, policy string, a answer) (seen subscriber) {
	began := time.Now()
	m := read(t, broker(class, delivery(policy))+trigger("t", there, wants("type: test"), ""))
	s := play(t, m, nil, by(func(r *http.Request) (*http.Response, error) {
		seen.at, seen.prefer = append(seen.at, time.Since(began)), r.Header.Get("Prefer")
		return a()
	}))
	s.publish("main", said("1"))
	time.Sleep(2 * time.Hour)
	s.stop()
	seen.stage = s
	return seen
}

func always(status int, body string, headers ...string) answer {
	return func() (*http.Response, error) { return says(status, body, headers...), nil }
}

func down() (*http.Response, error) { return says(500, ""), nil }

// became is what becomes of a delivery that may be tried once more.
func became(a answer) cell {
	return func(t *testing.T, class string) string {
		seen := hear(t, class, "retry: 1", a)
		switch got := fate(seen.stage, len(seen.at)); got {
		case "dead after 1":
			return "dead letter"
		case "dead after 2":
			return "again"
		case "lost":
			return "LOST"
		case "noted":
			return "done"
		default:
			return got
		}
	}
}

// alike is what becomes of all of these, where it is the same.
func alike(statuses ...int) cell {
	return func(t *testing.T, class string) string {
		first := became(always(statuses[0], ""))(t, class)
		for _, status := range statuses[1:] {
			if got := became(always(status, ""))(t, class); got != first {
				return fmt.Sprintf("%s, and of %d %s", first, status, got)
			}
		}
		return first
	}
}

// waits are those between tries; the least that the runner waits is no wait.
func waits(policy string, n int) cell {
	return func(t *testing.T, class string) string {
		seen := hear(t, class, policy, down)
		var all []string
		for i := range n {
			wait := seen.at[i+1] - seen.at[i]
			if wait == time.Millisecond {
				wait = 0
			}
			all = append(all, wait.String())
		}
		return strings.Join(all, " ")
	}
}

// letter is an attribute of a dead letter.
func letter(name string, a answer) cell {
	return func(t *testing.T, class string) string {
		seen := hear(t, class, "retry: 0", a)
		all, err := seen.stage.transports["main"].DeadLetters(context.Background())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		if value := all[0].Event.Extensions()[name]; value != nil {
			return fmt.Sprint(value)
		}
		return "none"
	}
}

// filtered is how a filter that every event matches is taken.
func filtered(filter, taken string) cell {
	return func(t *testing.T, class string) string {
		m, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(broker(class, delivery("retry: 0")) + service("a") + to("t", "a", filter, ""))}})
		if err != nil {
			return "refused"
		}
		var h heard
		s := play(t, m, map[string]arrow.Receiver{"a": h.nothing})
		s.publish("main", said("1"), said("2", "type", "another"))
		synctest.Wait()
		s.stop()
		want := map[string][]string{"heeded": {"1"}, "any value": {"1", "2"}}[taken]
		return map[bool]string{true: taken, false: fmt.Sprint(h.ids())}[slices.Equal(slices.Sorted(slices.Values(h.ids())), want)]
	}
}

func order(t *testing.T, class, annotation string) string {
	return map[bool]string{true: "kept", false: "not kept"}[slices.Equal(inTurn(t, class, annotation), []string{"1", "1", "1", "2"})]
}
