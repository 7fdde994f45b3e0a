package facts_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/realtime"
	"tourbillon/realtime/facts"
	"tourbillon/realtime/realtimetest"
)

// screen is an outlet that keeps what it is told.
type screen struct {
	client *realtime.Client
	mu     sync.Mutex
	told   []string
}

// Wake implements [realtime.Outlet].
func (s *screen) Wake() {
	go func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for more := true; more; {
			var some []*realtime.Message
			some, more = s.client.Take(make([]*realtime.Message, 0, 8))
			for _, m := range some {
				s.told = append(s.told, string(m.JSON))
			}
		}
	}()
}

// Close implements [realtime.Outlet].
func (*screen) Close(realtime.Closing) {}

func (s *screen) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.told) == 0 {
		return ""
	}
	return s.told[len(s.told)-1]
}

// TestHub_OverFacts has seats held and sold, and a booking confirmed, before the
// eyes of those who watch.
func TestHub_OverFacts(t *testing.T) {
	d := open(t)
	history := memory.NewHistory(realtimetest.Quiet())
	defer func() { _ = history.Close() }()
	say := func(want events.Name, e events.Event) {
		t.Helper()
		ce, err := events.Encode(d.Says(want, e))
		if err == nil {
			err = history.Publish(t.Context(), ce)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.tour()
	say(events.DepartureOpened, d.manage(events.DepartureOpen, "d-1", &terms))
	say(events.SpotsReserved, d.on(events.SpotsReserve, "booking-1", "d-1", 2))
	say(events.BookingCreated, d.on(events.BookingCreate, "booking-1", "d-1", 2))

	tail := &facts.Tail{History: history, Every: time.Millisecond, Log: realtimetest.Quiet()}
	hub := realtime.New(tail, d.snapshots, nil, realtime.Options{Every: time.Millisecond, Log: realtimetest.Quiet()})
	defer realtimetest.Run(t, hub)()
	realtimetest.Hears(hub)
	watch := func(topic string) *screen {
		s := new(screen)
		c, err := hub.Join(s, realtime.Info{})
		if err != nil {
			t.Fatal(err)
		}
		s.client = c
		c.Subscribe(realtime.Command{Topic: topic})
		return s
	}
	seats, tour, mine := watch("departure:d-1"), watch("tour:old-town"), watch("booking:booking-1")
	wants := func(s *screen, version int, data string) {
		t.Helper()
		var got string
		for range 1000 {
			got = s.last()
			if strings.Contains(got, fmt.Sprintf(`"version":%d,`, version)) && strings.HasSuffix(got, `"data":`+data+`}`) {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Errorf("told %s, want version %d with %s", got, version, data)
	}
	wants(seats, 2, `{"id":"d-1","capacity":6,"held":2,"sold":0,"available":4}`)
	wants(tour, 2, `{"id":"d-1","capacity":6,"held":2,"sold":0,"available":4}`)
	wants(mine, 1, `{"id":"booking-1","status":"ON_HOLD","departureId":"d-1","seats":2}`)
	say(events.BookingConfirmed, d.on(events.BookingConfirm, "booking-1", "d-1", 2))
	say(events.SpotsSold, d.on(events.SpotsSell, "booking-1", "d-1", 2))
	wants(seats, 3, `{"id":"d-1","capacity":6,"held":0,"sold":2,"available":4}`)
	wants(tour, 3, `{"id":"d-1","capacity":6,"held":0,"sold":2,"available":4}`)
	wants(mine, 2, `{"id":"booking-1","status":"CONFIRMED","departureId":"d-1","seats":2}`)
	if hub.Stats().LagCount == 0 {
		t.Error("nobody counted how late it was")
	}
}
