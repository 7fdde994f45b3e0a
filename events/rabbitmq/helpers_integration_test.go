//go:build integration

package rabbitmq

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// opened opens a transport onto names of its own, and the URL past any proxy.
func opened(t testing.TB, s Settings) (*Transport, string) {
	t.Helper()
	return openedWith(t, s, deliveries)
}

func openedWith(t testing.TB, s Settings, deliveries int) (*Transport, string) {
	t.Helper()
	direct := server(t)
	if s.URL == "" {
		s.URL = direct
	}
	if s.Exchange == "" {
		s.Exchange = "test." + strings.ToLower(rand.Text()[:12])
		s.Queues = s.Exchange
	}
	if s.Log == nil {
		s.Log = quietly(t)
	}
	tr, err := open(t.Context(), s, deliveries)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
		sweep(t, direct, tr)
	})
	return tr, direct
}

// publishing publishes until it is done, as publishers do.
func publishing(ctx context.Context, tr *Transport, ces ...event.Event) error {
	for {
		once, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := tr.Publish(once, ces...)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// either is a fact or a command.
func either(id string, isFact bool) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("/tourbillon/test")
	about := map[string]string{"kind": "command", "to": "charge", "name": "payment.charge", "partitionkey": id}
	if isFact {
		about = map[string]string{"kind": "fact", "saga": "step", "name": "payment.succeeded", "flow": "choreography", "partitionkey": id}
	}
	for k, v := range about {
		ce.SetExtension(k, v)
	}
	ce.SetType("tourbillon." + about["name"] + ".v1")
	if err := ce.SetData("application/json", []byte(`{"seats": 2, "padding": "`+strings.Repeat("x", 400)+`"}`)); err != nil {
		panic(err)
	}
	return ce
}

// seen is what was done, by id.
type seen struct {
	mu   sync.Mutex
	ids  map[string]int
	more chan struct{}
}

func newSeen() *seen { return &seen{ids: map[string]int{}, more: make(chan struct{}, 1)} }

// handle puts one in seven off once, and panics once on one in fifty.
func (s *seen) handle(_ context.Context, d events.Delivery) events.Verdict {
	id := d.Event.ID()
	n := 0
	for _, c := range id {
		n = n*31 + int(c)
	}
	switch {
	case d.Tries > 0:
	case n%50 == 0:
		panic("a planted panic")
	case n%7 == 0:
		return events.Verdict{Again: 20 * time.Millisecond}
	}
	s.add(id)
	return events.Verdict{}
}

// add notes a delivery, and returns how many there were of that id.
func (s *seen) add(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id]++
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.ids[id]
}

func (s *seen) count(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}

// wait waits for n different ids, and returns how many are missing in the end.
func (s *seen) wait(n int, most time.Duration) int {
	end := time.After(most)
	for {
		s.mu.Lock()
		missing := n - len(s.ids)
		s.mu.Unlock()
		if missing <= 0 {
			return 0
		}
		select {
		case <-s.more:
		case <-end:
			return missing
		}
	}
}

// log is what was logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// about returns the lines that tell of something.
func (l *log) about(something string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines strings.Builder
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, something) {
			lines.WriteString(line)
		}
	}
	return lines.String()
}
