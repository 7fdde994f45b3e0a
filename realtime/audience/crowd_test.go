package audience_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/audience"
	"tourbillon/realtime/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func departure(n int) realtime.Topic {
	return realtime.Topic{Kind: realtime.Departure, ID: audience.Departure(n)}
}

// stock is the data of a departure at a version, with so many seats held too many.
func stock(n int, wrong int) func(version uint64) string {
	return func(version uint64) string {
		s := audience.Stock(version)
		return fmt.Sprintf(`{"id":%q,"capacity":%d,"held":%d,"sold":%d,"available":%d}`, audience.Departure(n), s.Capacity, s.Held+wrong, s.Sold, s.Available)
	}
}

// open starts a relay of two departures, and has four come.
func open(t *testing.T, way audience.Way) (*realtimetest.Truth, *audience.Crowd) {
	t.Helper()
	truth := realtimetest.NewTruth(1)
	for n := range 2 {
		truth.Put(departure(n), stock(n, 0)(0))
	}
	r := realtimetest.Start(t, truth, realtimetest.Options{Hub: realtime.Options{Every: time.Nanosecond}})
	t.Cleanup(r.Stop)
	c, err := audience.Gather(t.Context(), audience.Options{Addr: r.Addr, Way: way, Number: 4, First: 1, Departures: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Leave)
	return truth, c
}

// TestCrowd_WatchesAll has each watch a group.
func TestCrowd_WatchesAll(t *testing.T) {
	for _, way := range audience.Ways() {
		t.Run("by "+string(way), func(t *testing.T) {
			truth := realtimetest.NewTruth(1)
			for n := range 200 { // whose names are more than a small buffer has
				truth.Put(departure(n), stock(n, 0)(0), realtime.Topic{Kind: realtime.Tours})
			}
			r := realtimetest.Start(t, truth, realtimetest.Options{Hub: realtime.Options{Every: time.Nanosecond}})
			defer r.Stop()
			c, err := audience.Gather(t.Context(), audience.Options{Addr: r.Addr, Way: way, Number: 3, Departures: 200, All: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Leave()
			versions := make([]uint64, 200)
			for _, n := range []int{0, 150, 0} {
				truth.Set(departure(n), stock(n, 0))
				versions[n]++
				if err := c.Settle(t.Context(), versions); err != nil {
					t.Fatal(err)
				}
			}
			if tally := c.Take(); tally.Deliveries != 9 || tally.Held.N != 3 || tally.Err() != nil {
				t.Errorf("three changes, told to three: %+v", tally)
			}
		})
	}
}

// settle waits for a version of the first departure.
func settle(t *testing.T, c *audience.Crowd, version uint64) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return c.Settle(ctx, []uint64{version, 0})
}

func TestCrowd_CountsWhatIsTrue(t *testing.T) {
	for _, way := range audience.Ways() {
		t.Run("by "+string(way), func(t *testing.T) {
			truth, c := open(t, way)
			for version := range uint64(3) {
				truth.Set(departure(0), stock(0, 0))
				if err := settle(t, c, version+1); err != nil {
					t.Fatal(err)
				}
			}
			tally := c.Take()
			if tally.Deliveries != 6 || tally.Late.N != 6 || tally.Held.N != 4 || tally.Err() != nil {
				t.Errorf("two watch the one that changed three times: %+v", tally)
			}
			if again := c.Take(); again.Deliveries != 0 || again.Late.N != 0 {
				t.Errorf("counted again: %+v", again)
			}
		})
	}
}

func TestCrowd_BelievesNothing(t *testing.T) {
	for _, way := range audience.Ways() {
		for says, lie := range map[string]struct {
			tell func(*realtimetest.Truth)
			want string
		}{
			"numbers that are not its version's": {func(truth *realtimetest.Truth) { truth.Set(departure(0), stock(0, 1)) }, "at version 2"},
			"another departure's numbers":        {func(truth *realtimetest.Truth) { truth.Set(departure(0), stock(1, 0)) }, "departure:bench-0"},
		} {
			t.Run(says+", by "+string(way), func(t *testing.T) {
				truth, c := open(t, way)
				truth.Set(departure(0), stock(0, 0))
				if err := settle(t, c, 1); err != nil {
					t.Fatal(err)
				}
				lie.tell(truth)
				if err := settle(t, c, 2); err == nil || !strings.Contains(err.Error(), lie.want) {
					t.Errorf("got %v, want something of %q", err, lie.want)
				}
				if tally := c.Take(); tally.Wrong == 0 || tally.Deliveries != 2 {
					t.Errorf("got %+v", tally)
				}
			})
		}
	}
}

// TestCrowd_HearsWhoGoesBack is told by somebody who is no relay.
func TestCrowd_HearsWhoGoesBack(t *testing.T) {
	for says, c := range map[string]struct {
		versions []uint64
		want     string
	}{
		"to an earlier one": {[]uint64{2, 1}, "version 1 of departure:bench-0 comes after 2"},
		"to the same":       {[]uint64{2, 2}, "version 2 of departure:bench-0 comes after 2"},
	} {
		t.Run(says, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				for _, v := range c.versions {
					text := fmt.Sprintf(`{"type":"value","topic":"departure:bench-0","version":%d,"time":%q,"data":%s}`, v, time.Now().Format(time.RFC3339Nano), stock(0, 0)(v))
					if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
						t.Error(err)
					}
				}
				for err == nil { // until it hangs up
					_, _, err = ws.ReadMessage()
				}
				_ = ws.Close()
			}))
			defer srv.Close()
			crowd, err := audience.Gather(t.Context(), audience.Options{Addr: srv.Listener.Addr().String(), Way: audience.WebSocket, Number: 1, Departures: 1})
			if err == nil { // it may have come before the second was told
				defer crowd.Leave()
				err = crowd.Settle(t.Context(), []uint64{3})
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCrowd_MissesWhoEnds(t *testing.T) {
	truth := realtimetest.NewTruth(1)
	truth.Put(departure(0), stock(0, 0)(0))
	r := realtimetest.Start(t, truth, realtimetest.Options{})
	c, err := audience.Gather(t.Context(), audience.Options{Addr: r.Addr, Way: audience.WebSocket, Number: 3, Departures: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.Stop()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) { // a watcher counts that it ended once it has hung up
		if err = settle(t, c, 0); err != nil && strings.Contains(err.Error(), "3 connections ended") {
			break
		} else if time.Now().After(end) {
			t.Fatalf("got %v", err)
		}
	}
	c.Leave()
	if _, err := audience.Gather(t.Context(), audience.Options{Addr: r.Addr, Way: audience.WebSocket, Number: 3, Departures: 1}); err == nil {
		t.Error("nobody is there, and they came")
	}
}

func TestSpread(t *testing.T) {
	var low, high audience.Spread
	for n := range 1000 {
		d := time.Duration(n+1) * time.Millisecond
		if n < 400 {
			low.Add(d)
		} else {
			high.Add(d)
		}
	}
	raw, err := json.Marshal(high) // as it comes from another process
	if err != nil {
		t.Fatal(err)
	}
	var other audience.Spread
	if err := json.Unmarshal(raw, &other); err != nil {
		t.Fatal(err)
	}
	var s audience.Spread
	if s.At(50) != 0 {
		t.Error("none has a middle")
	}
	s.Add(-time.Second)
	if s.At(99) != 0 {
		t.Errorf("got %v of what is below zero", s.At(99))
	}
	s = audience.Spread{}
	s.Join(low)
	s.Join(other)
	for percent, want := range map[float64]time.Duration{1: 10 * time.Millisecond, 50: 500 * time.Millisecond, 99: 990 * time.Millisecond, 100: time.Second} {
		if got := s.At(percent); got < want || got > want+want/60 {
			t.Errorf("at %v %%: %v, want %v or a little more", percent, got, want)
		}
	}
	if s.N != 1000 || s.Most != time.Second {
		t.Errorf("%d, at most %v", s.N, s.Most)
	}
}
