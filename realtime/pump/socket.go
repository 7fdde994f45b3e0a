package pump

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// ErrSlow is a peer that takes nothing, while more is to be said than may wait.
var ErrSlow = errors.New("the peer does not read")

// mostRest bounds what waits for a peer besides what the kernel holds: what was
// being written when the kernel was full, and control frames.
const mostRest = 256 << 10

// Socket is a connection whose Write never waits: what the kernel does not take
// at once is kept, and sent by a goroutine that lives until it is, or until the
// write deadline ends the connection. Who writes much calls [Socket.Park] before.
//
// Write must not be called by two at once.
type Socket struct {
	net.Conn
	patience time.Duration
	emptied  func()
	raw      syscall.RawConn // nil: never write at once
	try      func(fd uintptr) bool

	p   []byte // what try is to write, and what came of it
	n   int
	err error

	mu   sync.Mutex
	cork *[]byte
	rest []byte // taken, and not yet written
	slow bool   // a goroutine writes rest
	park bool   // somebody waits for emptied
}

// NewSocket returns a socket over conn, which is closed if a write does not get
// through in the given time. emptied is called once for every Park that said
// true, unless the connection ends.
func NewSocket(conn net.Conn, patience time.Duration, emptied func()) *Socket {
	s := &Socket{Conn: conn, patience: patience, emptied: emptied}
	if c, ok := conn.(syscall.Conn); ok && canTry {
		if raw, err := c.SyscallConn(); err == nil {
			s.raw = raw
		}
	}
	s.try = s.tryWrite
	return s
}

// Park reports whether something waits that the kernel has not taken. Then it is
// better to say no more: emptied is called when it has.
func (s *Socket) Park() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.park = s.slow
	return s.park
}

// Write takes all of p, or fails.
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cork != nil {
		*s.cork = append(*s.cork, p...)
		return len(p), nil
	}
	return len(p), s.write(p)
}

// write has s.mu held.
func (s *Socket) write(p []byte) error {
	if !s.slow {
		n, err := s.now(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	switch {
	case len(p) == 0:
		return nil
	case len(s.rest)+len(p) > mostRest:
		return ErrSlow
	}
	s.rest = append(s.rest, p...)
	if !s.slow {
		s.slow = true
		go s.drain()
	}
	return nil
}

// now writes what the kernel takes at once.
func (s *Socket) now(p []byte) (int, error) {
	if s.raw == nil || len(p) == 0 {
		return 0, nil
	}
	s.p, s.n, s.err = p, 0, nil
	err := s.raw.Write(s.try)
	s.p = nil
	if err == nil {
		err = s.err
	}
	return s.n, err
}

func (s *Socket) tryWrite(fd uintptr) bool {
	s.n, s.err = tryWrite(fd, s.p)
	return true // whatever came of it: do not wait
}

// drain writes what is kept until nothing is.
func (s *Socket) drain() {
	for {
		s.mu.Lock()
		p := s.rest
		if s.rest = nil; len(p) == 0 {
			parked := s.park
			s.slow, s.park = false, false
			if s.mu.Unlock(); parked {
				s.emptied()
			}
			return
		}
		s.mu.Unlock()
		err := s.Conn.SetWriteDeadline(time.Now().Add(s.patience))
		if err == nil {
			_, err = s.Conn.Write(p)
		}
		if err == nil {
			err = s.Conn.SetWriteDeadline(time.Time{}) // one that has passed would fail the next write
		}
		if err != nil {
			_ = s.Conn.Close() // the reader notices, and cleans up
			return
		}
	}
}

// SetWriteDeadline does nothing: a socket has a deadline of its own.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }

// Cork gathers what is written until Uncork, which writes it at once: one call
// of the kernel for many messages.
func (s *Socket) Cork() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cork = buffers.Get().(*[]byte)
}

// Uncork writes what was gathered.
func (s *Socket) Uncork() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.cork
	s.cork = nil
	err := s.write(*b)
	if cap(*b) <= mostRest {
		*b = (*b)[:0]
		buffers.Put(b)
	}
	return err
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}
