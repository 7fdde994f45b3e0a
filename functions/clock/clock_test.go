package clock_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/clock"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// broker keeps what is published, unless it is down.
type broker struct {
	down error
	got  []events.Event
}

// Publish keeps the events.
func (b *broker) Publish(_ context.Context, es ...events.Event) error {
	if b.down == nil {
		b.got = append(b.got, es...)
	}
	return b.down
}

func (b *broker) wire(d *functionstest.Desk) []arrow.Function {
	return []arrow.Function{clock.Function(d.Records, b)}
}

// desk is where clock hears that time passes.
type desk struct{ *functionstest.Desk }

func open(t *testing.T, wire func(*functionstest.Desk) []arrow.Function) desk {
	return desk{functionstest.Open(t, "clock", wire)}
}

// line sets a line of a record of its own; the zero time removes it.
func (d desk) line(name string, at time.Time) {
	d.T.Helper()
	err := d.Records.Update(d.T.Context(), store.Key{Record: "test", ID: name}, "", func(store.Row) (store.Change, error) {
		return store.Change{Head: []byte{1}, Lines: []store.Line{{Name: name, At: at}}}, nil
	})
	if err != nil {
		d.T.Fatal(err)
	}
}

func (d desk) tick() {
	d.T.Helper()
	if out, err := d.Hear(d.Event(events.ClockTick, events.Data{})); out != nil || err != nil {
		d.T.Fatalf("%+v, %v, want silence", out, err)
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		line string
		name events.Name
		to   string
		on   string
	}{
		{saga.WakeLine("booking-2"), events.SagaWake, "saga", ""},
		{saga.HoldLine("booking-2", "lyon-0900"), events.SagaWake, "saga", "lyon-0900"},
		{saga.LookLine("booking-2"), events.PaymentSettle, "charge", ""},
		{saga.LateLine("booking-2"), events.PaymentSettle, "charge", ""},
	} {
		t.Run("the line "+c.line+" has "+string(c.name)+" said", func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			d.line(c.line, functionstest.Noon.Add(time.Minute))
			d.tick()
			if len(b.got) != 0 {
				t.Fatalf("said early: %+v", b.got)
			}
			d.Now = functionstest.Noon.Add(time.Minute)
			d.tick()
			if len(b.got) != 1 {
				t.Fatalf("said %+v", b.got)
			}
			e := b.got[0]
			if e.Name != c.name || e.To != c.to || e.Data.ID != "booking-2" || e.DepartureID != c.on || !e.Time.Equal(d.Now) || e.Source != "/tourbillon/clock" {
				t.Errorf("said %+v", e)
			}
			ce, err := events.Encode(e)
			if err == nil {
				_, err = events.Decode(ce)
			}
			if err != nil {
				t.Errorf("said what nobody can hear: %v", err)
			}
		})
	}
}

func TestClock_Claims(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.line(saga.WakeLine("booking-2"), functionstest.Noon)
	d.tick()
	t.Run("what was said is not said again while its claim runs", func(t *testing.T) {
		d.Now = functionstest.Noon.Add(clock.Claim - time.Second)
		d.tick()
		if len(b.got) != 1 {
			t.Errorf("said %d times", len(b.got))
		}
	})
	t.Run("it is said again after that, as another event", func(t *testing.T) {
		d.Now = functionstest.Noon.Add(clock.Claim)
		d.tick()
		if len(b.got) != 2 || b.got[0].ID == b.got[1].ID {
			t.Errorf("said %+v", b.got)
		}
	})
	t.Run("it is never said again once it was removed", func(t *testing.T) {
		d.line(saga.WakeLine("booking-2"), time.Time{})
		d.Now = functionstest.Noon.Add(time.Hour)
		d.tick()
		if len(b.got) != 2 {
			t.Errorf("said %d times", len(b.got))
		}
	})
}

func TestClock_BrokerIsDown(t *testing.T) {
	b := &broker{down: errors.New("broker is down")}
	d := open(t, b.wire)
	d.line(saga.WakeLine("booking-2"), functionstest.Noon)
	t.Run("all is not well before it is published", func(t *testing.T) {
		var again *arrow.AgainError
		out, err := d.Hear(d.Event(events.ClockTick, events.Data{}))
		if out != nil || !errors.As(err, &again) || !errors.Is(err, b.down) {
			t.Errorf("%+v, %v, want again", out, err)
		}
	})
	t.Run("the line comes again after its claim", func(t *testing.T) {
		b.down = nil
		d.Now = functionstest.Noon.Add(clock.Claim)
		d.tick()
		if len(b.got) != 1 {
			t.Errorf("said %+v", b.got)
		}
	})
}

func TestClock_ManyLines(t *testing.T) {
	for _, many := range []int{clock.Most - 1, clock.Most, 3*clock.Most + 7} {
		t.Run(fmt.Sprintf("%d lines are said by one tick, each once", many), func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			for i := range many {
				d.line(saga.WakeLine(fmt.Sprintf("booking-%d", i)), functionstest.Noon)
			}
			d.line("stranger:booking-1", functionstest.Noon) // is not ours to say
			d.tick()
			said := map[string]bool{}
			for _, e := range b.got {
				said[e.Data.ID] = true
			}
			if len(b.got) != many || len(said) != many {
				t.Errorf("said %d, of %d bookings, want %d", len(b.got), len(said), many)
			}
		})
	}
}

// blind is a store that cannot say what is due.
type blind struct{ store.Store }

// Due fails.
func (blind) Due(context.Context, time.Time, time.Duration, int) ([]store.Line, error) {
	return nil, store.ErrUnavailable
}

func TestClock_StoreIsDown(t *testing.T) {
	d := open(t, func(d *functionstest.Desk) []arrow.Function {
		return []arrow.Function{clock.Function(store.New(blind{d}), new(broker))}
	})
	tick := d.Event(events.ClockTick, events.Data{})
	again := func() {
		t.Helper()
		var again *arrow.AgainError
		if out, err := d.Hear(tick); out != nil || !errors.As(err, &again) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%+v, %v, want again", out, err)
		}
	}
	again()
	d.Now = functionstest.Noon.Add(clock.Stale)
	again()
	t.Run("a tick that others have followed is let go", func(t *testing.T) {
		d.Now = d.Now.Add(time.Second)
		d.Silent(tick)
	})
	t.Run("one whose time is not known is not", func(t *testing.T) {
		tick.Time = time.Time{}
		again()
	})
}

func TestClock_StaleTick(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	tick := d.Event(events.ClockTick, events.Data{})
	d.line(saga.WakeLine("booking-2"), functionstest.Noon)
	d.Now = functionstest.Noon.Add(time.Hour)
	if d.Silent(tick); len(b.got) != 1 {
		t.Errorf("a late tick is worth as much as any, and has %d lines said, want 1", len(b.got))
	}
}
