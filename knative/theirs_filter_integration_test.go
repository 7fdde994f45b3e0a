//go:build integration

package knative_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/knative"
)

// pairs are the headers of an event in binary mode, with what is usual where
// the text does not say otherwise.
func pairs(text string) []string {
	return append([]string{"ce-specversion: 1.0", "ce-source: /s", "ce-type: t"}, strings.Split(text, ", ")...) // the last of a name counts
}

// more is whom the runner has hear more: its ingress takes an extension that
// was written as a number or a truth as the string that binary mode has for it,
// so that both modes are one event; their server compares the types, too.
var more = []string{"five hears number", "truth hears truth"}

func expected(knatives []string) []string {
	return slices.Sorted(slices.Values(append(knatives, more...)))
}

// TestTheirs_Filter compares who hears which event.
func TestTheirs_Filter(t *testing.T) {
	filters := map[string]string{
		"everything": "", "kind": "filter: {attributes: {type: t}}", "source": "filter: {attributes: {source: /s}}", "subject": "filter: {attributes: {subject: lyon}}",
		"id": "filter: {attributes: {id: plain}}", "flow": "filter: {attributes: {flow: saga}}", "both": "filter: {attributes: {type: t, flow: saga}}",
		"five": "filter: {attributes: {n: '5'}}", "truth": "filter: {attributes: {so: 'true'}}", "case": "filter: {attributes: {flow: Saga}}",
	}
	const binary, structured = "", "application/cloudevents+json"
	bodies := []struct{ kind, body string }{
		{binary, "ce-id: plain"}, {binary, "ce-id: flow, ce-flow: saga"}, {binary, "ce-id: flow-of-u, ce-flow: saga, ce-type: u"}, {binary, "ce-id: five, ce-n: 5"},
		{binary, "ce-id: other, ce-source: /o, ce-subject: lyon"}, {binary, "ce-id: true, ce-so: true"}, {binary, "ce-id: longer, ce-flow: sagas"},
		{structured, `{"specversion":"1.0","id":"number","source":"/s","type":"t","n":5}`},
		{structured, `{"specversion":"1.0","id":"truth","source":"/s","type":"t","so":true}`},
		{structured, `{"specversion":"1.0","id":"string","source":"/s","type":"t","n":"5","flow":"saga"}`},
	}
	heard := func() (who func() []string, at string) {
		var mu sync.Mutex
		var all []string
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, path.Base(r.URL.Path)+" hears "+r.Header.Get("ce-id"))
		}))
		t.Cleanup(s.Close)
		return func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Sorted(slices.Values(all))
		}, s.URL
	}
	manifests := func(at string) *knative.Manifests {
		text := broker("RabbitMQBroker", delivery("retry: 0"))
		for name, filter := range filters {
			text += trigger(name, fmt.Sprintf("uri: '%s/%s'", at, name), filter, "")
		}
		return read(t, text)
	}
	knatives, theirAddress := heard()
	ours, ourAddress := heard()
	their := theirs(t, manifests(theirAddress)).URL()
	s := play(t, manifests(ourAddress), nil)
	defer s.stop()
	h, _ := s.Broker("main")
	in := httptest.NewServer(h)
	defer in.Close()
	for _, ingress := range []string{their, in.URL} {
		for _, b := range bodies {
			headers, body := []string{"Content-Type: " + b.kind}, b.body
			if b.kind == binary {
				headers, body = pairs(b.body), ""
			}
			if got := statusOf(t, ingress, http.MethodPost, body, headers); got != http.StatusAccepted {
				t.Fatalf("%s: the ingress answered %d", b.body, got)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for (len(knatives()) < len(bodies) || cmp.Diff(expected(knatives()), ours()) != "") && ctx.Err() == nil {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(time.Second) // no one is to hear more
	if d := cmp.Diff(expected(knatives()), ours()); d != "" || len(ours()) < len(bodies) {
		t.Errorf("Knative's data plane (-) and the runner (+) differ:\n%s", d)
	}
}
