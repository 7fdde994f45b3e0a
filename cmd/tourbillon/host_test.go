package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestHost_Request runs the public Service as it is deployed: one function, the
// door beside it, and every asker on loopback, as behind a sidecar.
func TestHost_Request(t *testing.T) {
	broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	defer broker.Close()
	cmd := exec.Command("tourbillon") // this test binary, by TestMain; a context would kill it before it may stop
	cmd.Env = append(os.Environ(), "FUNCTION_TARGET=request", "PORT=0", "K_SINK="+broker.URL, "K_SERVICE=request", "TOURBILLON_OPERATOR_TOKEN=t0ken")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("it did not stop in peace: %v", err)
		}
	})
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var at struct{ Addr string }
	if err := json.Unmarshal(line, &at); err != nil {
		t.Fatal(err)
	}
	url := "http://" + strings.Replace(at.Addr, "[::]", "127.0.0.1", 1)
	ce := []string{"ce-specversion", "1.0", "ce-id", "1", "ce-source", "/me", "ce-type", "tourbillon.booking.request.v2"}
	for _, c := range []struct {
		says, method, path, body string
		headers                  []string
		code                     int
	}{
		{"its probe is answered", "GET", "/readyz", "", nil, 200},
		{"the door is there", "GET", "/departures", "", nil, 200},
		{"a departure that nobody opened is refused", "POST", "/bookings", wanted, nil, 422},
		{"so it is for an event at the door", "POST", "/events", wanted, ce, 422},
		{"no stranger passes the door by asking the function", "POST", "/", wanted, ce, 500},
		{"the keeper may ask it again", "POST", "/", `{"bookingId":"booking-0001"}`, ce, 204},
		{"nor by another path", "POST", "/any/path", wanted, ce, 404},
		{"nor by one that is written oddly", "POST", "//bookings", wanted, nil, 404},
		{"coming from loopback makes nobody an operator", "GET", "/bookings?source=/me&id=1", "", nil, 401},
		{"the token does", "GET", "/bookings?source=/me&id=1", "", []string{"Authorization", "Bearer t0ken"}, 200},
	} {
		t.Run(c.says, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Close = true
			req.Header.Set("Content-Type", "application/json")
			for i := 0; i < len(c.headers); i += 2 {
				req.Header.Set(c.headers[i], c.headers[i+1])
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil || resp.StatusCode != c.code {
				t.Errorf("got %s, %v; want %d", resp.Status, err, c.code)
			}
		})
	}
}
