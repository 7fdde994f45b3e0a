package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Stage is what is rehearsed: the functions, with what they really stand on,
// and the routes between them. Safe for concurrent use.
type Stage struct {
	functions.Wiring
	Routes []saga.Route
}

// Play is what came of a rehearsal.
type Play struct {
	Scenes  []Scene
	Answer  *Scene         // of [Stage.Try]: what the function answers, if anything
	Calls   []booking.Call // what the payment provider would be asked for, in order
	Trouble []Trouble
	At      time.Time      // when it began
	Records *store.Records // as they would be
}

// Scene is one event that would be said.
type Scene struct {
	Event events.Event
	By    string       // the function that says it
	On    events.Event // what it hears
	Again bool         // it was said before: then it has the id and time of then
}

// Moves is the money that would be taken and given back. It is of one booking,
// and so in one currency.
func (p Play) Moves() (taken, back booking.Money) {
	for _, c := range p.Calls {
		switch c.Verb {
		case booking.VerbConfirm:
			taken = booking.Money{Amount: taken.Amount + c.Amount.Amount, Currency: c.Amount.Currency}
		case booking.VerbRefund:
			back = booking.Money{Amount: back.Amount + c.Amount.Amount, Currency: c.Amount.Currency}
		}
	}
	return taken, back
}

// Trouble is an event that a function would not take, and why.
type Trouble struct {
	Event    events.Event
	Function string
	Err      error
}

// mostScenes bounds a rehearsal: a cancelled departure's would go on for hours.
const mostScenes = 200

// ErrLong is a rehearsal that was ended before its end.
var ErrLong = errors.New("there is more to it than is rehearsed")

// Try gives one event to one function, as a broker delivers it. The scenes are
// what it publishes, and what follows from them is not rehearsed. Its error is
// the function's.
func (s Stage) Try(ctx context.Context, function string, ce event.Event) (Play, error) {
	r := s.begin()
	receive, ok := r.receivers[function]
	if !ok {
		return r.play, fmt.Errorf("there is no function %s", function)
	}
	out, err := receive(ctx, ce)
	if err != nil {
		return r.end(), err
	}
	heard, err := events.Decode(ce)
	if err != nil {
		return r.end(), err
	}
	for _, e := range r.waiting {
		r.play.Scenes = append(r.play.Scenes, r.scene(e, function, heard))
	}
	if out != nil {
		answer, err := events.Decode(*out)
		if err != nil {
			return r.end(), err
		}
		r.play.Answer = new(r.scene(answer, function, heard))
	}
	return r.end(), nil
}

// moment is how far a rehearsal looks ahead: what falls due so soon is part of
// it. The keeper says a command a second after it said that it is stuck.
const moment = 2 * time.Second

// Run says an event and lets everything follow from it, until nothing more
// does for a moment. What a function does not take is trouble, and the others
// go on. Its error is the context's, [ErrLong], or a mistake of ours.
func (s Stage) Run(ctx context.Context, e events.Event) (Play, error) {
	r := s.begin()
	r.waiting = append(r.waiting, e)
	err := r.spreadAll(ctx)
	r.now = r.now.Add(moment)
	tick := events.Tell(events.ClockTick, events.Data{}, r.now).Of("rehearsal")
	r.waiting = append(r.waiting, tick.Render(events.Speaker{Function: "rehearsal"}, events.Event{}))
	err = errors.Join(err, r.spreadAll(ctx))
	return r.end(), err
}

func (r *rehearsed) spreadAll(ctx context.Context) error {
	for len(r.waiting) > 0 {
		e := r.waiting[0]
		r.waiting = r.waiting[1:]
		if err := r.spread(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// rehearsed is one rehearsal under way.
type rehearsed struct {
	play      Play
	now       time.Time
	routes    []saga.Route
	receivers map[string]arrow.Receiver
	payments  *provider
	waiting   []events.Event
	said      map[string]bool // by id: what is in a scene already
	heard     map[string]bool // by id: what everybody has heard
}

func (s Stage) begin() *rehearsed {
	at := s.Now()
	r := &rehearsed{
		play: Play{At: at, Records: s.Records.Aside()}, now: at, routes: s.Routes, said: make(map[string]bool), heard: make(map[string]bool),
		payments: &provider{real: s.Payments, intent: make(map[string]booking.Word)},
	}
	w := s.Wiring
	w.Records, w.Now = r.play.Records, func() time.Time { return r.now }
	w.Log, w.Observe = slog.New(slog.DiscardHandler), nil
	w.Payments, w.Messages = r.payments, mailer{}
	w.Sink = func(string) arrow.Sink { return r }
	r.receivers = functions.All(w)
	return r
}

// Publish implements [arrow.Sink]: what a source says follows.
func (r *rehearsed) Publish(_ context.Context, es ...events.Event) error {
	r.waiting = append(r.waiting, es...)
	return nil
}

func (r *rehearsed) end() Play {
	r.play.Calls = r.payments.calls
	return r.play
}

func (r *rehearsed) scene(said events.Event, by string, on events.Event) Scene {
	again := said.Time.Before(r.play.At) || r.said[said.ID]
	r.said[said.ID] = true
	return Scene{Event: said, By: by, On: on, Again: again}
}

// spread brings an event to everybody that a route brings it to.
func (r *rehearsed) spread(ctx context.Context, e events.Event) error {
	if r.heard[e.ID] {
		return nil // said twice it is taken twice, to no other end
	}
	r.heard[e.ID] = true
	ce, err := events.Encode(e)
	if err != nil {
		return err
	}
	for _, route := range r.routes {
		if !route.Filter.Matches(ce) {
			continue
		}
		if len(r.play.Scenes) >= mostScenes {
			return ErrLong
		}
		if err := r.deliver(ctx, route.To, e, ce); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsed) deliver(ctx context.Context, to string, e events.Event, ce event.Event) error {
	before := len(r.waiting)
	out, err := r.receivers[to](ctx, ce)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var answer events.Event
	if err == nil && out != nil {
		answer, err = events.Decode(*out) // as whoever hears it does
	}
	if err != nil {
		r.play.Trouble = append(r.play.Trouble, Trouble{Event: e, Function: to, Err: err})
		return nil
	}
	if out != nil {
		r.waiting = append(r.waiting, answer)
	}
	for _, said := range r.waiting[before:] {
		r.play.Scenes = append(r.play.Scenes, r.scene(said, to, e))
	}
	return nil
}
