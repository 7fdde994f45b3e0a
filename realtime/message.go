package realtime

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"
)

// Value is the state of a topic. Version counts its changes and rises; Epoch
// names the history that Version counts in: another one means that counting
// began anew, and what was seen before says nothing.
type Value struct {
	Topic   Topic
	Version uint64
	Epoch   string
	Data    json.RawMessage // valid JSON
	At      time.Time       // when it became so; zero where that is not known
}

// follows reports whether v is to be sent to who has seen an earlier value.
func (v *Value) follows(seen *Value) bool {
	if seen.Epoch != "" && seen.Epoch != v.Epoch {
		return true
	}
	return v.Version > seen.Version
}

// The types of message that a client is sent.
const (
	TypeHello   = "hello"
	TypeValue   = "value"
	TypeMembers = "members"
	TypeCurrent = "current" // what the client has is the newest
	TypeStale   = "stale"
	TypePong    = "pong"
	TypeError   = "error"
)

// Message is something to send. It is made once and shared by all that get it,
// and each codec renders it once. It is never changed.
type Message struct {
	Type  string
	Topic string // empty where it is about none
	JSON  []byte // as the plain protocol sends it

	value  Value // of TypeValue
	mu     sync.Mutex
	frames [mostCodecs]atomic.Pointer[any]
}

// mostCodecs is how many codecs a hub may have: one each for plain WebSocket
// and SSE, and one for every namespace of Socket.IO.
const mostCodecs = 8

// Codec renders messages for one kind of connection. Make it with [Hub.Codec].
type Codec struct {
	n      int
	render func(*Message) any
}

// Frame is the message as a codec renders it: the same for all who ask.
func (m *Message) Frame(c *Codec) any {
	if f := m.frames[c.n].Load(); f != nil {
		return *f
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.frames[c.n].Load(); f != nil {
		return *f
	}
	f := c.render(m)
	m.frames[c.n].Store(&f)
	return f
}

// Version and Epoch are those of a value, for who resumes by them.
func (m *Message) Version() uint64 { return m.value.Version }

// Epoch is the value's.
func (m *Message) Epoch() string { return m.value.Epoch }

// wire is every message of the plain protocol that the relay sends.
type wire struct {
	Type     string          `json:"type"`
	Topic    string          `json:"topic,omitempty"`
	Version  *uint64         `json:"version,omitempty"`
	Epoch    string          `json:"epoch,omitempty"`
	Time     time.Time       `json:"time,omitzero"`
	Data     json.RawMessage `json:"data,omitempty"`
	Topics   *[]string       `json:"topics,omitempty"`
	Stale    *bool           `json:"stale,omitempty"`
	Protocol int             `json:"protocol,omitempty"`
	Code     string          `json:"code,omitempty"`
	Detail   string          `json:"detail,omitempty"`
}

func message(w wire) (*Message, error) {
	raw, err := json.Marshal(w)
	return &Message{Type: w.Type, Topic: w.Topic, JSON: raw}, err
}

// must is message of what cannot fail: there is no data in it.
func must(w wire) *Message {
	m, err := message(w)
	if err != nil {
		panic(err)
	}
	return m
}

func valueMessage(v Value) (*Message, error) {
	m, err := message(wire{Type: TypeValue, Topic: v.Topic.String(), Version: &v.Version, Epoch: v.Epoch, Time: v.At, Data: v.Data})
	if err != nil {
		return nil, err
	}
	m.value = v
	return m, nil
}

func membersMessage(group string, topics []string) *Message {
	return must(wire{Type: TypeMembers, Topic: group, Topics: &topics})
}

func staleMessage(is bool) *Message { return must(wire{Type: TypeStale, Stale: &is}) }

// Hello is what greets a client.
func (h *Hub) Hello() *Message {
	is := h.Stale()
	return must(wire{Type: TypeHello, Protocol: 1, Stale: &is})
}

// The codes of errors. They are part of the protocol.
const (
	CodeBadMessage   = "bad-message"   // it is not as the protocol says; the connection is closed
	CodeUnknownType  = "unknown-type"  // a message of a type that this build does not know
	CodeBadTopic     = "bad-topic"     // the topic's name is none
	CodeUnknownTopic = "unknown-topic" // there is no such departure, tour or booking
	CodeForbidden    = "forbidden"     // the topic needs a token that lets one watch it
	CodeTooMany      = "too-many"      // the connection watches as many topics as it may
	CodeBadToken     = "bad-token"     // nobody was given that token; the connection is closed
)

var details = map[string]string{
	CodeBadMessage:   "Send one JSON object of the protocol, in UTF-8.",
	CodeUnknownType:  "Send hello, subscribe, unsubscribe or ping.",
	CodeBadTopic:     "Name departure:ID, tour:ID, tours, booking:ID, sagas or dead-letters.",
	CodeUnknownTopic: "There is none of that id, or not yet.",
	CodeForbidden:    "Send hello with an operator's token first.",
	CodeTooMany:      "Unsubscribe from another topic first.",
	CodeBadToken:     "Send the token that you were given, or none.",
}

func errorMessage(code, topic string) *Message {
	return must(wire{Type: TypeError, Code: code, Topic: topic, Detail: details[code]})
}

func currentMessage(topic string) *Message { return must(wire{Type: TypeCurrent, Topic: topic}) }

var pong = must(wire{Type: TypePong})
