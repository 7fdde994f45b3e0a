package arrow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"tourbillon/events"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
)

// Ports is what every function is given by whoever wires it.
type Ports struct {
	Records  *store.Records
	Now      func() time.Time
	Log      *slog.Logger
	Deadline time.Duration     // for one delivery; shorter than its Trigger's
	Lease    time.Duration     // for one call outside; longer than Deadline
	Observe  func(Observation) // nil: nobody measures
}

// Function is a set of events that one address takes, and what it does on
// each. Handle answers with at most one event; it is safe for concurrent use.
type Function interface {
	Names() []events.Name
	Handle(ctx context.Context, p Ports, e events.Event) (*events.Event, error)
}

// None is the head of a record that is all entry.
type None struct{}

// Decision is the middle of an arrow: a pure function from the record's head
// and entry, the event and the time to the next head and entry, and what
// there is to say.
type Decision[H, E any] func(H, E, events.Event, time.Time) (H, E, events.Answer)

// Table says which decision is taken on which event.
type Table[H, E any] map[events.Name]Decision[H, E]

// On is an arrow over one kind of record, with head H and entries E.
type On[H, E any] struct {
	Name   string                    // the function's
	Kind   string                    // the record's
	Record func(events.Event) string // the record's id
	Entry  func(events.Event) string // the entry's name; nil: the booking's id
	Does   Table[H, E]
	Lines  func(H, E) []store.Line  // what falls due, by the state; nil: nothing
	Index  func(H, E) []store.Index // which lists it is in, by the state; nil: none
}

// Names returns the events that the arrow takes.
func (o On[H, E]) Names() []events.Name {
	names := make([]events.Name, 0, len(o.Does))
	for n := range o.Does {
		names = append(names, n)
	}
	return names
}

// Handle loads, decides, commits and renders.
func (o On[H, E]) Handle(ctx context.Context, p Ports, e events.Event) (*events.Event, error) {
	decide, ok := o.Does[e.Name]
	id := o.Record(e)
	if !ok || id == "" {
		return nil, fmt.Errorf("%s: %w: %s", o.Name, ErrUnroutable, e.Name)
	}
	entry := e.Data.ID
	if o.Entry != nil {
		entry = o.Entry(e)
	}
	var answer events.Answer
	err := p.Records.Update(ctx, store.Key{Record: o.Kind, ID: id}, entry, func(row store.Row) (store.Change, error) {
		s, err := read[H, E](row)
		if err != nil {
			return store.Change{}, err
		}
		var was []store.Index
		if o.Index != nil {
			was = o.Index(s.head, s.entry)
		}
		s.head, s.entry, answer = decide(s.head, s.entry, e, p.Now())
		if answer.Err != nil {
			return store.Change{}, answer.Err
		}
		return o.change(row, s, was)
	})
	if err != nil {
		return nil, err
	}
	return render(answer, events.Speaker{Function: o.Name, Record: o.Kind, ID: id}, e), nil
}

func render(a events.Answer, s events.Speaker, cause events.Event) *events.Event {
	if a.Silent() {
		return nil
	}
	out := a.Render(s, cause)
	return &out
}

// change writes the next state; was is the lists before.
func (o On[H, E]) change(row store.Row, s *state[H, E], was []store.Index) (store.Change, error) {
	c, err := diff(row, s)
	if err != nil || c.Head == nil && c.Entry == nil {
		return store.Change{}, err
	}
	if o.Lines != nil {
		c.Lines = o.Lines(s.head, s.entry)
	}
	if o.Index != nil {
		c.Index = moved(was, o.Index(s.head, s.entry))
	}
	return c, nil
}

// moved is what of the lists is not as it was: most decisions move nothing.
func moved(was, is []store.Index) (changes []store.Index) {
	for i, x := range is {
		out := i < len(was) && !x.In && !was[i].In // what is in no list has no place there
		if !out && (i >= len(was) || x != was[i]) {
			changes = append(changes, x)
		}
	}
	return changes
}

// state is a record as a decision sees it: the head, and one entry. It is one
// piece of memory, that reading and writing it has no need to copy.
type state[H, E any] struct {
	head  H
	entry E
}

func read[H, E any](row store.Row) (s *state[H, E], err error) {
	s = new(state[H, E])
	if len(row.Head) > 0 {
		err = parse.JSON(row.Head, &s.head)
	}
	if err == nil && len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &s.entry)
	}
	if err != nil {
		err = fmt.Errorf("read record: %w", err)
	}
	return s, err
}

// diff writes head and entry, and leaves out what did not change, or is still
// nothing: a second asking writes nothing.
func diff[H, E any](row store.Row, s *state[H, E]) (c store.Change, err error) {
	if _, none := any(&s.head).(*None); !none {
		if c.Head, err = json.Marshal(&s.head); err != nil {
			return c, err
		}
	}
	if c.Entry, err = json.Marshal(&s.entry); err != nil {
		return c, err
	}
	if bytes.Equal(c.Head, row.Head) || row.Head == nil && reflect.ValueOf(&s.head).Elem().IsZero() {
		c.Head = nil
	}
	if bytes.Equal(c.Entry, row.Entry) || row.Entry == nil && reflect.ValueOf(&s.entry).Elem().IsZero() {
		c.Entry = nil
	}
	return c, nil
}
