//go:build integration

package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/knative"
	"tourbillon/knative/dataplanetest"
)

// TestStories_ThroughKnative tells the stories with Knative's own ingress and
// dispatchers in place of the runner, for the Broker bookings and all of its
// Triggers: they call the functions by HTTP.
func TestStories_ThroughKnative(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	programs, err := dataplanetest.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &way{changed: make(chan struct{})}
	at := httptest.NewServer(w)
	t.Cleanup(at.Close)
	b, err := dataplanetest.Open(t.Context(), dataplanetest.Settings{
		Programs: programs, URL: os.Getenv(testRabbit), Namespace: "story-" + strings.ToLower(rand.Text()[:10]), Name: "bookings", Letters: true, Logs: t.TempDir(),
	})
	if err != nil {
		t.Fatalf("%v: run `make brokers`, then `make integration`", err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, trigger := range m.Triggers {
		if trigger.Broker != "bookings" {
			continue
		}
		to := "/functions/" + m.Function(trigger.Subscriber.Name)
		if trigger.Subscriber.Kind == "Broker" {
			to = "/broker/" + trigger.Subscriber.Name
		}
		if err := b.Declare(trigger); err != nil {
			t.Fatal(err)
		}
		if err := b.Dispatch(trigger, at.URL+to); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	tell(t, mode{atOnce: 1, left: notThroughKnative, begin: func(s *stage) {
		w.begin()
		s.raised = w.lead
		s.set = append(s.set, theirIngress+"="+b.URL())
	}})
}

// notThroughKnative are the stories that need what this stage has not, and what
// that is.
var notThroughKnative = map[string]string{
	"archive-mended":    "manifests of its own",
	"dead-letter":       "manifests of its own",
	"dead-letters":      "manifests of its own",
	"flow-not-deployed": "manifests of its own",
	"operator-retries":  "manifests of its own",
	"message-both-down": "nothing: it takes a minute, which other stages have given it",
	"operators-only":    "functions that nobody but an operator calls",
	"rebuilt":           "a second system, with nothing on its way from the first",
}

// way leads Knative's dispatchers to the system that is up, whichever that is.
type way struct {
	mu      sync.Mutex
	began   time.Time
	to      *url.URL      // nil: none is up
	changed chan struct{} // closed when to changes
}

// begin begins a story: what was said before it is nobody's any more. Stories
// begin on a full second, for providers tell no fractions of one.
func (w *way) begin() {
	w.lead("")
	began := time.Now().Truncate(time.Second).Add(time.Second)
	time.Sleep(time.Until(began))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began = began
}

// lead leads to a gateway from now on, or nowhere.
func (w *way) lead(gateway string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to = nil
	if gateway != "" {
		w.to, _ = url.Parse(gateway) // it is our own
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *way) now() (to *url.URL, began time.Time, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to, w.began, w.changed
}

// ServeHTTP hands an event on. While no system is up it waits for one; an event
// of an earlier story it takes for itself.
func (w *way) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	said, err := time.Parse(time.RFC3339, r.Header.Get("ce-time"))
	if err != nil {
		http.Error(rw, "an event of ours has its time", http.StatusBadRequest)
		return
	}
	for {
		to, began, changed := w.now()
		if said.Before(began) {
			return
		}
		if to != nil {
			(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }}).ServeHTTP(rw, r)
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
