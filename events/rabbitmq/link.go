package rabbitmq

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

const (
	heartbeat = 10 * time.Second // the server is given up after one and a half
	dialTime  = 15 * time.Second // for a connection and its handshake
	closeTime = 3 * time.Second  // for the server to say good-bye
)

// link is a connection that the library recovers: the connection, its channels,
// and by way of RecoverTopology everything that was declared, and what each
// channel was for. It is the library's ConnectionRecovery and TopologyRecovery.
type link struct {
	does    string // what for, in a word
	log     *slog.Logger
	declare func(context.Context) error // everything, again
	ctx     context.Context             // ends when it is closed
	stop    context.CancelFunc
	conn    *amqp.Connection
	blocks  chan amqp.Blocking
	gone    chan struct{} // closed when nobody waits for the connection's end any more
	watched chan struct{} // closed when nothing of it is left

	recovering sync.Mutex // held while the library connects again

	wire atomic.Pointer[net.Conn] // under the connection, to cut it

	mu       sync.RWMutex // held for reading while channels are opened
	sessions map[*amqp.Channel]*session
	free     []*session // of these, that nobody uses
	live     bool
	blocked  bool
	changed  chan struct{} // closed when any of the two changes
}

// newLink connects. declare is called before anything else whenever the
// connection was lost: the server may have lost more than that.
func newLink(ctx context.Context, url, does string, log *slog.Logger, declare func(context.Context) error) (*link, error) {
	l := &link{
		does: does, log: log, declare: declare, sessions: map[*amqp.Channel]*session{}, live: true,
		changed: make(chan struct{}), blocks: make(chan amqp.Blocking, 8), gone: make(chan struct{}), watched: make(chan struct{}),
	}
	l.ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	config := configOf(l.ctx, does)
	dial := config.Dial
	config.Dial = func(network, addr string) (net.Conn, error) {
		conn, err := dial(network, addr)
		l.wire.Store(&conn)
		return conn, err
	}
	config.Recovery = &amqp.Recovery{
		ReconnectionConfig: &amqp.ReconnectionConfig{MaxRetryCount: 1, RetryInterval: time.Millisecond},
		ConnectionRecovery: l, TopologyRecovery: l,
	}
	conn, err := amqp.DialConfig(url, config)
	if err != nil {
		l.stop()
		return nil, err
	}
	l.conn = conn
	conn.NotifyBlocked(l.blocks)
	go l.watch()
	return l, nil
}

// configOf is how all connections are made. No error of it tells the URL.
func configOf(ctx context.Context, does string) amqp.Config {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName("tourbillon " + does)
	return amqp.Config{
		Heartbeat: heartbeat, Properties: properties, Locale: "en_US",
		Dial: func(network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return conn, conn.SetDeadline(time.Now().Add(dialTime)) // of the handshake; the library takes it off
		},
	}
}

// open returns a session on a channel of its own. begin sets the channel up,
// now and after each recovery.
func (l *link) open(ctx context.Context, begin beginning) (*session, error) {
	for {
		if s := l.unused(); s != nil {
			s.pass(begin)
			return s, nil
		}
		l.mu.RLock()
		live, changed := l.live, l.changed
		var s *session
		if live {
			if ch, err := l.conn.Channel(); err == nil {
				s = newSession(ch, begin, l.ctx.Done())
			}
		}
		l.mu.RUnlock()
		if s != nil {
			l.mu.Lock()
			l.sessions[s.ch] = s
			l.mu.Unlock()
			if err := s.start(); err != nil {
				l.log.Debug("RabbitMQ: a channel begins with its recovery", "for", l.does, "err", err)
			}
			return s, nil
		}
		if err := l.pause(ctx, changed); err != nil {
			return nil, err
		}
	}
}

// leave takes a session back.
func (l *link) leave(s *session) {
	s.pass(idle)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, s)
}

func (l *link) unused() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return nil
	}
	s := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return s
}

// pause waits for a change, or for a moment where none was told yet.
func (l *link) pause(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
	case <-time.After(retryTime):
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ctx.Done():
		return events.ErrClosed
	}
	return nil
}

// unblocked waits until the server takes what is published.
func (l *link) unblocked(ctx context.Context) error {
	for {
		l.mu.RLock()
		blocked, changed := l.blocked, l.changed
		l.mu.RUnlock()
		if !blocked {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.ctx.Done():
			return events.ErrClosed
		}
	}
}

// watch notes when the server blocks publishers, until the connection closes,
// or nobody waits for that any more.
func (l *link) watch() {
	defer close(l.watched)
	for {
		select {
		case b, open := <-l.blocks:
			if !open {
				return
			}
			l.note(b)
		case <-l.gone:
			return
		}
	}
}

func (l *link) note(b amqp.Blocking) {
	if changed := l.set(&l.blocked, b.Active); changed && b.Active {
		l.log.Warn("RabbitMQ has no room left: publishing waits", "reason", b.Reason)
	} else if changed {
		l.log.Info("RabbitMQ has room again")
	}
}

// set changes one of the two states, and reports whether it was another.
func (l *link) set(state *bool, to bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *state == to {
		return false
	}
	*state = to
	close(l.changed)
	l.changed = make(chan struct{})
	return true
}

// all returns the sessions of the link.
func (l *link) all() (all []*session) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.sessions {
		all = append(all, s)
	}
	return all
}

// cut breaks the connection, for another to be made: what the server does not
// answer is of no use.
func (l *link) cut() {
	if conn := l.wire.Load(); conn != nil && *conn != nil {
		_ = (*conn).Close() // an error is a connection that is gone
	}
}

// sleep waits, or until the link is closed.
func (l *link) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-l.ctx.Done():
	}
}

// close ends the connection, and waits for a server that hangs no longer than
// closeTime. Closing a connection while the library recovers it would leave
// parts of it behind; so it lets that come to its end, which is now near. One
// that is lost in this very moment the library forgets to clean up: a few
// goroutines stay behind that do nothing.
func (l *link) close() {
	l.stop()
	l.recovering.Lock()
	if !l.conn.IsClosed() {
		closeSoon(l.conn)
	}
	l.recovering.Unlock()
	select {
	case <-l.watched:
	case <-time.After(closeTime):
		close(l.gone)
	}
}

func closeSoon(conn *amqp.Connection) {
	_ = conn.CloseDeadline(time.Now().Add(closeTime)) // an error is a connection that is gone
}
