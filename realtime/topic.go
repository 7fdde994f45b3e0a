package realtime

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTopic is a name that is no topic's.
var ErrTopic = errors.New("no such topic")

// Kind is what a topic is about: the word before the colon.
type Kind string

// The kinds of topic.
const (
	Departure   Kind = "departure"
	Tour        Kind = "tour"
	Tours       Kind = "tours"
	Booking     Kind = "booking"
	Sagas       Kind = "sagas"
	DeadLetters Kind = "dead-letters"
)

// Topic is something that can be watched. A topic has one value, or is a
// group: then what is sent to who watches it are its members' values.
type Topic struct {
	Kind Kind
	ID   string // empty where there is one of its kind
}

// ParseTopic reads a topic's name, as departure:lyon-0900 or tours.
func ParseTopic(name string) (Topic, error) {
	kind, id, named := strings.Cut(name, ":")
	t := Topic{Kind(kind), id}
	switch t.Kind {
	case Departure, Tour:
		if !named || !catalogID(id) {
			return Topic{}, fmt.Errorf("%w: %s: what follows the colon is not an id", ErrTopic, kind)
		}
	case Booking:
		if !named || !bookingID(id) {
			return Topic{}, fmt.Errorf("%w: %s: what follows the colon is not an id", ErrTopic, kind)
		}
	case Tours, Sagas, DeadLetters:
		if named {
			return Topic{}, fmt.Errorf("%w: %s: there is one, and it has no id", ErrTopic, kind)
		}
	default:
		return Topic{}, ErrTopic
	}
	return t, nil
}

// String is the topic's name.
func (t Topic) String() string {
	if t.ID == "" {
		return string(t.Kind)
	}
	return string(t.Kind) + ":" + t.ID
}

// Group reports whether the topic stands for others: for all departures, or
// for those of a tour.
func (t Topic) Group() bool { return t.Kind == Tour || t.Kind == Tours }

// Operators reports whether the topic is for operators alone.
func (t Topic) Operators() bool { return t.Kind == Sagas || t.Kind == DeadLetters }

// shown is the topic's name for a log or a list: a booking's id is the key to
// it, and is cut.
func (t Topic) shown() string {
	if t.Kind == Booking {
		return string(t.Kind) + ":" + t.ID[:8] + "..."
	}
	return t.String()
}

// catalogID and bookingID are the door's patterns for ids.
func catalogID(id string) bool {
	return len(id) >= 1 && len(id) <= 64 && id[0] != '-' && only(id, lower)
}

func bookingID(id string) bool {
	return len(id) >= 8 && len(id) <= 64 && only(id, func(c byte) bool { return lower(c) || c == '_' || c >= 'A' && c <= 'Z' })
}

func lower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }

func only(s string, may func(byte) bool) bool {
	for i := range len(s) {
		if !may(s[i]) {
			return false
		}
	}
	return true
}
