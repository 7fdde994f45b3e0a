package rabbitmq

import (
	"context"
	"errors"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// errGone is a session that has ended: what was done in it is done no more, or
// nobody knows whether it was.
var errGone = errors.New("the connection to RabbitMQ was lost")

// session is a channel through its ends and recoveries. The library opens a
// channel that was closed again as the same value, where its delivery tags and
// its confirms count from one anew: an acknowledgement that comes late would
// acknowledge another message, and a publish before confirms are on would have
// every later confirm be one for the message before it. So whatever is said on
// the channel names the life that it belongs to, and there is none while the
// library is at work.
//
// A session is never closed, but left for the next who wants one: a channel that
// is being closed when the connection is lost would have the library fail to
// recover that connection for ever.
type session struct {
	ch   *amqp.Channel
	shut <-chan struct{} // closed when the link is

	mu      sync.RWMutex // held for reading while the channel is spoken to
	begin   beginning    // in each life
	tag     string       // of the consumer on the channel, which begin sees to
	life    int
	live    bool
	changed chan struct{} // closed when a life begins or ends
}

// beginning sets a session's channel up. Nobody else speaks to it meanwhile.
type beginning = func(s *session, life int) error

func newSession(ch *amqp.Channel, begin beginning, shut <-chan struct{}) *session {
	return &session{ch: ch, begin: begin, shut: shut, changed: make(chan struct{})}
}

// start begins a life, if none is under way.
func (s *session) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live {
		return nil
	}
	return s.next()
}

// restart ends the life given, if it is still under way, and begins another on
// the same channel.
func (s *session) restart(life int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != life || !s.live {
		return nil
	}
	s.live = false
	return s.next()
}

func (s *session) next() error {
	s.life++
	if err := s.begin(s, s.life); err != nil {
		s.turn()
		return err
	}
	s.live = true
	s.turn()
	return nil
}

// end ends the life under way. When it returns nobody speaks to the channel.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live {
		s.live = false
		s.turn()
	}
}

func (s *session) turn() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// use speaks to the channel in the life given, or is errGone.
func (s *session) use(life int, say func(*amqp.Channel) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.live || s.life != life {
		return errGone
	}
	return say(s.ch)
}

// is reports whether a life is under way.
func (s *session) is(life int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live && s.life == life
}

// settled reports whether nothing needs to be done for the session to live.
func (s *session) settled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live
}

// await waits for a life, and returns it and what tells of its end.
func (s *session) await(ctx context.Context) (life int, ended <-chan struct{}, err error) {
	for {
		s.mu.RLock()
		life, live, changed := s.life, s.live, s.changed
		s.mu.RUnlock()
		if live {
			return life, changed, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		case <-s.shut:
			return 0, nil, events.ErrClosed
		}
	}
}

// pass hands the session over: what its last owner says is not heard any more,
// and begin sets it up, now or in the life to come.
func (s *session) pass(begin beginning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin = begin
	if s.live {
		s.live = false
		_ = s.next() // an error is a channel that is gone, and will be opened again
	}
}

// idle is the beginning of a session that nobody wants: it has no consumer, and
// the server has back whatever was not acknowledged.
func idle(s *session, _ int) error {
	if s.tag == "" {
		return nil
	}
	if err := s.ch.Cancel(s.tag, true); err != nil {
		return err
	}
	s.tag = ""
	return s.ch.Nack(0, true, true)
}
