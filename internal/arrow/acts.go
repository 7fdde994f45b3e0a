package arrow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
)

// MaxCalls bounds the calls outside of one delivery; what is not done by then
// goes on with the next.
const MaxCalls = 12

var errManyCalls = errors.New("the outside needed too many calls")

// Acts is an arrow that touches the outside: it decides, commits what it is
// about to do, does it, and commits what it learned, until there is something
// to say. E is the record's entry, C a call, W the word that answers it.
//
//	begin   Next(entry, event, nil)    commit the intent, take the lease
//	act     Act(call)                  may take for ever, may have happened
//	finish  Next(entry, event, word)   commit the word, if not overtaken
//
// Whoever finishes too late, its lease taken over, leaves one mark in the
// record, that somebody look again, and says nothing.
type Acts[E, C, W any] struct {
	Name    string
	Kind    string
	Record  func(events.Event) string
	Hears   []events.Name
	Next    func(E, events.Event, *W, time.Time) (E, *C, events.Answer)
	Act     func(context.Context, events.Event, C) (W, error)
	Settles events.Name       // what is said when somebody is to look again
	Due     func(E) time.Time // when somebody is to look again all the same, or zero; nil: never
	Look    func(E) string    // name of the line that has somebody look again; nil: nobody needs to

	Back  func(E, error) E      // what becomes of an entry after a call that brought no word; nil: it stays
	Index func(E) []store.Index // which lists it is in, by the state; nil: none
}

// leased is an entry as it is stored: with its lease, and the mark.
type leased[E any] struct {
	Lease store.Lease `json:"lease,omitzero"`
	Look  bool        `json:"look,omitempty"`
	Entry E           `json:"entry"`
}

// Within reads what an arrow that acts outside keeps in a record's entry, for
// those who only look; where nothing is kept it is the zero value.
func Within[E any](entry []byte) (E, error) {
	var l leased[E]
	if len(entry) == 0 {
		return l.Entry, nil
	}
	err := parse.JSON(entry, &l)
	return l.Entry, err
}

// Names returns the events that the arrow takes.
func (a Acts[E, C, W]) Names() []events.Name { return a.Hears }

// Entry reads what an arrow that does not act outside keeps in a record's entry,
// for those who only look; where nothing is kept it is the zero value.
func Entry[E any](raw []byte) (e E, err error) {
	if len(raw) > 0 {
		err = parse.JSON(raw, &e)
	}
	return e, err
}

// turn is one commit of a walk: what comes next, and under which fence.
type turn[C any] struct {
	call      *C
	answer    events.Answer
	fence     uint64
	overtaken bool
}

// Handle walks begin, act, finish until there is nothing left to call.
func (a Acts[E, C, W]) Handle(ctx context.Context, p Ports, e events.Event) (*events.Event, error) {
	id := a.Record(e)
	if id == "" {
		return nil, fmt.Errorf("%s: %w: %s", a.Name, ErrUnroutable, e.Name)
	}
	key := store.Key{Record: a.Kind, ID: id}
	t, err := a.commit(ctx, p, key, e, nil, 0)
	for calls := 0; err == nil && t.call != nil; calls++ {
		var word W
		if err = errManyCalls; calls < MaxCalls {
			word, err = a.Act(ctx, e, *t.call)
		}
		if err != nil {
			return nil, unknown(errors.Join(err, a.release(ctx, p, key, t.fence, err)))
		}
		t, err = a.finish(ctx, p, key, e, &word, t.fence)
	}
	if err != nil || t.overtaken {
		return nil, err
	}
	return render(t.answer, events.Speaker{Function: a.Name, Record: a.Kind, ID: id}, e), nil
}

// unknown is a call that brought no word: asked again it may, unless it says
// that it never will.
func unknown(err error) error {
	var never *NeverError
	if errors.As(err, &never) {
		return err
	}
	return Again(err)
}

// finishTime bounds a finish stroke, which the delivery's deadline does not: a
// word that came late must not be lost for that.
const finishTime = 5 * time.Second

func (a Acts[E, C, W]) finish(ctx context.Context, p Ports, key store.Key, e events.Event, word *W, fence uint64) (turn[C], error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	return a.commit(ctx, p, key, e, word, fence)
}

// commit takes one decision and makes it stick: the begin stroke without a
// word, a finish stroke with one.
func (a Acts[E, C, W]) commit(ctx context.Context, p Ports, key store.Key, e events.Event, word *W, fence uint64) (turn[C], error) {
	var t turn[C]
	err := p.Records.Update(ctx, key, key.ID, func(row store.Row) (store.Change, error) {
		r, err := read[None, leased[E]](row)
		if err != nil {
			return store.Change{}, err
		}
		s := &r.entry
		now := p.Now()
		t = turn[C]{fence: fence}
		if word != nil && !s.Lease.Holds(fence) {
			t.overtaken, s.Look = true, true
			return a.change(row, r, now)
		}
		s.Entry, t.call, t.answer = a.Next(s.Entry, e, word, now)
		switch {
		case t.answer.Err != nil && t.call == nil:
			return store.Change{}, t.answer.Err
		case word == nil:
			s.Look = s.Look && t.call == nil && e.Name != a.Settles
			if t.call == nil {
				break
			}
			if s.Lease, err = s.Lease.Take(now, p.Lease); err != nil {
				return store.Change{}, err
			}
			t.fence = s.Lease.Fence
		case t.call != nil:
			s.Lease.Until = now.Add(p.Lease)
		default:
			s.Lease = s.Lease.Free()
		}
		return a.change(row, r, now)
	})
	if err != nil {
		return turn[C]{}, err // not t: the decision may be at it still
	}
	return t, nil
}

// release gives the lease back after a call that brought no word, so that the
// next asker need not wait for its end.
func (a Acts[E, C, W]) release(ctx context.Context, p Ports, key store.Key, fence uint64, cause error) error {
	return p.Records.Update(context.WithoutCancel(ctx), key, key.ID, func(row store.Row) (store.Change, error) {
		r, err := read[None, leased[E]](row)
		if err != nil || !r.entry.Lease.Holds(fence) {
			return store.Change{}, err
		}
		r.entry.Lease = r.entry.Lease.Free()
		if a.Back != nil {
			r.entry.Entry = a.Back(r.entry.Entry, cause)
		}
		return a.change(row, r, p.Now())
	})
}

func (a Acts[E, C, W]) change(row store.Row, s *state[None, leased[E]], now time.Time) (store.Change, error) {
	c, err := diff(row, s)
	if err != nil || c.Entry == nil || a.Look == nil && a.Index == nil {
		return c, err
	}
	was, err := read[None, leased[E]](row)
	if err != nil {
		return c, err
	}
	if a.Index != nil {
		c.Index = moved(a.Index(was.entry.Entry), a.Index(s.entry.Entry))
	}
	if a.Look == nil {
		return c, nil
	}
	line := store.Line{Name: a.Look(s.entry.Entry)}
	switch due := a.due(s.entry.Entry); {
	case s.entry.Look:
		line.At = now
	case !was.entry.Look && !due.IsZero() && due.Equal(a.due(was.entry.Entry)):
		return c, nil // it may be claimed: written again it would be due at once
	default:
		line.At = due
	}
	c.Lines = []store.Line{line}
	return c, nil
}

// due is when somebody is to look at an entry all the same.
func (a Acts[E, C, W]) due(entry E) (at time.Time) {
	if a.Due != nil {
		at = a.Due(entry)
	}
	return at
}
