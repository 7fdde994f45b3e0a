//go:build integration

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
)

// TestRelay_TwoAgree has two relays, each a process of its own, hear of bookings
// by the servers that facts may come from. One is replaced meanwhile: those who
// watched it come back to another. All are told the same in the end, which is
// what the records say, and nobody ever anything older than before.
func TestRelay_TwoAgree(t *testing.T) {
	for _, by := range []string{"rabbitmq", "kafka"} {
		t.Run("by "+by, func(t *testing.T) {
			name := "two-" + strings.ToLower(rand.Text()[:10])
			s := newSite(t, slices.Concat(onRedis(name), modes[by].set(name)), "")
			second, err := s.begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := second.stop(); err != nil {
					t.Errorf("the second relay did not stop in peace: %v", err)
				}
			})
			var moved, stayed []*follower
			for range 20 {
				moved = append(moved, follow(t, s.url)) // where the first relay is, and then another
				stayed = append(stayed, follow(t, second.at.String()))
			}
			all := slices.Concat(moved, stayed)
			agree(t, s, all, 0)
			s.sell(t, 9)
			replaced := make(chan error, 1)
			go func() { replaced <- s.change("replace") }()
			s.sell(t, 30)
			if err := <-replaced; err != nil {
				t.Fatal(err)
			}
			agree(t, s, all, 26)
			s.sell(t, 3)
			agree(t, s, all, 28)
			for i, f := range moved {
				if came, wrong := f.end(); came < 2 || wrong != nil {
					t.Errorf("%d of those who were to move came %d times: %v", i, came, wrong)
				}
			}
			for i, f := range stayed {
				if came, wrong := f.end(); came != 1 || wrong != nil {
					t.Errorf("%d of those who were to stay came %d times: %v", i, came, wrong)
				}
			}
		})
	}
}

// stand is how a departure stands, as the API and the relay say it.
type stand struct {
	ID                    string
	Held, Sold, Available int
}

// sell books n seats, one after the other, on all departures, and every third
// with a card that is declined.
func (s *site) sell(t *testing.T, n int) {
	t.Helper()
	on := []string{"lyon-old-town-0900", "lisbon-alfama-1000", "tokyo-yanaka-0800", "lyon-old-town-1400"}
	for i := range n {
		token := "tok_visa"
		if i%3 == 2 {
			token = "tok_declined"
		}
		body := strings.NewReplacer("tokyo-yanaka-0800", on[i%len(on)], "tok_visa", token).Replace(wanted)
		resp, err := http.Post(s.url+"/bookings", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != http.StatusAccepted {
			t.Fatalf("it was not taken in: %s", resp.Status)
		}
	}
}

// agree waits for a calm: so many seats are sold, none is held any more, and all
// who follow have what the records say.
func agree(t *testing.T, s *site, all []*follower, sold int) {
	t.Helper()
	until(t, "all who follow agree with the records", func() bool {
		code, body := asked(t, s.url+"/departures")
		var list struct{ Departures []stand }
		if code != http.StatusOK || json.Unmarshal([]byte(body), &list) != nil || len(list.Departures) != 5 {
			t.Fatalf("the departures are not told: %d %s", code, body)
		}
		left := sold
		for _, d := range list.Departures {
			left -= d.Sold
		}
		calm := left == 0 && !slices.ContainsFunc(list.Departures, func(d stand) bool { return d.Held > 0 })
		return calm && !slices.ContainsFunc(all, func(f *follower) bool { return !f.knows(list.Departures) })
	})
}

// follower watches all departures at an address, and comes back when it is cut.
type follower struct {
	stop context.CancelFunc
	over chan struct{}

	mu       sync.Mutex
	versions map[string]uint64 // by topic
	stands   map[string]stand  // by departure
	came     int
	wrong    error // what it was told that was older than what it had
}

func follow(t *testing.T, url string) *follower {
	ctx, stop := context.WithCancel(context.Background())
	f := &follower{stop: stop, over: make(chan struct{}), versions: map[string]uint64{}, stands: map[string]stand{}}
	go func() {
		defer close(f.over)
		for ctx.Err() == nil {
			f.come(ctx, strings.Replace(url, "http", "ws", 1)+"/ws")
		}
	}()
	t.Cleanup(func() { f.end() })
	return f
}

// come watches once, until that ends.
func (f *follower) come(ctx context.Context, url string) {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		time.Sleep(20 * time.Millisecond) // before the next try
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if conn.WriteJSON(realtime.Command{Type: realtime.TypeSubscribe, Topic: "tours"}) != nil {
		return
	}
	f.mu.Lock()
	f.came++
	f.mu.Unlock()
	for {
		var m struct {
			Type, Topic, Epoch string
			Version            uint64
			Data               stand
		}
		if conn.ReadJSON(&m) != nil {
			return
		}
		if m.Type == realtime.TypeValue {
			f.take(m.Topic+" "+m.Epoch, m.Version, m.Data)
		}
	}
}

func (f *follower) take(topic string, version uint64, is stand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if had := f.versions[topic]; version < had || version == had && f.stands[is.ID] != is {
		f.wrong = fmt.Errorf("%s is %+v at %d, and was %+v at %d", topic, is, version, f.stands[is.ID], had)
	}
	f.versions[topic], f.stands[is.ID] = version, is
}

// knows reports whether it has how these stand.
func (f *follower) knows(all []stand) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !slices.ContainsFunc(all, func(d stand) bool { return f.stands[d.ID] != d })
}

// end stops it. It returns how often it came, and what was wrong.
func (f *follower) end() (came int, wrong error) {
	f.stop()
	<-f.over
	return f.came, f.wrong
}
