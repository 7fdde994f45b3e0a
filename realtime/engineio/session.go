package engineio

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/packet"
)

var (
	errProtocol = errors.New("not as Engine.IO has it")
	errRate     = errors.New("too many messages")
	errOver     = errors.New("the session is over")
)

// Session is one client, whatever it comes by.
type Session struct {
	id     string
	server *Server
	talker Talker
	pass   *gate.Pass
	token  string // that it showed at first
	slot   int

	out sync.Mutex // held by who takes from the talker, and sends

	mu        sync.Mutex
	transport string
	socket    *socket // of websocket
	upgrading bool
	signal    chan struct{} // of polling: something is to be sent; nil: no request waits
	posting   bool
	answered  time.Time // of polling: when a request was, last
	bucket    gate.Bucket
	pingAt    time.Time // of the next ping
	pingDue   bool
	pinged    time.Time // of the first one that is not answered
	reading   time.Time // since when a message is being read
	closing   *realtime.Closing
	told      bool // the peer was told that it is over
	left      bool // the peer said that it leaves
	over      bool
	done      chan struct{} // of polling: closed when it is over
}

func newSession(s *Server, pass *gate.Pass, transport string) *Session {
	one := &Session{
		id: strings.ToLower(rand.Text()[:20]), server: s, pass: pass, token: pass.Token, transport: transport,
		pingAt: time.Now().Add(s.Ping),
	}
	if transport == pollingName {
		one.done = make(chan struct{})
	}
	return one
}

// Info is who is there.
func (s *Session) Info() realtime.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return realtime.Info{Transport: shown(s.transport), Address: s.pass.Address, Token: s.token}
}

// shown is a transport's name among those of other doors.
func shown(transport string) string {
	if transport == websocketName {
		return "socket.io"
	}
	return transport
}

// Bear counts the session by a token, and reports whether it may go on.
func (s *Session) Bear(token string) bool { return s.pass.Bear(token) }

// hello is the first packet of a session.
func (s *Session) hello(upgrades ...string) packet.Engine {
	if upgrades == nil {
		upgrades = []string{}
	}
	data, err := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int64    `json:"maxPayload"`
	}{s.id, upgrades, s.server.Ping.Milliseconds(), s.server.Pong.Milliseconds(), s.server.Message})
	if err != nil {
		panic(err) // words and numbers of ours
	}
	return packet.Engine{Type: packet.Open, Data: data}
}

// Wake has what the talker has sent.
func (s *Session) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake()
}

// wake has s.mu held.
func (s *Session) wake() {
	switch {
	case s.socket != nil:
		s.server.pool.Push(s)
	case s.signal != nil:
		select {
		case s.signal <- struct{}{}:
		default:
		}
	}
}

// Close ends the session once what waits was sent: the first reason counts.
func (s *Session) Close(why realtime.Closing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing == nil {
		s.closing = &why
	}
	s.wake()
}

// may counts something that the client sent, and reports why it is not to be
// heard, if so.
func (s *Session) may(p packet.Engine) error {
	s.mu.Lock()
	ok, over := s.bucket.Take(s.server.Messages, time.Now()), s.over || s.closing != nil
	switch p.Type {
	case packet.Pong:
		s.pinged = time.Time{}
	case packet.Close:
		s.left = true
	}
	s.mu.Unlock()
	switch {
	case over, p.Type == packet.Close:
		return errOver
	case !ok:
		s.Close(realtime.Closing{Code: realtime.CloseRate, Reason: "too many messages"})
		return errRate
	}
	return nil
}

// hear takes in a packet of the client. After an error the session is ended.
func (s *Session) hear(p packet.Engine) error {
	if err := s.may(p); err != nil {
		return err
	}
	switch p.Type {
	case packet.Message:
		return s.talker.Hear(p.Data, p.Binary)
	case packet.Pong, packet.Noop:
		return nil
	}
	return errProtocol // it is the server that pings
}

// Tick implements [pump.Spoke].
func (s *Session) Tick(now time.Time) {
	if s.expired(now) {
		s.fail(realtime.Closing{Code: realtime.CloseTimeout, Reason: "no sign of life"})
		return
	}
	if !s.talker.Tick(now) {
		s.fail(realtime.Closing{Code: realtime.CloseTimeout, Reason: "no namespace was joined"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.pingAt) {
		return
	}
	if s.pinged.IsZero() {
		s.pinged = s.pingAt
	}
	s.pingAt, s.pingDue = s.pingAt.Add(s.server.Ping), true
	if now.After(s.pingAt) { // time was lost: who is late is not to pay for it
		s.pinged, s.pingAt = now, now.Add(s.server.Ping)
	}
	s.wake()
}

// expired reports whether the client was not heard of in time: a ping that is
// not answered, a message that does not end.
func (s *Session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := s.pinged
	if due.IsZero() && s.pingAt.Before(now) {
		due = s.pingAt // it is about to be sent
	}
	return !due.IsZero() && now.Sub(due) >= s.server.Pong || !s.reading.IsZero() && now.Sub(s.reading) > s.server.Pong
}

// fail ends a session that cannot go on: a WebSocket is told, and a polling
// session is over.
func (s *Session) fail(why realtime.Closing) {
	s.Close(why)
	s.mu.Lock()
	polling := s.socket == nil
	s.mu.Unlock()
	if polling {
		s.end()
	}
}

// end forgets the session. It may be called again.
func (s *Session) end() {
	s.mu.Lock()
	first := !s.over
	s.over = true
	socket := s.socket
	if first && s.done != nil {
		close(s.done)
	}
	s.mu.Unlock()
	if !first {
		return
	}
	s.server.mu.Lock()
	delete(s.server.sessions, s.id)
	s.server.mu.Unlock()
	s.server.wheel.Remove(s, s.slot)
	s.talker.Gone()
	s.pass.Leave()
	if socket != nil {
		s.server.pool.Push(s) // what it is to be told, if that was not said yet
	}
}

func refuse(w http.ResponseWriter, why refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(why) // who is gone does not need it
}
