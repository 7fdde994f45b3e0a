// Package clock turns a tick into the commands that have fallen due. It is a
// source: it claims due lines and publishes one command for each. A line stays
// until whoever set it moves or removes it, so what is lost here comes again.
package clock

import (
	"context"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Claim is how long a due line is the claimer's alone, and Most how many are
// claimed at once. A tick that is older than Stale has been followed by others,
// which find what it would.
const (
	Claim = time.Minute
	Most  = 200
	Stale = 30 * time.Second
)

// Function is the source of wakes.
func Function(r *store.Records, to arrow.Sink) arrow.Function { return function{r, to} }

type function struct {
	records *store.Records
	sink    arrow.Sink
}

// Names returns the tick.
func (function) Names() []events.Name { return []events.Name{events.ClockTick} }

// Handle publishes everything that is due before it says that all is well. A
// stale tick that fails is let go: as a dead letter it would be of no use to
// anybody.
func (f function) Handle(ctx context.Context, p arrow.Ports, e events.Event) (*events.Event, error) {
	err := f.say(ctx, p, e)
	if err == nil {
		return nil, nil
	}
	if age := p.Now().Sub(e.Time); !e.Time.IsZero() && age > Stale {
		p.Log.WarnContext(ctx, "a tick is let go", "event", e.ID, "age", age, "err", err)
		return nil, nil
	}
	return nil, arrow.Again(err)
}

func (f function) say(ctx context.Context, p arrow.Ports, tick events.Event) error {
	for {
		now := p.Now()
		lines, err := f.records.Due(ctx, now, Claim, Most)
		if err != nil {
			return err
		}
		if err := f.sink.Publish(ctx, commands(lines, tick, now)...); err != nil {
			return err
		}
		if len(lines) < Most {
			return nil
		}
	}
}

func commands(lines []store.Line, tick events.Event, now time.Time) []events.Event {
	var out []events.Event
	for _, l := range lines {
		if name, data, ours := saga.Due(l.Name); ours {
			c := events.Tell(name, data, now).Render(events.Speaker{Function: "clock"}, tick)
			c.ID = events.EffectID("due", l.Name, l.At.UTC().Format(time.RFC3339Nano))
			out = append(out, c)
		}
	}
	return out
}
