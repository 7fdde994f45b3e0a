//go:build integration

package knative_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/knative"
	"tourbillon/knative/dataplanetest"
)

// theirs opens a Broker of Knative's own with the Triggers of the manifests,
// which all have subscribers by uri.
func theirs(t *testing.T, m *knative.Manifests) *dataplanetest.Broker {
	t.Helper()
	url := os.Getenv("TOURBILLON_TEST_RABBITMQ")
	if url == "" {
		t.Fatal("TOURBILLON_TEST_RABBITMQ is not set: run make brokers, then make integration")
	}
	programs, err := dataplanetest.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sink := m.Brokers[0].Delivery.DeadLetter
	b, err := dataplanetest.Open(t.Context(), dataplanetest.Settings{
		Programs: programs, URL: url, Namespace: fmt.Sprint("theirs-", time.Now().UnixNano()), Name: "main", Letters: !sink.None(), Logs: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, tr := range m.Triggers {
		if err := b.Declare(tr); err != nil {
			t.Fatal(err)
		}
		if err := b.Dispatch(tr, tr.Subscriber.URI); err != nil {
			t.Fatal(err)
		}
	}
	if !sink.None() {
		if err := b.Bury(m.Brokers[0].Delivery, sink.URI); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// house is what both data planes deliver to: a subscriber for each case, one
// that hears answers, and a dead-letter sink. It notes all that happens.
type house struct {
	*httptest.Server
	cases []exchangeCase

	mu    sync.Mutex
	notes map[string][]string    // by case, in order
	when  map[string][]time.Time // of the subscriber's, by case
	last  time.Time              // of all
}

// exchangeCase is what a subscriber answers to an event, and then again.
type exchangeCase struct {
	name   string
	answer func(w http.ResponseWriter, r *http.Request, tries int)
	event  func(h http.Header) (body string) // changes what is published; nil: as it is
}

func open(t *testing.T, cases []exchangeCase) *house {
	h := &house{cases: cases, notes: map[string][]string{}, when: map[string][]time.Time{}, last: time.Now()}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

// ServeHTTP is the subscriber of a case at /case/N, who hears answers at
// /answers and the dead-letter sink at /letters.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ce, err := events.ReadHTTP(r, 1<<20)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	of, _ := events.Attribute(ce, "case")
	switch {
	case r.URL.Path == "/answers":
		h.note(of, "answered: "+shown(ce))
	case r.URL.Path == "/letters":
		h.note(of, "buried: "+shown(ce))
	default:
		tries := h.note(of, "heard: "+shown(ce)+preferred(r))
		i := slices.IndexFunc(h.cases, func(c exchangeCase) bool { return c.name == of })
		h.cases[i].answer(w, r, tries)
	}
}

// preferred is what of an exchange is not the event.
func preferred(r *http.Request) string {
	if p := r.Header.Get("Prefer"); p != "" {
		return ", prefers " + p
	}
	return ""
}

// note keeps a note, and returns how many of that kind there were before.
func (h *house) note(of, what string) (before int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = time.Now()
	if strings.HasPrefix(what, "heard") {
		before = len(h.when[of])
		h.when[of] = append(h.when[of], h.last)
	}
	h.notes[of] = append(h.notes[of], what)
	return before
}

// shown is an event without what is another each time.
func shown(ce event.Event) string {
	line := []string{ce.Type(), "id=" + ce.ID()}
	for name, value := range ce.Extensions() {
		if name == "case" {
			continue
		}
		if s, ok := value.(string); ok && strings.HasPrefix(s, "http://127.0.0.1:") {
			_, path, _ := strings.Cut(strings.TrimPrefix(s, "http://"), "/")
			value = "http://HOST/" + path
		}
		line = append(line, fmt.Sprintf("%s=%v", name, value))
	}
	slices.Sort(line[2:])
	if len(ce.Data()) > 0 {
		line = append(line, ce.DataContentType(), string(ce.Data()))
	}
	if at := ce.Context.AsV1().Time; at != nil && time.Since(at.Time).Abs() < time.Hour {
		line = append(line, "at the time of the test")
	} else if at != nil {
		line = append(line, "at "+at.Format(time.RFC3339))
	}
	return strings.Join(line, " ")
}

func (h *house) all() map[string][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string][]string{}
	for of, notes := range h.notes {
		all[of] = slices.Clone(notes)
	}
	return all
}

// manifests are a Trigger for each case, and one for the answers.
func (h *house) manifests(t *testing.T, policy string) *knative.Manifests {
	text := broker("RabbitMQBroker", "  delivery:\n    "+policy+"\n    deadLetterSink: {uri: '"+h.URL+"/letters'}")
	for i, c := range h.cases {
		text += trigger(fmt.Sprint("case-", i), fmt.Sprintf("uri: '%s/case/%d'", h.URL, i), wants("type: asked, case: '"+c.name+"'"), "")
	}
	text += trigger("answers", "uri: '"+h.URL+"/answers'", wants("type: answer"), "")
	return read(t, text)
}

// publish posts an event of each case to a Broker's ingress, as binary.
func (h *house) publish(t *testing.T, ingress string) {
	t.Helper()
	for _, c := range h.cases {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ingress, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/cases", "ce-type": "asked", "ce-time": "2026-01-02T03:04:05Z", "ce-case": c.name,
		} {
			req.Header.Set(name, value)
		}
		if c.event != nil {
			req.Body = io.NopCloser(strings.NewReader(c.event(req.Header)))
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: the ingress answered %s", c.name, resp.Status)
		}
	}
}

// onBoth plays the cases on Knative's data plane and on the runner, until what
// they note is the same and nothing more is noted for as long as a further try
// would take, and the while that it may be late on a busy machine.
func onBoth(t *testing.T, policy string, further time.Duration, cases []exchangeCase) (knatives, ours *house) {
	t.Helper()
	knatives, ours = open(t, cases), open(t, cases)
	knatives.publish(t, theirs(t, knatives.manifests(t, policy)).URL())
	s := play(t, ours.manifests(t, policy), nil)
	defer s.stop()
	in, _ := s.Broker("main")
	ingress := httptest.NewServer(in)
	defer ingress.Close()
	ours.publish(t, ingress.URL)
	end := time.Now().Add(time.Minute)
	for {
		d := differ(knatives, ours)
		if quiet := min(knatives.quiet(), ours.quiet()); d == "" && quiet > further+3*time.Second {
			return knatives, ours
		}
		if time.Now().After(end) {
			t.Fatalf("Knative's data plane (-) and the runner (+) differ, or come to no end:\n%s", d)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// quiet is how long nothing was noted.
func (h *house) quiet() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.last)
}

// differ compares what was noted.
func differ(knatives, ours *house) string {
	want := knatives.all()
	for _, c := range knatives.cases {
		if len(want[c.name]) == 0 {
			return c.name + ": nothing was heard"
		}
	}
	return cmp.Diff(want, ours.all())
}

// ingresses are the addresses of the two ingresses, of Brokers without Triggers.
func ingresses(t *testing.T) (knatives, ours string) {
	t.Helper()
	m := read(t, broker("RabbitMQBroker", ""))
	s := play(t, m, nil)
	t.Cleanup(s.stop)
	h, _ := s.Broker("main")
	in := httptest.NewServer(h)
	t.Cleanup(in.Close)
	return theirs(t, m).URL(), in.URL
}

// statusOf is the status of an exchange. Headers are "name: value".
func statusOf(t *testing.T, url, method, body string, headers []string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
