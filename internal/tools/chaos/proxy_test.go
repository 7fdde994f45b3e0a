//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every line by itself.
func echo(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := bufio.NewReader(c); ; {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					if _, err := fmt.Fprint(c, line); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// says sends a line and returns whether it came back in time.
func says(c net.Conn, in *bufio.Reader, line string, within time.Duration) bool {
	if _, err := fmt.Fprintln(c, line); err != nil {
		return false
	}
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		return false
	}
	got, err := in.ReadString('\n')
	return err == nil && got == line+"\n"
}

func TestProxy(t *testing.T) {
	p, err := newProxy(t.Context(), "127.0.0.1:0", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	dial := func() (net.Conn, *bufio.Reader) {
		c, err := net.Dial("tcp", p.addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c, bufio.NewReader(c)
	}
	c, in := dial()
	if !says(c, in, "one", 5*time.Second) {
		t.Error("it carries nothing")
	}
	p.hang()
	if says(c, in, "two", 50*time.Millisecond) {
		t.Error("a line that hangs carries all the same")
	}
	p.heal()
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := in.ReadString('\n'); err != nil || got != "two\n" {
		t.Errorf("got %q, %v: what was said while it hung was lost", got, err)
	}
	p.sever()
	if says(c, in, "three", 5*time.Second) {
		t.Error("a connection outlived the cut")
	}
	c, in = dial()
	if says(c, in, "four", 5*time.Second) {
		t.Error("a new connection was made through the cut")
	}
	p.heal()
	c, in = dial()
	if !says(c, in, "five", 5*time.Second) {
		t.Error("a healed line carries nothing")
	}
}
