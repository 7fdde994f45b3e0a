package rabbitmq

import (
	"context"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// setup is a connection for what may fail and ends its channel then: what is
// declared, and what is read from streams. It is made when it is needed and
// not recovered: who needs it tries again.
type setup struct {
	url  string
	ctx  context.Context // ends when it is closed
	stop context.CancelFunc

	mu   sync.Mutex
	conn *amqp.Connection
}

// do lends a channel of its own to say.
func (s *setup) do(say func(*amqp.Channel) error) error {
	conn, err := s.connected()
	if err != nil {
		return err
	}
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	return say(ch)
}

func (s *setup) connected() (*amqp.Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if s.conn != nil && !s.conn.IsClosed() {
		return s.conn, nil
	}
	conn, err := amqp.DialConfig(s.url, configOf(s.ctx, "setup"))
	if err != nil {
		return nil, err
	}
	s.conn = conn
	return conn, nil
}

// close ends the connection.
func (s *setup) close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		closeSoon(s.conn)
	}
}
