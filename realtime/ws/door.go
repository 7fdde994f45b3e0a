package ws

import (
	"cmp"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/internal/web"
	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
)

// Options are a door's settings. The zero value of each is its default.
type Options struct {
	Ping     time.Duration // between two pings; 25 s
	Pong     time.Duration // how long an answer to one may take, and a message; 10 s
	Write    time.Duration // how long a write may take that the kernel has no room for; 10 s
	Message  int64         // bytes of a message at most; 16 KiB
	Messages gate.Rate     // of one connection; 20 a second and 250 at once
}

func (o Options) filled() Options {
	o.Ping = cmp.Or(o.Ping, 25*time.Second)
	o.Pong = cmp.Or(o.Pong, 10*time.Second)
	o.Write = cmp.Or(o.Write, 10*time.Second)
	o.Message = cmp.Or(o.Message, 16<<10)
	o.Messages = cmp.Or(o.Messages, gate.Rate{PerSecond: 20, Burst: 250})
	return o
}

// Door is an http.Handler. Make it with [New].
type Door struct {
	Options
	hub     *realtime.Hub
	gate    *gate.Gate
	pool    *pump.Pool
	wheel   *pump.Wheel
	codec   *realtime.Codec
	upgrade websocket.Upgrader
	ping    *websocket.PreparedMessage
	readers pump.Crew
}

// New returns a door to hub. Close it when the hub was drained.
func New(hub *realtime.Hub, g *gate.Gate, pool *pump.Pool, o Options) *Door {
	d := &Door{Options: o.filled(), hub: hub, gate: g, pool: pool, ping: prepared(websocket.PingMessage, nil)}
	d.wheel = pump.NewWheel(min(d.Ping, d.Pong) / 2)
	d.codec = hub.Codec(func(m *realtime.Message) any { return prepared(websocket.TextMessage, m.JSON) })
	d.upgrade = websocket.Upgrader{
		HandshakeTimeout: d.Write,
		ReadBufferSize:   512,
		WriteBufferSize:  512,
		WriteBufferPool:  new(sync.Pool),
		CheckOrigin:      func(*http.Request) bool { return true }, // the gate did
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			web.Problem{Kind: "websocket", Title: "Not a WebSocket", Status: status, Detail: reason.Error() + "."}.Write(w)
		},
	}
	return d
}

// prepared is a frame for all connections.
func prepared(kind int, data []byte) *websocket.PreparedMessage {
	m, err := websocket.NewPreparedMessage(kind, data)
	if err != nil {
		panic(err) // it is written to memory
	}
	return m
}

// ServeHTTP takes a connection in. It returns at once: the request and the
// stack that served it are not kept for the connection's life.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pass := d.gate.Enter(w, r)
	if pass == nil {
		return
	}
	c := &conn{door: d, pass: pass}
	ws, err := d.upgrade.Upgrade(pump.Hijack(w, func(n net.Conn) net.Conn {
		c.socket = pump.NewSocket(n, d.Write, c.Wake)
		return c.socket
	}), r, nil)
	if err != nil {
		pass.Leave() // and the upgrader answered
		return
	}
	c.ws = ws
	switch began := c.begin(); {
	case !began: // the hub takes nobody in any more
		why := realtime.Restart()
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(why.Code, why.Reason), time.Now().Add(d.Write))
		_ = ws.Close()
		pass.Leave()
	case !d.readers.Go(c.read):
		c.end()
	}
}

// Close cuts the connections that are left, which a drain has not ended, and
// returns when nothing is left of any.
func (d *Door) Close() {
	d.readers.Shut()
	d.wheel.Each(func(s pump.Spoke) { _ = s.(*conn).socket.Close() }) // its reader notices
	d.readers.Wait()
	d.wheel.Close()
}
