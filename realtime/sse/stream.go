package sse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"tourbillon/realtime"
)

// stream is one connection. Its request's goroutine alone writes.
type stream struct {
	door   *Door
	client *realtime.Client
	out    *http.ResponseController
	w      http.ResponseWriter
	topics []string
	seen   []seen // of each topic
	wake   chan struct{}

	beat    atomic.Bool
	closing atomic.Pointer[realtime.Closing]
}

// Wake implements [realtime.Outlet].
func (s *stream) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close implements [realtime.Outlet].
func (s *stream) Close(why realtime.Closing) {
	s.closing.Store(&why)
	s.Wake()
}

// Tick implements [pump.Spoke].
func (s *stream) Tick(time.Time) {
	s.beat.Store(true)
	s.Wake()
}

// run writes what there is until either side ends the stream.
func (s *stream) run(ctx context.Context) {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers makes bursts of it
	for i, topic := range s.topics {
		cmd := realtime.Command{Topic: topic}
		if was := s.seen[i]; was.known {
			cmd.Version, cmd.Epoch = &was.version, was.epoch
		}
		s.client.Subscribe(cmd)
	}
	// All are not to come back at once.
	err := s.write(fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(2000)))
	for err == nil {
		if err = s.flush(); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
	}
}

// flush writes all that waits. Its error ends the stream.
func (s *stream) flush() error {
	batch := make([]*realtime.Message, 0, 16)
	for more := true; more; {
		closing := s.closing.Load()
		batch, more = s.client.Take(batch[:0])
		var text []byte
		for _, m := range batch {
			text = append(s.appendID(text, m), m.Frame(s.door.codec).([]byte)...)
		}
		if len(batch) == 0 && closing != nil {
			return s.end(*closing)
		}
		if len(text) == 0 && s.beat.Swap(false) {
			text = []byte(":\n\n")
		}
		if err := s.write(text); err != nil {
			return err
		}
	}
	return nil
}

// end says why the stream ends, and returns an error that ends it.
func (s *stream) end(why realtime.Closing) error {
	text := frame("close", why.JSON())
	if why.After > 0 {
		text = append(fmt.Appendf(nil, "retry: %d\n", why.After.Milliseconds()), text...)
	}
	if err := s.write(text); err != nil {
		return err
	}
	return realtime.ErrClosed
}

func (s *stream) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := s.out.SetWriteDeadline(time.Now().Add(s.door.Write)); err != nil {
		return err
	}
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.out.Flush()
}

// appendID writes the id from which the stream goes on after a message: what was
// seen of every topic that the address names.
func (s *stream) appendID(to []byte, m *realtime.Message) []byte {
	i := slices.Index(s.topics, m.Topic)
	if m.Type != realtime.TypeValue || i < 0 {
		return to
	}
	s.seen[i] = seen{known: true, version: m.Version(), epoch: m.Epoch()}
	return append(appendSeen(append(to, "id: "...), s.seen), '\n')
}
