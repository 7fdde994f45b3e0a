//go:build unix

package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// proxy is the line to a server: whole, cut (no connection lives, none is
// made) or hung (connections are there, and nothing comes through).
type proxy struct {
	to string
	l  net.Listener

	all sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	flows chan struct{} // closed while it is not hung
	conns map[net.Conn]bool
}

// newProxy listens at an address, for who wants to reach another.
func newProxy(ctx context.Context, at, to string) (*proxy, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	p := &proxy{to: to, l: l, flows: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(p.flows)
	p.all.Go(p.accept)
	return p, nil
}

func (p *proxy) addr() string { return p.l.Addr().String() }

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && p.keep(c) {
			p.all.Go(func() { p.join(c) })
		}
	}
}

// keep notes a connection, or closes it where the line is cut.
func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		_ = c.Close() // there is nothing to lose
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close() // there is nothing to lose
}

// join carries what both sides say until one hangs up.
func (p *proxy) join(near net.Conn) {
	defer p.drop(near)
	<-p.flowing()
	far, err := net.DialTimeout("tcp", p.to, 5*time.Second)
	if err != nil || !p.keep(far) {
		return
	}
	defer p.drop(far)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			p.carry(way[1], way[0])
			p.drop(near)
			p.drop(far)
		})
	}
	both.Wait()
}

func (p *proxy) carry(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			<-p.flowing()
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) flowing() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flows
}

// sever cuts the line.
func (p *proxy) sever() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		_ = c.Close() // there is nothing to lose
	}
}

// hang lets nothing through.
func (p *proxy) hang() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flows:
		p.flows = make(chan struct{})
	default: // it hangs already
	}
}

// heal makes the line whole.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	select {
	case <-p.flows:
	default:
		close(p.flows)
	}
}

// close ends the line, and returns once nothing of it is left.
func (p *proxy) close() error {
	err := p.l.Close()
	p.sever()
	p.mu.Lock()
	select {
	case <-p.flows:
	default:
		close(p.flows)
	}
	p.mu.Unlock()
	p.all.Wait()
	return err
}
