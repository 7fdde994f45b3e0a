package socketio

import (
	"encoding/json"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// Take appends what waits to into, as far as that has room, and reports whether
// to ask again. Once it says no, the carrier is woken for what comes.
func (s *Session) Take(into []*packet.Out) (out []*packet.Out, more bool) {
	s.mu.Lock()
	n := min(len(s.queue), cap(into)-len(into))
	out = append(into, s.queue[:n]...)
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	s.poked = false
	var room [2]*Socket // most sessions are in one namespace
	sockets := append(room[:0], s.sockets...)
	s.mu.Unlock()
	for _, socket := range sockets {
		var again bool
		out, again = socket.talk.Take(out)
		more = more || again
	}
	if more = more || len(out) > len(into); more {
		return out, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awake = s.poked || len(s.queue) > 0
	return out, s.awake
}

// Poke has the carrier take: a talk calls it when it has something.
func (s *Session) Poke() {
	s.mu.Lock()
	must := !s.awake && !s.gone
	s.awake, s.poked = true, true
	s.mu.Unlock()
	if must {
		s.carrier.Wake()
	}
}

func (s *Session) push(all ...*packet.Out) {
	s.mu.Lock()
	full := len(s.queue)+len(all) > mostQueued
	if !full && !s.gone {
		s.queue = append(s.queue, all...)
	}
	s.mu.Unlock()
	if full {
		s.carrier.Close(realtime.Closing{Code: realtime.CloseRate, Reason: "answers are not read"})
	}
	s.Poke()
}

// Poke has the session's carrier take.
func (s *Socket) Poke() { s.session.Poke() }

// send sends a packet in the socket's namespace, and then its attachments.
func (s *Socket) send(p packet.Socket, attachments ...[]byte) {
	p.Namespace, p.Attachments = s.Namespace, len(attachments)
	all := []*packet.Out{p.Message()}
	for _, a := range attachments {
		all = append(all, &packet.Out{Engine: packet.Engine{Type: packet.Message, Data: a, Binary: true}})
	}
	s.session.push(all...)
}

// Emit emits an event: args are a JSON array that begins with its name.
func (s *Socket) Emit(args json.RawMessage, attachments ...[]byte) {
	kind := packet.Event
	if len(attachments) > 0 {
		kind = packet.BinaryEvent
	}
	s.send(packet.Socket{Type: kind, Data: args}, attachments...)
}

func (s *Socket) answer(id uint64, args json.RawMessage, attachments [][]byte) {
	kind := packet.Ack
	if len(attachments) > 0 {
		kind = packet.BinaryAck
	}
	s.send(packet.Socket{Type: kind, ID: &id, Data: args}, attachments...)
}

// event is an event's arguments: its name and one value.
func eventArgs(name string, value json.RawMessage) json.RawMessage {
	args := make([]byte, 0, len(name)+len(value)+5)
	args = append(append(append(args, `["`...), name...), `",`...)
	return append(append(args, value...), ']')
}

// ackArgs are an ack's arguments: one value.
func ackArgs(value json.RawMessage) json.RawMessage {
	return append(append(append(make([]byte, 0, len(value)+2), '['), value...), ']')
}
