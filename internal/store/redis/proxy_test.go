package redis_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"tourbillon/internal/store/redis"
)

// proxy stands between a store and its server, and breaks what goes through.
type proxy struct {
	listener net.Listener
	target   string
	all      sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	silent bool          // nothing goes through, and nobody is told
	shut   bool          // nobody is let in
	losses []func()      // what happens when the answer to a script is lost
	lost   chan struct{} // one for each that was
	looks  int           // revisions whose answer went through
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target, conns: make(map[net.Conn]bool), lost: make(chan struct{}, 100)}
	p.all.Go(p.serve)
	t.Cleanup(func() {
		l.Close()
		p.cut()
		p.all.Wait()
	})
	return p
}

func (p *proxy) settings() redis.Settings {
	return redis.Settings{URL: "redis://" + p.listener.Addr().String()}
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil || !p.keep(client, server) {
			client.Close()
			continue
		}
		l := &link{proxy: p, client: client, server: server}
		p.all.Go(l.ask)
		p.all.Go(l.answer)
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.shut {
			c.Close()
			continue
		}
		p.conns[c] = true
	}
	return !p.shut
}

func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// cut breaks all connections there are.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

// told reports whether a revision that was asked for went through.
func (p *proxy) told() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.looks > 0
}

// lose has the answers to the next n scripts lost, and their connections broken.
// What happens before the client notices is done for each.
func (p *proxy) lose(n int, meanwhile func()) {
	p.set(func() {
		for range n {
			p.losses = append(p.losses, meanwhile)
		}
	})
}

// link is one connection through the proxy.
type link struct {
	*proxy
	client, server net.Conn

	mu   sync.Mutex
	loss func() // of the answer that comes next
	look bool   // a revision is what was asked for
}

func (l *link) ask() {
	defer l.end()
	copyThrough(l.client, l.server, func(b []byte) bool {
		l.proxy.mu.Lock()
		defer l.proxy.mu.Unlock()
		if len(l.losses) > 0 && bytes.Contains(b, []byte("evalsha")) {
			l.mu.Lock()
			l.loss, l.losses = l.losses[0], l.losses[1:]
			l.mu.Unlock()
		}
		if bytes.Contains(b, []byte("hget")) {
			l.mu.Lock()
			l.look = true
			l.mu.Unlock()
		}
		return !l.silent
	}, func() {})
}

func (l *link) answer() {
	defer l.end()
	copyThrough(l.server, l.client, func([]byte) bool {
		l.mu.Lock()
		loss := l.loss
		l.mu.Unlock()
		if loss != nil {
			loss()
			l.lost <- struct{}{}
			l.end()
		}
		l.proxy.mu.Lock()
		defer l.proxy.mu.Unlock()
		return loss == nil && !l.silent
	}, l.looked)
}

// looked is called when an answer went through.
func (l *link) looked() {
	l.mu.Lock()
	look := l.look
	l.look = false
	l.mu.Unlock()
	if look {
		l.proxy.set(func() { l.looks++ })
	}
}

func (l *link) end() {
	l.client.Close()
	l.server.Close()
}

// copyThrough copies what goes through until an end is closed.
func copyThrough(from io.Reader, to io.Writer, through func([]byte) bool, passed func()) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && through(b[:n]) {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
			passed()
		}
		if err != nil {
			return
		}
	}
}
