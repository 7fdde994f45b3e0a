package knative_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// elsewhere is a server at the other end of an HTTP client, without a network.
type elsewhere func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) { return e(r) }

// by makes a Runner speak HTTP to nobody but f.
func by(f elsewhere) func(*knative.Options) {
	return func(o *knative.Options) { o.Client = &http.Client{Transport: f} }
}

// says is an answer. Headers are "name: value".
func says(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// there is a subscriber elsewhere.
const there = "uri: 'http://there.example/hear?key=secret'"

var (
	anEvent   = []string{"ce-id: 2", "ce-source: /there", "ce-type: answer", "ce-specversion: 1.0"}
	structure = `{"specversion": "1.0", "id": "2", "source": "/there", "type": "answer"}`
)

// TestRunner_Judges holds, for each class, what becomes of a delivery by what
// the subscriber answers. There is one retry.
func TestRunner_Judges(t *testing.T) {
	type fates [3]string // RabbitMQBroker, Kafka, MTChannelBasedBroker
	var (
		done      = fates{"done", "done", "done"}
		published = fates{"published", "published", "published"}
		noise     = fates{"noted", "dead after 1", "dead after 2"}
		retried   = fates{"dead after 2", "dead after 2", "dead after 2"}
		refused   = fates{"lost", "dead after 1", "dead after 1"}
	)
	cut := func() (*http.Response, error) { return nil, errors.New("connection reset") }
	for _, c := range []struct {
		says   string
		answer func() (*http.Response, error)
		want   fates
	}{
		{"200 and nothing", func() (*http.Response, error) { return says(200, ""), nil }, done},
		{"202 and nothing", func() (*http.Response, error) { return says(202, ""), nil }, done},
		{"204", func() (*http.Response, error) { return says(204, ""), nil }, done},
		{"200 and an event", func() (*http.Response, error) { return says(200, "", anEvent...), nil }, published},
		{"202 and an event", func() (*http.Response, error) { return says(202, "", anEvent...), nil }, published},
		{"an event in structured mode", func() (*http.Response, error) {
			return says(200, structure, "Content-Type: application/cloudevents+json"), nil
		}, published},
		{"200 and a body that is no event", func() (*http.Response, error) { return says(200, "ok"), nil }, noise},
		{"200 and half an event", func() (*http.Response, error) { return says(200, "", anEvent[1:]...), nil }, noise},
		{"200 and too much", func() (*http.Response, error) { return says(200, strings.Repeat(" ", 1<<20+1), anEvent...), nil }, noise},
		{"301", func() (*http.Response, error) { return says(301, "", "Location: http://there.example/elsewhere"), nil }, refused},
		{"400", func() (*http.Response, error) { return says(400, ""), nil }, refused},
		{"401", func() (*http.Response, error) { return says(401, ""), nil }, refused},
		{"403", func() (*http.Response, error) { return says(403, ""), nil }, refused},
		{"404", func() (*http.Response, error) { return says(404, ""), nil }, retried},
		{"408", func() (*http.Response, error) { return says(408, ""), nil }, retried},
		{"409", func() (*http.Response, error) { return says(409, ""), nil }, retried},
		{"410", func() (*http.Response, error) { return says(410, ""), nil }, refused},
		{"413", func() (*http.Response, error) { return says(413, ""), nil }, refused},
		{"422", func() (*http.Response, error) { return says(422, ""), nil }, refused},
		{"429", func() (*http.Response, error) { return says(429, ""), nil }, retried},
		{"500", func() (*http.Response, error) { return says(500, ""), nil }, retried},
		{"503", func() (*http.Response, error) { return says(503, ""), nil }, retried},
		{"500 and an event, which counts for nothing", func() (*http.Response, error) { return says(500, "", anEvent...), nil }, retried},
		{"nothing at all", cut, retried},
	} {
		for i, class := range []string{"RabbitMQBroker", "Kafka", "MTChannelBasedBroker"} {
			t.Run(c.says+" from "+class, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tries := 0
					m := read(t, broker(class, delivery("retry: 1"))+trigger("t", there, wants("type: test"), ""))
					s := play(t, m, nil, by(func(*http.Request) (*http.Response, error) { tries++; return c.answer() }))
					s.publish("main", said("1"))
					time.Sleep(time.Minute)
					s.stop()
					if got := fate(s, tries); got != c.want[i] {
						t.Errorf("got %s, want %s; log: %s", got, c.want[i], s.log.String())
					}
					if log := s.log.String(); log != "" && c.want[i] == "published" {
						t.Errorf("log: %s", log)
					}
					if strings.Contains(s.log.String()+join(s.letters("main")), "secret") {
						t.Errorf("the address's query is shown: %s", s.log.String())
					}
				})
			})
		}
	}
}

func fate(s *stage, tries int) string {
	switch {
	case len(s.letters("main")) > 0:
		return fmt.Sprint("dead after ", tries)
	case len(s.history("main")) > 1:
		return "published"
	case strings.Contains(s.log.String(), "LOST"):
		return "lost"
	case s.log.String() != "":
		return "noted"
	}
	return "done"
}

// TestRunner_Waits holds the waits between tries.
func TestRunner_Waits(t *testing.T) {
	for _, c := range []struct {
		class, policy string
		want          []string
	}{
		{"RabbitMQBroker", "retry: 4\n    backoffDelay: PT1S", []string{"0s", "2s", "6s", "14s", "30s"}},
		{"Kafka", "retry: 4\n    backoffDelay: PT1S", []string{"0s", "2s", "6s", "14s", "30s"}},
		{"MTChannelBasedBroker", "retry: 4\n    backoffDelay: PT1S", []string{"0s", "1s", "3s", "7s", "15s"}},
		{"RabbitMQBroker", "retry: 3\n    backoffPolicy: linear\n    backoffDelay: PT1S", []string{"0s", "1s", "3s", "6s"}},
		{"Kafka", "retry: 3\n    backoffPolicy: linear\n    backoffDelay: PT1S", []string{"0s", "1s", "3s", "6s"}},
		{"MTChannelBasedBroker", "retry: 3\n    backoffPolicy: linear\n    backoffDelay: PT1S", []string{"0s", "1ms", "1.001s", "3.001s"}},
		{"RabbitMQBroker", "retry: 2", []string{"0s", "100ms", "300ms"}},
		{"Kafka", "retry: 2", []string{"0s", "400ms", "1.2s"}},
		{"Kafka", "retry: 0", []string{"0s"}},
		{"Kafka", "retry: 2\n    backoffDelay: PT20M", []string{"0s", "30m0s", "1h0m0s"}}, // no longer than that
		{"Kafka", "retry: 2\n    backoffPolicy: linear\n    backoffDelay: P9999D", []string{"0s", "30m0s", "1h0m0s"}},
	} {
		t.Run(c.class+" with "+c.policy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var got []string
				m := read(t, broker(c.class, delivery(c.policy))+service("a")+to("t", "a", "", ""))
				s := play(t, m, map[string]arrow.Receiver{"a": func(context.Context, event.Event) (*event.Event, error) {
					got = append(got, time.Since(began).String())
					return nil, arrow.Again(errors.New("down"))
				}})
				s.publish("main", said("1"))
				time.Sleep(3 * time.Hour)
				s.stop()
				if !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestRunner_SpeaksHTTP(t *testing.T) {
	for class, prefer := range map[string]string{"RabbitMQBroker": "", "Kafka": "reply", "MTChannelBasedBroker": "reply"} {
		t.Run("as "+class+" does", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got http.Header
				var body string
				m := read(t, broker(class, delivery("retry: 1"))+trigger("t", there, "", ""))
				s := play(t, m, nil, by(func(r *http.Request) (*http.Response, error) {
					got = r.Header
					text, err := io.ReadAll(r.Body)
					body = string(text)
					return says(204, ""), err
				}))
				ce := said("1", "name", "tour.booked")
				if err := ce.SetData("application/json", []byte(`{"a":1}`)); err != nil {
					t.Fatal(err)
				}
				s.publish("main", ce)
				synctest.Wait()
				s.stop()
				want := http.Header{
					"Ce-Id": {"1"}, "Ce-Source": {"/test"}, "Ce-Type": {"test"}, "Ce-Specversion": {"1.0"}, "Ce-Name": {"tour.booked"},
					"Content-Type": {"application/json"},
				}
				if prefer != "" {
					want.Set("Prefer", prefer)
				}
				if class == "RabbitMQBroker" {
					want.Set("Ce-Time", "2000-01-01T00:00:00Z")
				}
				if class == "MTChannelBasedBroker" {
					want.Set("Ce-Knativearrivaltime", "2000-01-01T00:00:00Z")
				}
				if d := cmp.Diff(want, got); d != "" || body != `{"a":1}` {
					t.Errorf("body %q; headers (-want +got):\n%s", body, d)
				}
			})
		})
	}
	t.Run("and waits no longer than the timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1\n    timeout: PT5S"))+trigger("t", there, "", ""))
			s := play(t, m, nil, by(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}))
			s.publish("main", said("1"))
			time.Sleep(time.Minute)
			s.stop()
			want := []string{"1 of t: http://there.example/hear did not answer at the last of 2 tries: no answer in time"}
			if got := s.letters("main"); !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
		})
	})
}
