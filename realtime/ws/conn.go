package ws

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
)

// errRate ends a reader whose peer sends too much.
var errRate = errors.New("too many messages")

// conn is one connection. Its reader alone reads, and one worker of the pool at
// a time writes.
type conn struct {
	door   *Door
	ws     *websocket.Conn
	socket *pump.Socket
	client *realtime.Client // of others than its reader by joined
	pass   *gate.Pass
	slot   int
	bucket gate.Bucket // of the reader

	joining sync.Mutex   // held until client is known
	heard   atomic.Int64 // Unix milliseconds: of the last sign of life
	pinged  atomic.Int64 // of the last ping that is not answered; 0: none
	reading atomic.Int64 // since when a message is being read; 0: none
	ping    atomic.Bool  // one is to be sent
	closing atomic.Pointer[realtime.Closing]
	closed  atomic.Bool // the close frame was sent
}

// begin joins the hub, and greets.
func (c *conn) begin() bool {
	d := c.door
	client, err := c.join()
	if err != nil {
		return false
	}
	c.ws.SetReadLimit(d.Message)
	c.ws.SetPongHandler(func(string) error { return c.alive() })
	c.ws.SetPingHandler(func(data string) error {
		if err := c.alive(); err != nil {
			return err
		}
		return c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(d.Write))
	})
	c.heard.Store(time.Now().UnixMilli())
	c.slot = d.wheel.Add(c)
	client.Reply(d.hub.Hello())
	client.Identify(c.pass.Token)
	return true
}

func (c *conn) join() (client *realtime.Client, err error) {
	c.joining.Lock()
	defer c.joining.Unlock()
	c.client, err = c.door.hub.Join(c, realtime.Info{Transport: "websocket", Address: c.pass.Address})
	return c.client, err
}

// joined is the client, for those whom the hub sends: it may, as soon as it knows
// the connection, and that is before the connection knows its client.
func (c *conn) joined() *realtime.Client {
	c.joining.Lock()
	defer c.joining.Unlock()
	return c.client
}

// alive notes a sign of life, and counts it: they may not come too fast either.
func (c *conn) alive() error {
	now := time.Now()
	c.heard.Store(now.UnixMilli())
	c.pinged.Store(0)
	if c.bucket.Take(c.door.Messages, now) {
		return nil
	}
	c.client.Close(realtime.Closing{Code: realtime.CloseRate, Reason: "too many messages"})
	return errRate
}

// read reads until the connection ends, and cleans up after it.
func (c *conn) read() {
	defer c.end()
	var err error
	for err == nil {
		err = c.next()
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		c.client.Close(realtime.Closing{Code: realtime.CloseTooLarge, Reason: "message too large"})
	}
	var late net.Error
	if peer := (*websocket.CloseError)(nil); !errors.As(err, &peer) && !(errors.As(err, &late) && late.Timeout()) {
		c.linger()
	}
}

// linger waits until the peer hangs up: cut before it has read why, with
// something of its own on the way, it would never learn.
func (c *conn) linger() {
	if c.socket.SetReadDeadline(time.Now().Add(lingers)) == nil {
		_, _ = io.CopyN(io.Discard, c.socket, mostLingers)
	}
}

const (
	leaves      = 3 * time.Second // how long a peer may take to answer a close frame
	lingers     = 2 * time.Second
	mostLingers = 1 << 20
)

func (c *conn) next() error {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	c.reading.Store(time.Now().UnixMilli())
	raw, err := io.ReadAll(r) // as much as the limit lets through
	c.reading.Store(0)
	if err != nil {
		return err
	}
	if err := c.alive(); err != nil || c.closing.Load() != nil {
		return errors.Join(err, realtime.ErrClosed)
	}
	if kind != websocket.TextMessage {
		c.client.Refuse(realtime.CodeBadMessage, realtime.Closing{Code: realtime.CloseBadMessage, Reason: realtime.CodeBadMessage})
		return realtime.ErrMessage
	}
	return c.do(raw)
}

// do carries a command out on a stack of its own: that of the reader stays
// small for the connection's life.
func (c *conn) do(raw []byte) error {
	var done sync.WaitGroup
	ok := false
	done.Go(func() { ok = c.client.Do(raw, c.pass.Bear) })
	if done.Wait(); !ok {
		return realtime.ErrMessage
	}
	return nil
}

func (c *conn) end() {
	c.door.wheel.Remove(c, c.slot)
	c.client.Leave()
	c.pass.Leave()
	_ = c.ws.Close() // it is over, whatever that says
}
