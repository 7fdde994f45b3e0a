package audience

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tourbillon/internal/booking"
)

// Way is how a crowd comes in.
type Way string

// The ways in.
const (
	WebSocket Way = "websocket" // plain
	SocketIO  Way = "socket.io" // over WebSocket from the start
)

// Ways are all of them.
func Ways() []Way { return []Way{WebSocket, SocketIO} }

// path is the door.
func (w Way) path() string {
	if w == SocketIO {
		return "/socket.io/?EIO=4&transport=websocket"
	}
	return "/ws"
}

// subscribes is what a watcher says first.
func (w Way) subscribes(topic string) []string {
	if w == SocketIO {
		return []string{"40", `420["subscribe","` + topic + `"]`}
	}
	return []string{`{"type":"subscribe","topic":"` + topic + `"}`}
}

// errRefused is a relay that says no.
var errRefused = errors.New("the relay refuses")

// value is the JSON of the value that a message has. What is no value is nil, or
// an error where it should not be said.
func (w Way) value(message []byte) ([]byte, error) {
	raw := message
	if w == SocketIO {
		for _, around := range []string{`42["value",`, `42["members",`, `430[`} {
			if inner, ok := bytes.CutPrefix(message, []byte(around)); ok {
				raw = bytes.TrimSuffix(inner, []byte("]"))
			}
		}
	}
	if bytes.HasPrefix(raw, []byte(`{"type":"value",`)) {
		return raw, nil
	}
	for _, greets := range []string{`{"type":"hello",`, `{"type":"members",`, "0{", "40{"} {
		if bytes.HasPrefix(raw, []byte(greets)) {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: %.200q", errRefused, message)
}

// asks reports whether a message asks for a sign of life, and what is answered.
func (w Way) asks(message []byte) (answer []byte, ok bool) {
	return []byte("3"), w == SocketIO && string(message) == "2"
}

// Departure is the id of the departure with a number.
func Departure(n int) string { return "bench-" + strconv.Itoa(n) }

func topic(n int) string { return "departure:" + Departure(n) }

// all is the group of all departures.
const all = "tours"

// Stock is what every departure has at a version.
func Stock(version uint64) booking.Stock {
	const seats = 1000
	held := int(version % seats)
	return booking.Stock{Capacity: seats, Held: held, Available: seats - held}
}

// said is a value as it is on the wire.
type said struct {
	Topic   string
	Version uint64
	Time    time.Time
	Data    struct {
		ID string
		booking.Stock
	}
	departure int // its number
}

// check says what is not true of a value.
func (s *said) check() error {
	if want := Stock(s.Version); s.Data.Stock != want || s.Topic != "departure:"+s.Data.ID {
		return fmt.Errorf("%s at version %d has %+v, and not %+v", s.Topic, s.Version, s.Data.Stock, want)
	}
	return nil
}
