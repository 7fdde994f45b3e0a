package engineio

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// serveSocket serves a WebSocket: of no session, it opens one; of a polling one,
// it is where that moves to.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, one *Session) {
	if !websocket.IsWebSocketUpgrade(r) {
		refuse(w, badRequest)
		return
	}
	if one != nil {
		s.probe(w, r, one)
		return
	}
	if one = s.open(w, r, websocketName); one == nil {
		return
	}
	k, err := s.accept(w, r, func() { s.pool.Push(one) })
	if err != nil {
		one.end() // and the upgrader answered
		return
	}
	if err := k.send(one.hello()); err != nil || !one.carry(k) || !s.readers.Go(func() { one.read(k) }) {
		_ = k.Close()
		one.end()
	}
}

// carry has the session go by a WebSocket from now on.
func (s *Session) carry(k *socket) bool {
	k.ws.SetReadLimit(s.server.Message)
	k.ws.SetPongHandler(func(string) error { return s.may(packet.Engine{Type: packet.Noop}) })
	k.ws.SetPingHandler(func(data string) error {
		if err := s.may(packet.Engine{Type: packet.Noop}); err != nil {
			return err
		}
		return k.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(s.server.Write))
	})
	s.mu.Lock()
	if s.over || s.socket != nil {
		s.mu.Unlock()
		return false
	}
	s.socket, s.transport, s.upgrading = k, websocketName, false
	if s.signal != nil { // its last poll is let go
		select {
		case s.signal <- struct{}{}:
		default:
		}
	}
	s.wake()
	s.mu.Unlock()
	s.talker.Moved(shown(websocketName))
	return true
}

// probe has a polling session try a WebSocket, and move there.
func (s *Server) probe(w http.ResponseWriter, r *http.Request, one *Session) {
	k, err := s.accept(w, r, func() { s.pool.Push(one) })
	if err != nil {
		return // and the upgrader answered
	}
	k.ws.SetReadLimit(s.Message)
	one.mu.Lock()
	may := one.socket == nil && !one.upgrading && !one.over
	one.upgrading = one.upgrading || may
	one.mu.Unlock()
	if !may {
		_ = k.Close() // it is somewhere already
		return
	}
	if !s.readers.Go(func() { one.move(k) }) {
		_ = k.Close()
	}
}

// move has the session go on by a WebSocket, if the client does its part.
func (s *Session) move(k *socket) {
	if s.tries(k) == nil && s.carry(k) {
		s.read(k)
		return
	}
	s.mu.Lock()
	s.upgrading = false
	s.wake()
	s.mu.Unlock()
	_ = k.Close() // the session goes on by polling
}

// tries waits for the client's probe, answers it, and waits until the client has
// ended its polling.
func (s *Session) tries(k *socket) error {
	if err := k.SetReadDeadline(time.Now().Add(s.server.Upgrade)); err != nil {
		return err
	}
	p, err := k.next()
	if err != nil || p.Type != packet.Ping || !bytes.Equal(p.Data, []byte("probe")) {
		return errors.Join(err, errProtocol)
	}
	if err := k.send(packet.Engine{Type: packet.Pong, Data: p.Data}); err != nil {
		return err
	}
	s.Wake() // a request that waits is let go
	if p, err = k.next(); err != nil || p.Type != packet.Upgrade {
		return errors.Join(err, errProtocol)
	}
	return k.SetReadDeadline(time.Time{})
}

// next reads one packet.
func (k *socket) next() (packet.Engine, error) {
	kind, r, err := k.ws.NextReader()
	if err != nil {
		return packet.Engine{}, err
	}
	return k.rest(kind, r)
}

func (k *socket) rest(kind int, r io.Reader) (packet.Engine, error) {
	raw, err := io.ReadAll(r) // as much as the limit lets through
	switch {
	case err != nil:
		return packet.Engine{}, err
	case kind == websocket.BinaryMessage:
		return packet.Engine{Type: packet.Message, Data: raw, Binary: true}, nil
	}
	return packet.ParseEngine(raw)
}

// send writes a packet for this socket alone.
func (k *socket) send(p packet.Engine) error {
	return k.ws.WriteMessage(websocket.TextMessage, p.Append(nil))
}

// read reads until the WebSocket ends, and the session with it.
func (s *Session) read(k *socket) {
	var err error
	for err == nil {
		err = s.readOne(k)
	}
	why := realtime.Closing{Code: websocket.CloseNormalClosure}
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		why = realtime.Closing{Code: realtime.CloseTooLarge, Reason: "message too large"}
	case !errors.Is(err, errOver):
		why = realtime.Closing{Code: realtime.CloseBadMessage, Reason: realtime.CodeBadMessage}
	}
	s.Close(why) // unless it was closed for another reason
	s.Flush()    // what it was told before
	s.end()
	var late net.Error
	if peer := (*websocket.CloseError)(nil); !errors.As(err, &peer) && !(errors.As(err, &late) && late.Timeout()) {
		s.linger(k)
	}
	_ = k.Close()
}

// readOne reads a packet, and has it heard on a stack of its own: that of the
// reader stays small for the session's life.
func (s *Session) readOne(k *socket) error {
	kind, r, err := k.ws.NextReader()
	if err != nil {
		return err
	}
	s.reads(time.Now())
	p, err := k.rest(kind, r)
	if s.reads(time.Time{}); err != nil {
		return err
	}
	var done sync.WaitGroup
	done.Go(func() { err = s.hear(p) })
	done.Wait()
	return err
}

func (s *Session) reads(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading = since
}

const (
	leaves      = 3 * time.Second // how long a peer may take to answer a close frame
	lingers     = 2 * time.Second
	mostLingers = 1 << 20
)

// linger waits until the peer hangs up: cut before it has read why, with
// something of its own on the way, it would never learn.
func (s *Session) linger(k *socket) {
	if k.SetReadDeadline(time.Now().Add(lingers)) == nil {
		_, _ = io.CopyN(io.Discard, k, mostLingers)
	}
}

// hurry gives the peer of a session that is over a moment to hang up.
func (s *Session) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket != nil {
		_ = s.socket.SetReadDeadline(time.Now().Add(lingers / 2)) // one that is closed needs none
	}
}
