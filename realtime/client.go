package realtime

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// ErrClosed is a hub that takes nobody in any more.
var ErrClosed = errors.New("the relay is being stopped")

// Outlet is a door's end of a connection. Neither method may block, nor call
// back into the hub.
//
// Wake says that something waits: the door is to call [Client.Take] until it
// reports that there is no more; until then it is not woken again.
//
// Close asks for the connection's end: what waits is sent, then why. It is
// called once. The door calls [Client.Leave] when the connection is over,
// whoever ended it.
type Outlet interface {
	Wake()
	Close(Closing)
}

// The codes that a connection is closed with. They are part of the protocol.
const (
	CloseTooLarge   = 1009 // a message is larger than may be
	CloseRestart    = 1012 // the relay is being stopped: come back after Closing.After
	CloseBadMessage = 4400 // a message is not of the protocol
	CloseBadToken   = 4401 // nobody was given that token
	CloseTimeout    = 4408 // no sign of life, or a message that did not end
	CloseRate       = 4429 // too many messages
)

// Closing is why a connection is closed, and when to come back, if that is
// known.
type Closing struct {
	Code   int
	Reason string
	After  time.Duration
}

// Info is what is known of a connection.
type Info struct {
	Transport string // websocket, sse, socket.io or polling
	Address   netip.Addr
	Token     string
}

// Client is a connection as the hub sees it.
type Client struct {
	hub    *Hub
	outlet Outlet
	id     uint64
	since  int64 // Unix seconds

	mu          sync.Mutex
	info        Info
	subs        []*sub
	named       int // of subs, those that the client asked for itself
	first, last *sub
	replies     []*Message
	notice      *Message
	awake       bool // the outlet was woken, and has not taken everything yet
	nudged      bool
	closing     bool
	left        bool
}

// mostReplies bounds the answers that wait: who does not read them is closed.
const mostReplies = 256

// sub is one client's watching of one topic. Its place in the topic is guarded
// by the hub's mu, what it waits with by the client's.
type sub struct {
	topic  *topic
	client *Client

	sent  *Message // what the client has seen last
	wait  *Message // the newest that it has not
	next  *sub     // of those with something waiting
	asked *Command // of a topic that is not read yet: what the client said of it

	at     int32 // in topic.subs
	groups int16 // of the client's groups that have the topic as a member
	named  bool
	live   bool // wait is news, and not what the client came for
}

// Join takes a connection in. Values that may be old are the first thing that it
// is told, so take from it once before it waits to be woken.
func (h *Hub) Join(o Outlet, info Info) (*Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.draining {
		return nil, ErrClosed
	}
	h.last++
	c := &Client{hub: h, outlet: o, id: h.last, since: time.Now().Unix(), info: info}
	h.clients[c] = struct{}{}
	if h.Stale() { // if not, and it is by now, announce finds the client
		c.notice = staleMessage(true)
	}
	return c, nil
}

// Leave ends the connection for the hub. It may be called again.
func (c *Client) Leave() {
	h := c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	c.mu.Lock()
	c.left = true
	subs := c.subs
	c.subs, c.first, c.last, c.replies, c.notice = nil, nil, nil, nil, nil
	c.mu.Unlock()
	for _, s := range subs {
		h.detach(s)
	}
	delete(h.clients, c)
}

// Take appends what waits to into, as far as that has room, and reports
// whether to ask again. Once it says no, the outlet is woken for what comes.
// What it returns counts as sent.
func (c *Client) Take(into []*Message) (out []*Message, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, out := len(into), into
	for len(out) < cap(out) && len(c.replies) > 0 {
		out = append(out, c.replies[0])
		if c.replies = c.replies[1:]; len(c.replies) == 0 {
			c.replies = nil
		}
	}
	if c.notice != nil && len(out) < cap(out) {
		out, c.notice = append(out, c.notice), nil
	}
	for len(out) < cap(out) && c.first != nil {
		s := c.first
		if c.first = s.next; c.first == nil {
			c.last = nil
		}
		s.next = nil
		out = append(out, s.wait)
		if s.live {
			c.hub.stats.lag(s.wait.value.At)
		}
		s.sent, s.wait, s.live = s.wait, nil, false
	}
	more = len(out) > n || c.nudged
	c.nudged = false
	if !more {
		c.awake = false
	}
	c.hub.stats.out.Add(uint64(len(out) - n))
	return out, more
}

// wake must be called with c.mu held: it reports whether the outlet must be
// woken.
func (c *Client) wake() bool {
	must := !c.awake && !c.left
	c.awake = true
	return must
}

// Nudge has the outlet woken even if nothing waits, for a door that has
// something of its own to send.
func (c *Client) Nudge() {
	c.mu.Lock()
	c.nudged = true
	must := c.wake()
	c.mu.Unlock()
	if must {
		c.outlet.Wake()
	}
}

// Reply has a message sent to this client alone.
func (c *Client) Reply(m *Message) {
	c.mu.Lock()
	full := len(c.replies) >= mostReplies
	if !full {
		c.replies = append(c.replies, m)
	}
	must := c.wake()
	c.mu.Unlock()
	if full {
		c.Close(Closing{Code: CloseRate, Reason: "answers are not read"})
	}
	if must {
		c.outlet.Wake()
	}
}

// Refuse answers with an error, and closes the connection for it.
func (c *Client) Refuse(code string, why Closing) {
	c.Reply(errorMessage(code, ""))
	c.Close(why)
}

// Close ends the connection: once, whatever reason comes first.
func (c *Client) Close(why Closing) {
	c.mu.Lock()
	first := !c.closing && !c.left
	c.closing = true
	c.mu.Unlock()
	if first {
		c.hub.stats.closedFor(why.Code)
		c.outlet.Close(why)
	}
}

// Identify takes the client's token. It reports whether somebody was given it;
// if not, the client was closed.
func (c *Client) Identify(token string) bool {
	if !c.hub.Known(token) {
		c.Refuse(CodeBadToken, Closing{Code: CloseBadToken, Reason: CodeBadToken})
		return false
	}
	if token != "" {
		c.mu.Lock()
		c.info.Token = token
		c.mu.Unlock()
	}
	return true
}

// Moved notes that the connection goes on by another transport.
func (c *Client) Moved(transport string) {
	c.mu.Lock()
	c.info.Transport = transport
	c.mu.Unlock()
}
