package socketio

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// ErrProtocol is a client that does not speak Socket.IO: its session ends.
var ErrProtocol = errors.New("not as Socket.IO has it")

// mostQueued bounds what was emitted and waits to be taken: who does not take it
// is closed.
const mostQueued = 256

// Session is one client. Hear is called for one message at a time; the rest is
// safe for concurrent use.
type Session struct {
	server  *Server
	carrier Carrier
	until   time.Time // to be in a namespace by; of no account once it was

	// Of Hear alone.
	partial *packet.Socket // waits for its attachments
	parts   [][]byte

	mu      sync.Mutex
	sockets []*Socket
	queue   []*packet.Out
	joined  bool // a namespace, once
	awake   bool // the carrier was woken, and has not taken everything yet
	poked   bool
	gone    bool
}

// Socket is a client in a namespace.
type Socket struct {
	ID        string
	Namespace string
	session   *Session
	talk      Talk
}

// Carrier is what the socket's session goes over.
func (s *Socket) Carrier() Carrier { return s.session.carrier }

// Hear takes in a message. After an error the session is to be ended.
func (s *Session) Hear(data []byte, binary bool) error {
	if binary {
		return s.attach(data)
	}
	p, err := packet.ParseSocket(data)
	switch {
	case err != nil:
		return err
	case s.partial != nil:
		return fmt.Errorf("%w: an attachment is due", ErrProtocol)
	case p.Type == packet.Connect:
		return s.connect(p)
	}
	socket := s.in(p.Namespace)
	switch {
	case socket == nil:
		return fmt.Errorf("%w: not in that namespace", ErrProtocol)
	case p.Type == packet.Disconnect:
		s.leave(socket)
	case p.Attachments > 0:
		p.Data = slices.Clone(p.Data)
		s.partial, s.parts = &p, nil
	default:
		return s.event(socket, p)
	}
	return nil
}

func (s *Session) attach(data []byte) error {
	if s.partial == nil {
		return fmt.Errorf("%w: no attachment is due", ErrProtocol)
	}
	s.parts = append(s.parts, slices.Clone(data))
	if len(s.parts) < s.partial.Attachments {
		return nil
	}
	p := *s.partial
	s.partial = nil
	socket := s.in(p.Namespace)
	if socket == nil {
		return fmt.Errorf("%w: not in that namespace", ErrProtocol)
	}
	return s.event(socket, p)
}

// event hands an event to the socket's talk. The server asks for no acks, so one
// is nothing to it.
func (s *Session) event(socket *Socket, p packet.Socket) error {
	if p.Type == packet.Ack || p.Type == packet.BinaryAck {
		return nil
	}
	name, args, err := p.Args()
	if err == nil {
		socket.talk.Event(Event{Name: name, Args: args, Attachments: s.parts, raw: p.Data, ack: p.ID, socket: socket})
	}
	s.parts = nil
	return err
}

func (s *Session) connect(p packet.Socket) error {
	name, _, _ := strings.Cut(p.Namespace, "?") // some clients put a query there
	app := s.server.Apps[name]
	if app == nil {
		s.refuse(name, "Invalid namespace")
		return nil
	}
	if s.in(name) != nil {
		return fmt.Errorf("%w: in that namespace already", ErrProtocol)
	}
	auth := slices.Clone(p.Data)
	if len(auth) == 0 {
		auth = json.RawMessage("{}")
	}
	if err := app.Admit(s.carrier, auth); err != nil {
		s.refuse(name, err.Error())
		return nil
	}
	socket := &Socket{ID: strings.ToLower(rand.Text()[:20]), Namespace: name, session: s}
	socket.send(packet.Socket{Type: packet.Connect, Data: fmt.Appendf(nil, `{"sid":%q}`, socket.ID)})
	talk := app.Connect(socket, auth)
	if talk == nil {
		s.carrier.Close(realtime.Restart())
		return nil
	}
	socket.talk = talk
	s.mu.Lock()
	gone := s.gone
	if s.joined = true; !gone {
		s.sockets = append(s.sockets, socket)
	}
	s.mu.Unlock()
	if gone {
		talk.Gone()
	}
	s.Poke()
	return nil
}

func (s *Session) refuse(namespace, why string) {
	data, err := json.Marshal(map[string]string{"message": why})
	if err != nil {
		panic(err) // a string
	}
	s.push(packet.Socket{Type: packet.ConnectError, Namespace: namespace, Data: data}.Message())
}

func (s *Session) in(namespace string) *Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, socket := range s.sockets {
		if socket.Namespace == namespace {
			return socket
		}
	}
	return nil
}

func (s *Session) leave(socket *Socket) {
	s.mu.Lock()
	s.sockets = slices.DeleteFunc(s.sockets, func(o *Socket) bool { return o == socket })
	s.mu.Unlock()
	socket.talk.Gone()
}

// Tick reports whether the session may stay: in time it must be in a namespace.
func (s *Session) Tick(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joined || now.Before(s.until)
}

// Moved notes that the carrier goes by another transport.
func (s *Session) Moved(transport string) {
	for _, socket := range s.all() {
		socket.talk.Moved(transport)
	}
}

// Gone ends the session. It may be called again.
func (s *Session) Gone() {
	s.mu.Lock()
	s.gone = true
	all := s.sockets
	s.sockets, s.queue = nil, nil
	s.mu.Unlock()
	for _, socket := range all {
		socket.talk.Gone()
	}
}

func (s *Session) all() []*Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets)
}
