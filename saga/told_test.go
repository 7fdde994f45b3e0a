package saga_test

import (
	"strconv"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// TestPlans_Decide_deferred holds that a message that is put off for days leaves one
// line.
func TestPlans_Decide_deferred(t *testing.T) {
	k := newKeeper(t, booking.Orchestration)
	k.hears(sold...)
	before := len(k.r.Heard)
	for n := range 200 {
		e := k.fact(events.SendDeferred)
		e.ID, e.Attempt, e.Time = e.ID+strconv.Itoa(n), n+1, k.now.Add(time.Duration(n)*time.Minute)
		k.decides(e)
	}
	if got := len(k.r.Heard) - before; got != 1 {
		t.Errorf("%d lines", got)
	}
}

// TestPlans_Decide_channels holds that a saga waits for the first channel that
// takes the ending's message, and for none when all have refused it.
func TestPlans_Decide_channels(t *testing.T) {
	message := func(k *keeper, n events.Name, channel string) events.Event {
		e := k.fact(n)
		e.ID, e.Channel, e.Among = e.ID+channel, channel, 2
		return e
	}
	for _, c := range []struct {
		says  string
		hears []events.Name // mail, then text
		ends  []bool
	}{
		{"one that sent is enough", []events.Name{events.Sent}, []bool{true}},
		{"so is one that was put off", []events.Name{events.SendDeferred}, []bool{true}},
		{"one that failed is not, while there is another", []events.Name{events.SendFailed, events.Sent}, []bool{false, true}},
		{"all that failed are", []events.Name{events.SendFailed, events.SendFailed}, []bool{false, true}},
	} {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			t.Run(c.says+" in "+string(flow), func(t *testing.T) {
				k := newKeeper(t, flow)
				k.hears(sold...)
				for i, n := range c.hears {
					e := message(k, n, booking.Channels()[i])
					if ended := k.decides(e).Name == events.SagaCompleted; ended != c.ends[i] {
						t.Errorf("after %s by %s: ended %v", n, e.Channel, ended)
					}
					if again := k.decides(e).Name == events.SagaCompleted; again != c.ends[i] {
						t.Errorf("told it twice: ended %v", again)
					}
				}
			})
		}
	}
}
