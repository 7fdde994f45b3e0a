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
type session struct {
	ch    *amqp.Channel
	begin func(s *session, life int) error // sets the channel up, in each life; nobody else speaks to it meanwhile
	shut  <-chan struct{}                  // closed when the link is

	mu      sync.RWMutex // held for reading while the channel is spoken to
	life    int
	live    bool
	over    bool          // closed by its owner
	changed chan struct{} // closed when a life begins or ends
}

func newSession(ch *amqp.Channel, begin func(*session, int) error, shut <-chan struct{}) *session {
	return &session{ch: ch, begin: begin, shut: shut, changed: make(chan struct{})}
}

// start begins a life, if none is under way.
func (s *session) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live || s.over {
		return nil
	}
	return s.next()
}

// restart ends the life given, if it is still under way, and begins another on
// the same channel.
func (s *session) restart(life int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life != life || !s.live || s.over {
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
	return s.live || s.over
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

// close ends the session for good. What was said on it was heard, if there was
// a life.
func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.live {
		s.live = false
		s.turn()
	}
	_ = s.ch.Close() // an error is a connection that is gone
}
