package knative_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/knative"
)

// program is a Service that is no function of this system.
const program = `
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: own}
spec: {template: {spec: {containers: [{image: i}]}}}`

// ownAt has the program listen at an address.
func ownAt(at string) func(*knative.Options) {
	return func(o *knative.Options) { o.Programs = map[string]string{"own": at} }
}

func TestRunner_Programs(t *testing.T) {
	t.Run("are asked by HTTP, and answer", func(t *testing.T) {
		for path, want := range map[string]string{
			"name: own}":                 "http://own.example:9000",
			"name: own}, uri: /credited": "http://own.example:9000/credited",
			"name: own}, uri: a/b":       "http://own.example:9000/a/b",
		} {
			synctest.Test(t, func(t *testing.T) {
				m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+program+
					trigger("t", "ref: {apiVersion: serving.knative.dev/v1, kind: Service, "+path, wants("type: test"), ""))
				var asked []string
				s := play(t, m, nil, ownAt("http://own.example:9000"), by(func(r *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(r.Body)
					asked = append(asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("ce-id")+string(body))
					return says(200, "", anEvent...), err
				}))
				s.publish("main", said("1"))
				synctest.Wait()
				s.stop()
				if !slices.Equal(asked, []string{"POST " + want + " 1"}) {
					t.Errorf("asked %q, want %s", asked, want)
				}
				if got := s.history("main"); !slices.Equal(got, []string{"1", "2"}) {
					t.Errorf("the Broker has %q", got)
				}
			})
		}
	})
	t.Run("are tried again, and their body is not why", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 2"))+program+to("t", "own", "", ""))
			tries := 0
			s := play(t, m, nil, ownAt("http://own.example"), by(func(*http.Request) (*http.Response, error) {
				tries++
				return says(500, `{"detail": "somebody's data"}`, "Content-Type: application/problem+json"), nil
			}))
			s.publish("main", said("1"))
			time.Sleep(time.Minute)
			s.stop()
			want := "1 of t: Service own answered 500 at the last of 3 tries"
			if got := s.letters("main"); tries != 3 || !slices.Equal(got, []string{want}) {
				t.Errorf("%d tries, letters %q, want %q", tries, got, want)
			}
		})
	})
	t.Run("are where a dead letter was not taken, with their path", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+program+
				trigger("t", "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: own}, uri: /a", "", ""))
			s := play(t, m, nil, ownAt("http://own.example"), by(func(*http.Request) (*http.Response, error) { return says(500, ""), nil }))
			s.publish("main", said("1"))
			time.Sleep(time.Minute)
			letters, err := s.transports["main"].DeadLetters(t.Context())
			s.stop()
			if err != nil || len(letters) != 1 {
				t.Fatal(letters, err)
			}
			const want = "http://own.default.svc.cluster.local/a"
			if got := marks(letters[0].Event)["knativeerrordest"]; got != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	})
	t.Run("take the place of a function that is here", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("own")+to("t", "own", "", ""))
			asked := 0
			s := play(t, m, nil, ownAt("http://own.example"), by(func(*http.Request) (*http.Response, error) {
				asked++
				return says(204, ""), nil
			}))
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	})
}

func TestNew_RefusesPrograms(t *testing.T) {
	for says, c := range map[string]struct{ at, want string }{
		"one that is nowhere":          {"", "Service own is no function of this system, for it has no FUNCTION_TARGET: say where your program listens, as -at own=http"},
		"one of a Service of no name":  {"http://a.example?key=secret", "there is no Service gone to be at http://a.example: write its manifest, or mend the name: there are own"},
		"no program that is somewhere": {"http://own.example", ""},
	} {
		t.Run(says, func(t *testing.T) {
			o := knative.Options{
				Manifests:  read(t, broker("RabbitMQBroker", delivery("retry: 1"))+program+to("t", "own", "", "")),
				Transports: map[string]events.Transport{"main": memory.New(nil)},
				Programs:   map[string]string{"own": c.at},
			}
			if strings.Contains(c.want, "gone") {
				o.Programs = map[string]string{"own": "http://own.example", "gone": c.at}
			}
			_, err := knative.New(t.Context(), o)
			if err != nil != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestRead_Also holds that manifests of one's own are read as if they lay beside
// the others, and that complaints tell them apart.
func TestRead_Also(t *testing.T) {
	folder := fstest.MapFS{"a.yaml": {Data: []byte(broker("RabbitMQBroker", delivery("retry: 1")))}}
	m, err := knative.Read(folder, knative.File{Name: "mine/a.yaml", Text: []byte(program + to("t", "own", "", ""))})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Brokers) != 1 || len(m.Triggers) != 1 || m.Triggers[0].Broker != "main" || len(m.Services) != 1 {
		t.Errorf("read %+v", m)
	}
	_, err = knative.Read(folder, knative.File{Name: "mine/a.yaml", Text: []byte(to("t", "own", "", ""))})
	if want := `mine/a.yaml:8: Trigger t: spec.subscriber.ref.name: there is no Service "own"`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
