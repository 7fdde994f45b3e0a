package rabbitmq

import (
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Between two attempts the pause grows. The library adds up to half a second.
const (
	retryTime   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// OnConnectionClose implements [amqp.ConnectionRecovery]: it has the library
// connect again, and returns when it has, or when the link is closed. The
// library also calls it for connections that it gave up itself on the way.
//
// The library is told to try once and is asked again: it uses one figure for
// how often to try a connection and, within that, each channel, and with a large
// one a connection that is lost again before its channels are open is tried for
// ever.
func (l *link) OnConnectionClose(conn *amqp.Connection, why *amqp.Error) {
	l.recovering.Lock()
	defer l.recovering.Unlock()
	if !conn.IsClosed() {
		return
	}
	l.set(&l.live, false)
	l.set(&l.blocked, false)
	for _, s := range l.all() {
		s.end()
	}
	began := time.Now()
	if l.ctx.Err() == nil {
		l.log.Warn("RabbitMQ: the connection is lost, connecting again", "for", l.does, "err", why.Reason)
	}
	for wait := retryTime; l.ctx.Err() == nil; wait = min(2*wait, longestWait) {
		if err := conn.Reconnect(); err == nil {
			l.set(&l.live, true)
			l.log.Info("RabbitMQ: connected again", "for", l.does, "after", time.Since(began).Round(time.Millisecond))
			return
		}
		l.sleep(wait)
	}
	// It tries once more, and as the context has ended fails and cleans up.
	(&amqp.DefaultConnectionRecovery{}).OnConnectionClose(conn, why)
}

// OnChannelClose implements [amqp.ConnectionRecovery]: it sees to it that the
// channel's session lives again, where the connection's recovery does not. It
// runs in a goroutine of the channel's own.
func (l *link) OnChannelClose(ch *amqp.Channel, why *amqp.Error) {
	l.mu.RLock()
	s, ours := l.sessions[ch]
	l.mu.RUnlock()
	if !ours || !ch.IsClosed() {
		return
	}
	s.end()
	if why.Server {
		l.log.Warn("RabbitMQ closed a channel: it is opened again", "for", l.does, "err", why.Reason)
	}
	for wait := retryTime; !s.settled() && l.ctx.Err() == nil; wait = min(2*wait, longestWait) {
		l.mu.RLock()
		live, changed := l.live, l.changed
		l.mu.RUnlock()
		if live && !l.conn.IsClosed() {
			if err := ch.Reconnect(); err == nil && s.settled() {
				return
			}
		}
		select {
		case <-changed:
		case <-time.After(wait):
		case <-l.ctx.Done():
		}
	}
}

// RecoverTopology implements [amqp.TopologyRecovery]: what was declared is
// declared again, then each channel begins a life. Channels that live already
// are left alone: the library calls this more than once for some.
func (l *link) RecoverTopology(_ *amqp.Connection, channels []*amqp.Channel) ([]amqp.TopologyRecoveryEntity, error) {
	if err := l.declare(l.ctx); err != nil {
		return nil, err
	}
	for _, ch := range channels {
		l.mu.RLock()
		s, ours := l.sessions[ch]
		l.mu.RUnlock()
		if !ours {
			continue
		}
		if err := s.start(); err != nil {
			var refused *amqp.Error
			if errors.As(err, &refused) && refused.Server && !l.conn.IsClosed() {
				continue // its channel alone is closed; OnChannelClose sees to it
			}
			return nil, err
		}
	}
	return nil, nil
}
