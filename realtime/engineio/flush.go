package engineio

import (
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// frame is a packet as all WebSockets have it.
func frame(p packet.Engine) any {
	kind, data := websocket.TextMessage, p.Append(nil)
	if p.Binary {
		kind, data = websocket.BinaryMessage, p.Data
	}
	m, err := websocket.NewPreparedMessage(kind, data)
	if err != nil {
		panic(err) // it is written to memory
	}
	return m
}

var ping = &packet.Out{Engine: packet.Engine{Type: packet.Ping}}

// Flush implements [pump.Job]: it sends what the talker has, by WebSocket.
func (s *Session) Flush() {
	s.out.Lock()
	defer s.out.Unlock()
	batch := outs.Get().(*[]*packet.Out)
	defer outs.Put(batch)
	for more := true; more; {
		s.mu.Lock()
		k, due, closing, told := s.socket, s.pingDue, s.closing, s.told
		s.mu.Unlock()
		if k == nil || told || k.Park() {
			return
		}
		var some []*packet.Out
		some, more = s.talker.Take((*batch)[:0])
		if due && s.pings() {
			some = append(some, ping)
		}
		if err := k.write(some); err != nil {
			_ = k.Close() // the reader notices
			return
		}
		if closing != nil && len(some) == 0 {
			s.say(k, *closing)
			return
		}
		clear(some)
		more = more || closing != nil
	}
}

// pings reports whether a ping is due; once.
func (s *Session) pings() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := s.pingDue
	s.pingDue = false
	return due
}

func (k *socket) write(some []*packet.Out) error {
	if len(some) > 1 {
		k.Cork()
	}
	var err error
	for _, o := range some {
		if err == nil {
			err = k.ws.WritePreparedMessage(o.Frame(frame).(*websocket.PreparedMessage))
		}
	}
	if len(some) > 1 {
		if e := k.Uncork(); err == nil {
			err = e
		}
	}
	return err
}

// say sends the close frame. Nothing may follow it.
func (s *Session) say(k *socket, why realtime.Closing) {
	now := time.Now()
	s.mu.Lock()
	s.told = true
	s.mu.Unlock()
	// Who is gone needs no reason, and the reader cuts who does not go.
	_ = k.SetReadDeadline(now.Add(leaves))
	_ = k.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.Code, why.Reason), now.Add(s.server.Write))
}
