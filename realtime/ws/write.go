package ws

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
)

// Wake implements [realtime.Outlet].
func (c *conn) Wake() { c.door.pool.Push(c) }

// Close implements [realtime.Outlet].
func (c *conn) Close(why realtime.Closing) {
	c.closing.Store(&why)
	c.joined().Nudge()
}

// Tick implements [pump.Spoke]: it asks for a sign of life, and ends who gives
// none, or does not end what he says.
func (c *conn) Tick(now time.Time) {
	ms, pong := now.UnixMilli(), c.door.Pong.Milliseconds()
	over := func(at int64, after int64) bool { return at > 0 && ms-at > after }
	switch pinged := c.pinged.Load(); {
	case over(pinged, pong), over(c.reading.Load(), pong):
		c.client.Close(realtime.Closing{Code: realtime.CloseTimeout, Reason: "no sign of life"})
	case pinged == 0 && over(c.heard.Load(), c.door.Ping.Milliseconds()):
		c.pinged.Store(ms)
		c.ping.Store(true)
		c.client.Nudge()
	}
}

// batches are what a worker takes from a client at once.
var batches = sync.Pool{New: func() any { b := make([]*realtime.Message, 0, 64); return &b }}

// Flush implements [pump.Job].
func (c *conn) Flush() {
	client := c.joined()
	batch := batches.Get().(*[]*realtime.Message)
	for more := true; more && !c.socket.Park(); {
		closing := c.closing.Load()
		var messages []*realtime.Message
		messages, more = client.Take((*batch)[:0])
		if err := c.write(messages); err != nil {
			_ = c.socket.Close() // the reader notices
			break                // and it is never woken again
		}
		if closing != nil && len(messages) == 0 {
			c.say(*closing)
		}
		clear(messages)
	}
	batches.Put(batch)
}

func (c *conn) write(messages []*realtime.Message) error {
	ping := c.ping.Swap(false)
	if c.closed.Load() {
		return nil // nothing may follow a close frame
	}
	corked := len(messages) > 1
	if corked {
		c.socket.Cork()
	}
	var err error
	if ping {
		err = c.ws.WritePreparedMessage(c.door.ping)
	}
	for _, m := range messages {
		if err == nil {
			err = c.ws.WritePreparedMessage(m.Frame(c.door.codec).(*websocket.PreparedMessage))
		}
	}
	if corked {
		if e := c.socket.Uncork(); err == nil {
			err = e
		}
	}
	return err
}

// say sends the close frame, once.
func (c *conn) say(why realtime.Closing) {
	now := time.Now()
	if c.closed.CompareAndSwap(false, true) {
		// Who is gone needs no reason, and the reader cuts who does not go.
		_ = c.socket.SetReadDeadline(now.Add(leaves))
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.Code, why.Reason), now.Add(c.door.Write))
	}
}
