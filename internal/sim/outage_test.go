package sim

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// TestOutage has many watch a departure while the provider of messages fails, and
// demands what any run does: of seats they are told once at most, and of their
// bookings once at least.
func TestOutage(t *testing.T) {
	told := 0
	for seed := range uint64(60) {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			o := Options{
				Seed: seed, Flow: flow, Replicas: 3, Unkeyed: true,
				Faults:     Faults{Until: 2 * time.Minute, Shuffle: true, Duplicate: 0.2, Send: 0.6},
				Departures: []Departure{{ID: "lyon", Capacity: 3}},
				Requests:   []Request{{ID: "req-00001", Departure: "lyon", Seats: 2, Token: "tok_visa", Cancel: 90 * time.Second}},
			}
			for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				o.Watchers = append(o.Watchers, Watcher{"watcher-" + id, "lyon", Person{}})
			}
			w, err := New(o)
			if err == nil {
				err = w.Run()
			}
			if err != nil {
				t.Fatal(err)
			}
			told += len(w.post.letters)
		}
	}
	if told < 120*4 {
		t.Errorf("only %d messages were sent", told)
	}
}
