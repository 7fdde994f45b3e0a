package events

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Filter says which events a trigger wants: every attribute named must have
// exactly the value given, as in a Trigger's filter.attributes. The empty
// Filter wants everything.
type Filter map[string]string

// Matches reports whether the event has every attribute that f names, as
// [Attribute] tells them.
func (f Filter) Matches(ce event.Event) bool {
	for k, want := range f {
		if got, ok := Attribute(ce, k); !ok || got != want {
			return false
		}
	}
	return true
}

// Clone returns a copy that shares nothing with f.
func (f Filter) Clone() Filter { return maps.Clone(f) }

// Attribute returns what a filter, or a broker's routing, may go by: id,
// source, type, subject and the extensions that are strings.
func Attribute(ce event.Event, key string) (string, bool) {
	switch key {
	case "id":
		return ce.ID(), true
	case "source":
		return Source(ce), true
	case "type":
		return ce.Type(), true
	case "subject":
		return ce.Subject(), ce.Subject() != ""
	}
	if v1, ok := ce.Context.(*event.EventContextV1); ok { // Extensions() copies them all
		s, ok := v1.Extensions[key].(string)
		return s, ok
	}
	s, ok := ce.Extensions()[key].(string)
	return s, ok
}

// Subscription is a named queue of the events that match a filter. Name is
// what makes it one: two consumers of one name share its events, two names
// each get their own.
type Subscription struct {
	Name        string
	Filter      Filter
	Concurrency int // deliveries at once per Consume; at least 1
	Bound       int // events waiting at most; 0 is the transport's own bound
}

// Delivery is one event on its way to one consumer.
type Delivery struct {
	Event event.Event
	Tries int // how often it was delivered before; 0 the first time
}

// Unroutable is why a command is a dead letter that no subscription wanted.
const Unroutable = "no subscription wants it: is its Trigger deployed?"

// Verdict is what a consumer makes of a delivery. The zero value keeps it
// done. At most one of Again and Dead is set.
type Verdict struct {
	Again time.Duration     // deliver again, not before this has passed
	Dead  string            // keep it as a dead letter, for this reason
	Marks map[string]string // with Dead: extensions that the kept event gets, as knativeerrorcode; an empty one is taken off
}

// Done reports whether nothing is left to do about the delivery.
func (v Verdict) Done() bool { return v.Again == 0 && v.Dead == "" }

// DeadLetter is an event that a subscription gave up on, whole; or a command
// that no subscription wanted: then Subscription is empty.
type DeadLetter struct {
	ID           string // the transport's own name for it, for Discard; plain ASCII
	Event        event.Event
	Subscription string
	Reason       string
	Tries        int       // how often it was delivered before the delivery that gave it up
	At           time.Time // when it was given up
}

// The errors of a Transport.
var (
	// ErrClosed is a transport that was closed.
	ErrClosed = errors.New("transport is closed")
	// ErrFull is a subscription that holds as many events as it may: the
	// publisher is to try again.
	ErrFull = errors.New("a subscription is full")
	// ErrNoLetter is a dead letter that is not there, or no longer.
	ErrNoLetter = errors.New("no such dead letter")
)

// Letters keeps dead letters for 30 days, for one broker or for several: a
// transport may be given one, instead of keeping them itself. Keep returns nil
// only when the letter is safe; its ID is the keeper's to choose. The others
// are as in [Transport]. Safe for concurrent use.
type Letters interface {
	Keep(ctx context.Context, l DeadLetter) error
	DeadLetters(ctx context.Context) ([]DeadLetter, error)
	Discard(ctx context.Context, letter string) error
}

// Transport moves CloudEvents from publishers to the subscriptions that match
// them, whole and at least once each.
//
// Declare makes a subscription known; events published before are not its.
// Declaring again with the same fields changes nothing, with other fields it
// is an error.
//
// Publish returns nil only when every matching subscription has taken every
// event. After an error publish them all again: a transport that cannot do all
// or nothing may have let some subscriptions have some of them. Events that
// match no subscription are accepted and dropped, which is what a Broker
// without Triggers does, except commands (kind: command): somebody waits for
// what they do, so a transport that can tell keeps them as dead letters, for
// the reason [Unroutable]. An event that is not valid is an error, and nothing
// is accepted.
//
// Consume hands deliveries to handle, Concurrency at a time, until ctx ends;
// then it takes no new one, waits for those in flight, and returns nil: by then
// every verdict is carried out, and what waits stays for the next consumer. The
// context that handle is given does not end with ctx, so that what has begun is
// finished. What was handed out but not answered, because handle panicked, is
// delivered again after a pause. A delivery put off (Verdict.Again) does not
// hold up those behind it. With Concurrency 1 first deliveries come in the
// order published, at least among the events of one partitionkey.
//
// DeadLetters lists what was given up and not discarded, oldest first. Discard
// takes one off that list, or answers [ErrNoLetter].
//
// Close lets consumers finish what is in flight and returns when they have; it
// must not be called from a handle. They, and every method called once it has
// begun, return ErrClosed; Close itself may be called again.
//
// All methods are safe for concurrent use. What one consumer does to its event
// is seen by no other, nor by a later delivery.
type Transport interface {
	Declare(ctx context.Context, s Subscription) error
	Publish(ctx context.Context, events ...event.Event) error
	Consume(ctx context.Context, subscription string, handle func(context.Context, Delivery) Verdict) error
	DeadLetters(ctx context.Context) ([]DeadLetter, error)
	Discard(ctx context.Context, letter string) error
	Close() error
}
