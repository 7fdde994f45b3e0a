//go:build integration

package rabbitmq

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a transport and the server, and cuts.
type proxy struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	conns map[net.Conn]bool
	down  bool
	held  *sync.Cond // while frozen
	stuck bool
	work  sync.WaitGroup
}

// newProxy returns a proxy before the server, and the URL of that way.
func newProxy(t testing.TB) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(server(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: u.Host, conns: map[net.Conn]bool{}}
	p.held = sync.NewCond(&p.mu)
	p.work.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.freeze(false)
		p.cut()
		p.work.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", p.server)
		if err != nil {
			from.Close()
			continue
		}
		p.mu.Lock()
		down := p.down
		p.conns[from], p.conns[to] = true, true
		p.mu.Unlock()
		if down {
			p.cut()
			continue
		}
		p.work.Go(func() { p.pass(from, to) })
		p.work.Go(func() { p.pass(to, from) })
	}
}

func (p *proxy) pass(from, to net.Conn) {
	buf := make([]byte, 4096) // small: cuts fall within frames
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		for p.stuck {
			p.held.Wait()
		}
		p.mu.Unlock()
		if err == nil {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			from.Close()
			to.Close()
			p.mu.Lock()
			delete(p.conns, from)
			p.mu.Unlock()
			return
		}
	}
}

// cut resets every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		c.Close()
	}
	clear(p.conns)
}

// refuse cuts, and takes nobody in until told otherwise.
func (p *proxy) refuse(down bool) {
	p.mu.Lock()
	p.down = down
	p.mu.Unlock()
	if down {
		p.cut()
	}
}

// freeze lets nothing through, and nobody knows, until told otherwise.
func (p *proxy) freeze(stuck bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = stuck
	p.held.Broadcast()
}
