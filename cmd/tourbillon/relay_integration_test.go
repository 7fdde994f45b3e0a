//go:build integration

package main

import (
	"crypto/rand"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tourbillon/realtime"
)

// TestRelay_Alone has a relay in a process of its own hear of a booking by each
// server that facts may come from.
func TestRelay_Alone(t *testing.T) {
	for _, by := range []string{"rabbitmq", "kafka", "both"} {
		t.Run("by "+by, func(t *testing.T) {
			name := "alone-" + strings.ToLower(rand.Text()[:10])
			set := slices.Concat(onRedis(name), modes[by].set(name))
			s := newSite(t, set, "")
			resp, err := http.Get(s.url + "/sse?topic=departure:lyon-old-town-0900")
			if err != nil {
				t.Fatal(err)
			}
			seen := new(stream)
			over := make(chan struct{})
			go func() {
				defer close(over)
				seen.hear(resp.Body)
			}()
			defer func() {
				_ = resp.Body.Close() // ends the stream
				<-over
			}()
			hears(t, seen, `"available":12`)
			began := time.Now()
			made, err := http.Post(s.url+"/bookings", "application/json", strings.NewReader(strings.Replace(wanted, "tokyo-yanaka-0800", "lyon-old-town-0900", 1)))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(made.Body)
			if err != nil || made.StatusCode != http.StatusAccepted {
				t.Fatalf("%s %s, %v", made.Status, raw, err)
			}
			made.Body.Close()
			hears(t, seen, `"sold":1,"available":11`)
			took := time.Since(began)
			code, body := asked(t, s.relay.at.String()+"/metrics")
			if code != http.StatusOK || !strings.Contains(body, "tourbillon_relay_values_in_total") || strings.Contains(body, "tourbillon_relay_values_in_total 0\n") {
				t.Errorf("it counts nothing that came in: %d", code)
			}
			if took > 4*time.Second && !strings.Contains(body, "tourbillon_relay_missed_total 0\n") {
				t.Errorf("it took %v: that is reading again, not hearing", took)
			}
			s.lose(t)
			letters := dialledAs(t, s.relay.at.String()+"/ws", http.Header{"Authorization": {"Bearer " + siteToken}})
			if err := letters.WriteJSON(realtime.Command{Type: realtime.TypeSubscribe, Topic: "dead-letters"}); err != nil {
				t.Fatal(err)
			}
			if modes[by].silent {
				says(t, letters, `"count":0`)
			} else {
				says(t, letters, `"count":1`)
			}
		})
	}
}

// hears waits until a stream has the text.
func hears(t *testing.T, s *stream, text string) {
	t.Helper()
	until(t, "the stream says "+text, func() bool {
		_, found, err := s.next(text)
		if err != nil {
			t.Fatal(err)
		}
		return found
	})
}
