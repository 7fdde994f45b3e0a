package arrow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/store"
)

// Observation is what one delivery looked like from outside.
type Observation struct {
	Function string
	Name     events.Name   // empty: not of the vocabulary
	Said     events.Name   // the answer's; empty: none
	Lasted   time.Duration // where a saga's end was said: from the booking's request; else 0
	Verdict  string        // said, silent, busy, again or never
	Age      time.Duration // from the event's time to the end of its handling; 0 if it has none
	Took     time.Duration
}

// delivery is one event on its way through the layers.
type delivery struct {
	function string
	ce       event.Event
	in       events.Event
	out      *events.Event
	reply    *event.Event // out, as it goes back
	trace    string       // traceparent of this delivery
}

type step func(context.Context, *delivery) error

// layers are what surrounds a handler, outermost first.
func layers(p Ports) []func(step) step {
	return []func(step) step{
		p.recovers,  // first, so that nothing below can end the process
		p.traces,    // before all that tells of the delivery
		p.logs,      // every delivery leaves a line, and sees the verdict
		p.measures,  // what the log line took is not the handler's
		p.decodes,   // from here on the event is known to be well-formed
		p.deadlines, // last, so that the time is the work's alone
	}
}

// Serve binds functions to their ports, at one address. Each event is taken by
// the one function that names it; two that name the same are a mistake in the
// program and panic here.
func Serve(name string, p Ports, functions ...Function) Receiver {
	takes := make(map[events.Name]Function)
	for _, f := range functions {
		for _, n := range f.Names() {
			if takes[n] != nil {
				panic(fmt.Sprintf("%s: two functions take %s", name, n))
			}
			takes[n] = f
		}
	}
	do := func(ctx context.Context, d *delivery) (err error) {
		f, ok := takes[d.in.Name]
		if !ok {
			return fmt.Errorf("%s: %w: %s", name, ErrUnroutable, d.in.Name)
		}
		if d.out, err = f.Handle(ctx, p, d.in); err != nil || d.out == nil {
			return err
		}
		reply, err := events.Encode(*d.out)
		d.reply = &reply
		return err
	}
	around := layers(p)
	for i := len(around) - 1; i >= 0; i-- {
		do = around[i](do)
	}
	return func(ctx context.Context, ce event.Event) (*event.Event, error) {
		d := &delivery{function: name, ce: ce}
		if err := do(ctx, d); err != nil {
			return nil, err
		}
		return d.reply, nil
	}
}

func (p Ports) recovers(next step) step {
	return func(ctx context.Context, d *delivery) (err error) {
		defer func() {
			if r := recover(); r != nil {
				p.Log.Error("panic", "function", d.function, "event", d.ce.ID(), "stack", string(debug.Stack()))
				err = &PanicError{Value: r}
			}
		}()
		return next(ctx, d)
	}
}

func (p Ports) decodes(next step) step {
	return func(ctx context.Context, d *delivery) (err error) {
		if d.in, err = events.Decode(d.ce); err != nil {
			d.in.Name, _, _ = events.ParseType(d.ce.Type()) // for the log: it may be known
			return err
		}
		d.in.Trace = d.trace
		return next(ctx, d)
	}
}

func (p Ports) deadlines(next step) step {
	return func(ctx context.Context, d *delivery) error {
		ctx, cancel := context.WithTimeout(ctx, p.Deadline)
		defer cancel()
		return next(ctx, d)
	}
}

func (p Ports) logs(next step) step {
	return func(ctx context.Context, d *delivery) error {
		began := p.Now()
		err := next(ctx, d)
		level := slog.LevelInfo
		switch {
		case errors.Is(err, store.ErrLeased): // somebody else is at it, which is nobody's fault
		case err != nil:
			level = slog.LevelWarn
		case d.out == nil:
			level = slog.LevelDebug // the clock alone says nothing every few seconds
		}
		if !p.Log.Enabled(ctx, level) {
			return err
		}
		attrs := []slog.Attr{
			slog.String("function", d.function), slog.String("name", string(d.in.Name)),
			slog.String("event", d.ce.ID()), slog.String("booking", Short(d.in.Data.ID)),
			slog.String("verdict", verdict(err, d.out)), slog.Duration("took", p.Now().Sub(began)),
		}
		if err != nil {
			attrs = append(attrs, slog.String("err", err.Error()))
		}
		p.Log.LogAttrs(ctx, level, "delivery", attrs...)
		return err
	}
}

func (p Ports) measures(next step) step {
	if p.Observe == nil {
		return next
	}
	return func(ctx context.Context, d *delivery) error {
		began := p.Now()
		err := next(ctx, d)
		o := Observation{Function: d.function, Name: d.in.Name, Verdict: verdict(err, d.out), Took: p.Now().Sub(began)}
		if !d.in.Time.IsZero() {
			o.Age = p.Now().Sub(d.in.Time)
		}
		if err == nil && d.out != nil {
			o.Said = d.out.Name
			if asked := d.out.RequestedAt; !asked.IsZero() {
				o.Lasted = p.Now().Sub(asked)
			}
		}
		p.Observe(o)
		return err
	}
}

func verdict(err error, out *events.Event) string {
	if err == nil && out == nil {
		return "silent"
	} else if err == nil {
		return "said"
	}
	switch code, _ := Status(err); {
	case errors.Is(err, store.ErrLeased):
		return "busy"
	case code >= 503:
		return "again"
	}
	return "never"
}

// Short is what a log may show of a booking's id: its first eight characters,
// for the whole is what lets a customer in.
func Short(id string) string { return id[:min(8, len(id))] }
