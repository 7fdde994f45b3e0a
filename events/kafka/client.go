package kafka

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
)

// How long one request may take, beside what it asks the server to wait.
const patience = 8 * time.Second

// client speaks to the servers. Every connection that anything in this package
// opens is one of its, so that Close leaves none and nothing that waits on one,
// and is handed to the library when TLS and the password are behind it.
type client struct {
	*kafka.Client
	transport *kafka.Transport
	brokers   []string
	id        string
	reach     dial
	tls       *tls.Config    // nil: in the clear
	sasl      sasl.Mechanism // nil: without a password
	cluster   string         // the id that the servers gave it
	end       context.CancelFunc

	mu     sync.Mutex // guards all below
	conns  map[net.Conn]bool
	closed bool
	layout *layout
	stale  time.Time // when layout is to be looked up again
}

// dial opens a connection, as [net.Dialer] does.
type dial = func(ctx context.Context, network, address string) (net.Conn, error)

// layout is where partitions are.
type layout struct {
	leaders map[place]int
	counts  map[string]int // of partitions
}

// place is a partition of a topic, which is named with its prefix.
type place struct {
	topic     string
	partition int
}

func newClient(s Settings, topics []string) *client {
	ctx, end := context.WithCancel(context.Background())
	c := &client{
		brokers: s.Brokers, id: s.Client, end: end, conns: map[net.Conn]bool{}, reach: s.reach, sasl: s.sasl,
	}
	if s.Access.TLS != nil {
		c.tls = s.Access.TLS.Clone()
		c.tls.MinVersion = max(c.tls.MinVersion, tls.VersionTLS12)
	}
	if c.reach == nil {
		c.reach = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	}
	c.transport = &kafka.Transport{
		Dial: c.dial, DialTimeout: 4 * time.Second, IdleTimeout: 5 * time.Minute, MetadataTTL: 4 * time.Second,
		MetadataTopics: topics, ClientID: s.Client, Context: ctx,
	}
	c.Client = &kafka.Client{Addr: kafka.TCP(s.Brokers...), Transport: c.transport}
	return c
}

// conn takes itself off the client's list when it is closed.
type conn struct {
	net.Conn          // under TLS, where that is wanted
	raw      net.Conn // what is listed, and cut
	client   *client
	also     *line // that lists it too, or nil
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.client.mu.Lock()
	delete(c.client.conns, c.raw)
	if c.also != nil {
		delete(c.also.conns, c.raw)
	}
	c.client.mu.Unlock()
	return c.Conn.Close()
}

// line is the connections of one user, which can be cut by themselves.
type line struct {
	client *client
	conns  map[net.Conn]bool // guarded by client.mu
}

func (c *client) line() *line { return &line{client: c, conns: map[net.Conn]bool{}} }

// cut closes them all: who waits on one waits no longer.
func (l *line) cut() {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	for open := range l.conns {
		open.Close()
	}
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return l.client.open(ctx, network, address, l)
}

func (c *client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.open(ctx, network, address, nil)
}

func (c *client) open(ctx context.Context, network, address string, also *line) (net.Conn, error) {
	nc, err := c.reach(ctx, network, address)
	if err != nil {
		return nil, err
	}
	opened := &conn{nc, nc, c, also}
	if !c.list(opened) {
		nc.Close()
		return nil, net.ErrClosed
	}
	if err := opened.greet(ctx, address); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// list reports whether a connection is one of the client's from now on.
func (c *client) list(opened *conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.conns[opened.raw] = true
	if opened.also != nil {
		opened.also.conns[opened.raw] = true
	}
	return true
}

// close closes every connection.
func (c *client) close() {
	c.mu.Lock()
	c.closed = true
	for nc := range c.conns {
		nc.Close()
	}
	c.mu.Unlock()
	c.end()
	c.transport.CloseIdleConnections()
}

// send is one round trip, which ends in time whatever the server does.
func (c *client) send(ctx context.Context, wait time.Duration, req kafka.Request) (kafka.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+patience)
	defer cancel()
	return c.transport.RoundTrip(ctx, c.Addr, req)
}

// look returns where partitions are, at most a second old.
func (c *client) look(ctx context.Context) (*layout, error) {
	c.mu.Lock()
	l, stale := c.layout, time.Now().After(c.stale)
	c.mu.Unlock()
	if l != nil && !stale {
		return l, nil
	}
	return c.lookAgain(ctx)
}

// lookAgain is look, of what the library knows by now.
func (c *client) lookAgain(ctx context.Context) (*layout, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m, err := c.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask Kafka at %s for its topics: %w", strings.Join(c.brokers, ","), err)
	}
	l := &layout{leaders: map[place]int{}, counts: map[string]int{}}
	for _, topic := range m.Topics {
		if topic.Error != nil {
			continue
		}
		l.counts[topic.Name] = len(topic.Partitions)
		for _, p := range topic.Partitions {
			if p.Error == nil {
				l.leaders[place{topic.Name, p.ID}] = p.Leader.ID
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.layout, c.stale = l, time.Now().Add(time.Second)
	return l, nil
}
