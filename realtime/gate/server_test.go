package gate_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tourbillon/realtime/gate"
)

// TestServer_LetsNobodyKeepItReading has bodies that do not end, of requests that
// are answered without them, and streams that outlast the time for reading.
func TestServer_LetsNobodyKeepItReading(t *testing.T) {
	srv := gate.Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/stream" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		select {
		case <-r.Context().Done():
		case <-time.After(600 * time.Millisecond):
			fmt.Fprint(w, "still here")
		}
	}), slog.New(slog.DiscardHandler))
	srv.ReadTimeout /= 100
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	defer func() { _ = srv.Close(); <-ended }()
	for request, want := range map[string]string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1":                           "404",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n1":              "404",
		"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                        "still here",
		"POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1": "still here",
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%q: got %q, %v", request, got, err)
		}
		_ = c.Close()
	}
}
