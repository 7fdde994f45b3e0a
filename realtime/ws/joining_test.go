package ws

import (
	"net"
	"testing"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
)

// TestConn_ClosedWhileItJoins has the hub close and wake a connection as soon as
// it knows it, as a drain may, which is before the connection knows its client.
func TestConn_ClosedWhileItJoins(t *testing.T) {
	hub, pool := realtime.New(nil, nil, nil, realtime.Options{}), pump.NewPool(1)
	d := New(hub, gate.New(gate.Origins{}, gate.Limits{}), pool, Options{})
	defer d.Close()
	near, far := net.Pipe()
	defer far.Close()
	c := &conn{door: d, socket: pump.NewSocket(near, d.Write, func() {})}
	defer c.socket.Close()
	c.closed.Store(true) // nothing is to be written
	c.joining.Lock()
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.Wake()
		c.Close(realtime.Restart())
	}()
	var err error
	if c.client, err = hub.Join(c, realtime.Info{}); err != nil {
		t.Fatal(err)
	}
	c.joining.Unlock()
	<-over
	pool.Close()
	c.client.Leave()
}
