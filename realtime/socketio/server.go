package socketio

import (
	"cmp"
	"encoding/json"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// Carrier is the connection that a session goes over. Its methods may be called
// at any time, and do not block.
type Carrier interface {
	Wake()                        // something is to be taken; once, until Take says no more
	Close(why realtime.Closing)   // end it when what waits was taken; what comes after the first counts for nothing
	Info() realtime.Info          // who is there, by what transport
	Bear(token string) (may bool) // count it by a token
}

// App is what a namespace is for. Admit says why a client may not connect; its
// words are sent. Connect is called next, and its answer stays with the socket.
type App interface {
	Admit(c Carrier, auth json.RawMessage) error
	Connect(s *Socket, auth json.RawMessage) Talk
}

// Talk is a socket's side of an [App]. Event is called for one event at a time.
// Take is as [Session.Take] is. Gone is called once, when the socket is not there
// any more.
type Talk interface {
	Event(e Event)
	Take(into []*packet.Out) (out []*packet.Out, more bool)
	Moved(transport string)
	Gone()
}

// Server has the namespaces.
type Server struct {
	Apps    map[string]App // by namespace; / is the main one
	Connect time.Duration  // how long a session may be in no namespace at first; 0 is 45 s
}

// Open begins a session.
func (s *Server) Open(c Carrier) *Session {
	return &Session{server: s, carrier: c, until: time.Now().Add(cmp.Or(s.Connect, 45*time.Second))}
}

// Event is what a client emitted.
type Event struct {
	Name        string
	Args        []json.RawMessage
	Attachments [][]byte // what the placeholders in Args stand for
	raw         json.RawMessage
	ack         *uint64
	socket      *Socket
}

// WantsAck reports whether the client waits for an answer.
func (e Event) WantsAck() bool { return e.ack != nil }

// Ack answers the client, if it waits for that. Called at most once.
func (e Event) Ack(args json.RawMessage, attachments ...[]byte) {
	if e.ack != nil {
		e.socket.answer(*e.ack, args, attachments)
	}
}
