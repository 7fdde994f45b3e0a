package realtimetest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"tourbillon/realtime/audience"
)

// Crowd makes this process a crowd of clients if it was begun by [Gather], and
// ends it then. Call it first in TestMain.
func Crowd() {
	if len(os.Args) < 5 || os.Args[1] != "crowd" {
		return
	}
	n, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = crowd(n, os.Args[3], os.Args[4], os.Args[5:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// crowd connects, says each connection's words, and reads what comes until its
// input ends.
func crowd(n int, addr, path string, says []string) error {
	for i := range n {
		// Several addresses, for the ports of one are not enough.
		from := &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(i%250+1))}
		c, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", addr)
		if err != nil {
			return err
		}
		if err := Handshake(c, path); err != nil {
			return err
		}
		for _, said := range says {
			if _, err := c.Write(audience.Masked(1, []byte(said))); err != nil {
				return err
			}
		}
		go func() { _, _ = io.Copy(io.Discard, c) }()
	}
	fmt.Fprintln(os.Stdout, "ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// Handshake makes a connection a WebSocket's, from the client's side, and
// swallows nothing of what follows.
func Handshake(c net.Conn, path string) error {
	return audience.Handshake(c, bufio.NewReaderSize(oneByte{c}, 16), path)
}

// oneByte is read byte by byte.
type oneByte struct{ io.Reader }

// Read implements [io.Reader].
func (o oneByte) Read(p []byte) (int, error) { return o.Reader.Read(p[:1]) }

// Gather begins a process with n connections, each of which says these
// messages, and returns when all have. Its TestMain must call [Crowd].
func Gather(t testing.TB, r *Relay, n int, path string, says ...string) (leave func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"crowd", strconv.Itoa(n), r.Addr, path}, says...)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the crowd says %q, %v", line, err)
	}
	return func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the crowd ended: %v", err)
		}
	}
}

// Resident is the memory that this process has from the machine, after a
// collection, in bytes.
func Resident(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory()
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
