package engineio

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"tourbillon/realtime/packet"
)

// mostPackets bounds the packets of one request.
const mostPackets = 64

// servePolling serves a request of long-polling; of no session, it opens one.
func (s *Server) servePolling(w http.ResponseWriter, r *http.Request, one *Session) {
	// The server has no deadline for writes, and a connection keeps its last.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.Ping + s.Pong + s.Write))
	switch {
	case one == nil:
		if one = s.open(w, r, pollingName); one != nil {
			answer(w, one.hello(websocketName).Append(nil))
		}
	case r.Method == http.MethodGet:
		one.poll(w, r)
	case r.Method == http.MethodPost:
		one.post(w, r)
	default:
		refuse(w, badRequest)
	}
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // who is gone does not need it
}

// poll answers with what is to be sent, as soon as there is something.
func (s *Session) poll(w http.ResponseWriter, r *http.Request) {
	signal := make(chan struct{}, 1)
	s.mu.Lock()
	switch {
	case s.socket != nil || s.over:
		s.mu.Unlock()
		refuse(w, badRequest)
		return
	case s.signal != nil, // two at once: somebody else has the session's id
		!s.bucket.Take(s.server.Messages, time.Now()):
		s.mu.Unlock()
		s.end()
		refuse(w, badRequest)
		return
	}
	s.signal = signal
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.signal = nil
		s.mu.Unlock()
	}()
	s.pace(r.Context())
	for {
		if body := s.gather(); len(body) > 0 {
			s.mu.Lock()
			s.answered = time.Now()
			s.mu.Unlock()
			answer(w, body)
			return
		}
		select {
		case <-signal:
		case <-s.done:
			answer(w, s.last())
			return
		case <-r.Context().Done():
			s.end() // what it was sent may be lost
			return
		}
	}
}

// breath is the least between two answers: what comes meanwhile goes together,
// and a client that asks again at once does not ask too often.
const breath = 100 * time.Millisecond

// pace waits until the session may be answered again. A client that moves to a
// WebSocket, or is to go, is not held up.
func (s *Session) pace(ctx context.Context) {
	s.mu.Lock()
	wait := breath - time.Since(s.answered)
	hurries := s.upgrading || s.closing != nil
	s.mu.Unlock()
	if hurries || wait <= 0 {
		return
	}
	rest := time.NewTimer(wait)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-s.done:
	case <-ctx.Done():
	}
}

// last is what ends a poll of a session that is over: the client that ended it
// is told nothing.
func (s *Session) last() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return packet.Engine{Type: packet.Noop}.Append(nil)
	}
	return packet.Engine{Type: packet.Close}.Append(nil)
}

// gather is the payload of what is to be sent now, or nothing.
func (s *Session) gather() (body []byte) {
	s.out.Lock()
	defer s.out.Unlock()
	s.mu.Lock()
	ping, upgrading, closing := s.pingDue, s.upgrading || s.socket != nil, s.closing != nil
	s.pingDue = false
	s.mu.Unlock()
	if ping {
		body = packet.Engine{Type: packet.Ping}.AppendPayload(body)
	}
	if upgrading { // the client waits for this request to end; the rest goes by the WebSocket
		return packet.Engine{Type: packet.Noop}.AppendPayload(body)
	}
	batch := outs.Get().(*[]*packet.Out)
	defer outs.Put(batch)
	for more := true; more && len(body) < 64<<10; {
		var some []*packet.Out
		some, more = s.talker.Take((*batch)[:0])
		for _, o := range some {
			body = o.AppendPayload(body)
		}
		clear(some)
	}
	if closing && len(body) == 0 {
		defer s.end()
		return packet.Engine{Type: packet.Close}.Append(nil)
	}
	return body
}

var outs = sync.Pool{New: func() any { b := make([]*packet.Out, 0, 64); return &b }}

// post takes in what the client sends.
func (s *Session) post(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	busy := s.posting || s.over || s.socket != nil
	moved := s.socket != nil
	s.posting = s.posting || !busy
	s.mu.Unlock()
	if busy {
		if !moved {
			s.end()
		}
		refuse(w, badRequest)
		return
	}
	err := s.take(w, r)
	if err != nil {
		s.end()
	}
	s.mu.Lock()
	s.posting = false
	s.mu.Unlock()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	case err != nil && !errors.Is(err, errOver):
		refuse(w, badRequest)
	default:
		answer(w, []byte("ok"))
	}
}

func (s *Session) take(w http.ResponseWriter, r *http.Request) error {
	// It stands after an error too, for the server reads to the end before it
	// answers; a body that has ended takes it away.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.server.Pong))
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && media == "application/octet-stream" {
		return errProtocol // of version 3
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.server.Message))
	if err != nil {
		return err
	}
	all, err := packet.ParsePayload(body, mostPackets)
	for _, p := range all {
		if err == nil {
			err = s.hear(p)
		}
	}
	return err
}
