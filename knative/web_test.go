package knative_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions"
)

// TestRunner_OverANetwork is a function behind HTTP, as on a cluster.
func TestRunner_OverANetwork(t *testing.T) {
	server := httptest.NewServer(functions.Handler("a", answers("2", "type", "answer"), new(functions.Gate)))
	defer server.Close()
	m := read(t, broker("Kafka", delivery("retry: 1"))+trigger("t", "uri: '"+server.URL+"'", wants("type: test"), ""))
	s := play(t, m, nil)
	if err := s.transports["main"].Declare(t.Context(), events.Subscription{Name: "look", Filter: events.Filter{"type": "answer"}, Concurrency: 1}); err != nil {
		t.Fatal(err)
	}
	s.publish("main", said("1"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got events.Delivery
	err := s.transports["main"].Consume(ctx, "look", func(_ context.Context, d events.Delivery) events.Verdict {
		got = d
		cancel()
		return events.Verdict{}
	})
	if err != nil || got.Event.Context == nil || got.Event.ID() != "2" {
		t.Errorf("got %v, %v; log: %s", got.Event, err, s.log.String())
	}
}

// TestRunner_FollowsNoRedirect: what is moved would be asked for, not posted.
func TestRunner_FollowsNoRedirect(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.URL.Path
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+trigger("t", "uri: '"+server.URL+"/here'", "", ""))
	s := play(t, m, nil)
	s.publish("main", said("1"))
	first := <-asked
	s.stop()
	if first != "POST /here" || len(asked) > 0 {
		t.Errorf("asked %s, and %d times more", first, len(asked))
	}
}
