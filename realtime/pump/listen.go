package pump

import (
	"net"
	"sync"
	"sync/atomic"
)

// sendBuffer is what the kernel may hold for a peer that does not read, in
// bytes; Linux doubles it. Left alone it grows to megabytes, outside of the
// process's own memory and inside of its container's.
const sendBuffer = 32 << 10

// Listen returns a listener whose connections have a bounded send buffer in the
// kernel. It has at most that many open: those who come then are hung up on
// before they say a word, whoever they are, so that descriptors are left for
// those who are in.
func Listen(l net.Listener, most int) net.Listener { return &bounded{Listener: l, most: int64(most)} }

type bounded struct {
	net.Listener
	most int64
	open atomic.Int64
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := c.(*net.TCPConn)
		if !ok {
			return c, nil
		}
		if b.open.Add(1) > b.most {
			b.open.Add(-1)
			_ = c.Close() // that is the answer
			continue
		}
		_ = tcp.SetWriteBuffer(sendBuffer) // one that is gone already fails at its first use
		return &counted{TCPConn: tcp, open: &b.open}, nil
	}
}

// counted is a connection that a bounded listener counts.
type counted struct {
	*net.TCPConn
	open *atomic.Int64
	once sync.Once
}

// Close implements [net.Conn].
func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.TCPConn.Close()
}
