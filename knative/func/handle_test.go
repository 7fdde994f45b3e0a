package function_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"knative.dev/func-go/cloudevents"

	"function"
	"tourbillon/knative"
)

// TestHandle asks the function through func's own middleware, as what func
// generates around it does.
func TestHandle(t *testing.T) {
	f := function.New()
	if err := f.Start(t.Context(), map[string]string{}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(cloudevents.New(f).Handler)
	t.Cleanup(func() {
		srv.Close()
		if err := f.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ask := func(data string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/me",
			"Ce-Type": "tourbillon.tour.spots.reserve.v1",
		} {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	const reserve = `{"bookingId":"booking-0001","departureId":"nowhere","seats":2,"flow":"orchestration"}`
	first, second := ask(reserve), ask(reserve)
	if first.StatusCode != http.StatusOK || first.Header.Get("Ce-Type") != "tourbillon.tour.spots.rejected.v1" || first.Header.Get("Ce-Causationid") != "1" {
		t.Errorf("it answers %s, %q", first.Status, first.Header)
	}
	if id := first.Header.Get("Ce-Id"); id == "" || id != second.Header.Get("Ce-Id") || first.Header.Get("Ce-Time") != second.Header.Get("Ce-Time") {
		t.Errorf("asked twice it says %q and %q", first.Header, second.Header)
	}
	if wrong := ask(`{"seats":"two"}`); wrong.StatusCode < 500 {
		t.Errorf("data that breaks its schema are answered by %s, which a broker may take for done", wrong.Status)
	}
	ready, err := http.Get(srv.URL + "/health/readiness")
	if err != nil {
		t.Fatal(err)
	}
	ready.Body.Close()
	if ready.StatusCode != http.StatusOK {
		t.Errorf("it is ready by %s", ready.Status)
	}
}

// TestSubscriptions compares func.yaml with the Triggers that it takes the place
// of.
func TestSubscriptions(t *testing.T) {
	text, err := os.ReadFile("func.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var y struct {
		Name   string
		Deploy struct {
			Subscriptions []struct {
				Source  string
				Filters map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &y); err != nil {
		t.Fatal(err)
	}
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]bool{}, map[string]bool{}
	key := func(broker string, filter map[string]string) string {
		var b strings.Builder
		if err := yaml.NewEncoder(&b).Encode(filter); err != nil {
			t.Fatal(err)
		}
		return broker + "\n" + b.String()
	}
	for _, trigger := range m.Triggers {
		if trigger.Subscriber.Name == y.Name {
			want[key(trigger.Broker, trigger.Filter)] = true
		}
	}
	for _, s := range y.Deploy.Subscriptions {
		got[key(s.Source, s.Filters)] = true
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
