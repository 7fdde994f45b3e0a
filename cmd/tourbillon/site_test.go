//go:build integration || browser

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const siteToken = "an-operator's-token"

// site is one address with the system behind it: its gateway, and its relay,
// which comes and goes.
type site struct {
	url     string
	gateway *url.URL
	begin   func() (answering, error) // a relay that answers

	mu    sync.Mutex
	relay answering
}

// answering is a relay that answers, and how it ends: at once, or in peace.
type answering struct {
	at         *url.URL
	kill, stop func() error
}

// newSite is a site on servers, whose relay is a process of its own as on a cluster.
func newSite(t *testing.T, set []string, folder string) *site {
	t.Helper()
	for _, s := range set {
		if name, value, _ := strings.Cut(s, "="); value == "" {
			t.Fatalf("%s would be empty: run `make brokers`, then `make integration`", name)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	set = append(set, "TOURBILLON_LOG=error", "TOURBILLON_OPERATOR_TOKEN="+siteToken)
	program := filepath.Join(t.TempDir(), "tourbillon") // by this name the test binary is the program
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	free := "127.0.0.1:0"
	system, err := started(program, set, "gateway", "up", "--output=json", "--addr="+free, "--notifications-addr="+free, "--saga-addr="+free, "--realtime-addr="+free)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.stop(); err != nil {
			t.Errorf("the system did not stop in peace: %v", err)
		}
	})
	s := &site{gateway: system.at, begin: func() (answering, error) {
		return started(program, set, "realtime", "relay", "--output=json", "--addr="+free)
	}}
	s.open(t, folder)
	return s
}

// open starts the first relay, and opens the address.
func (s *site) open(t *testing.T, folder string) {
	t.Helper()
	var err error
	if s.relay, err = s.begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.relay.stop(); err != nil {
			t.Errorf("the relay did not stop in peace: %v", err)
		}
	})
	srv := httptest.NewServer(s.handler(folder))
	s.url = srv.URL
	t.Cleanup(srv.Close)
}

// lose gives up an event that nobody wants: a dead letter to look at.
func (s *site) lose(t *testing.T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.gateway.String()+"/broker/bookings", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + siteToken, "Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "lost", "ce-source": "/somebody",
		"ce-type": "tourbillon.booking.complete.v1", "ce-kind": "command", "ce-to": "nobody", "ce-correlationid": "nobody-knows-it",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusAccepted {
		t.Fatalf("it was not taken in: %s", resp.Status)
	}
}

// started runs the program until it says where its door is.
func started(program string, set []string, door string, args ...string) (answering, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = slices.Concat(os.Environ(), set)
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	if err != nil {
		return answering{}, err
	}
	if err := cmd.Start(); err != nil {
		return answering{}, err
	}
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		return answering{}, errors.Join(err, cmd.Wait())
	}
	at := map[string]string{}
	if err := json.Unmarshal(line, &at); err != nil {
		return answering{}, err
	}
	u, err := url.Parse(at[door])
	return answering{
		at:   u,
		stop: func() error { return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()) }, // as Ctrl-C does
		kill: func() error {
			err := cmd.Process.Kill()
			_ = cmd.Wait() // it was killed, which is what it says
			return err
		},
	}, err
}

// handler sends what is the relay's to the relay, and all else to the gateway.
func (s *site) handler(folder string) http.Handler {
	to := func(target func() *url.URL) http.Handler {
		return &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target())
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	}
	mux := http.NewServeMux()
	mux.Handle("/", to(func() *url.URL { return s.gateway }))
	live := to(func() *url.URL {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.relay.at
	})
	handle(mux, live, "/ws", "/sse", "/socket.io/")
	mux.Handle("/theirs/", http.StripPrefix("/theirs/", http.FileServer(http.Dir(folder))))
	mux.HandleFunc("/theirs/socket.io.min.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(folder, "node_modules/socket.io-client/dist/socket.io.min.js"))
	})
	mux.HandleFunc("POST /relay/{how}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.change(r.PathValue("how")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// change has the relay killed, started, or replaced: another one answers before
// it is told to stop.
func (s *site) change(how string) error {
	s.mu.Lock()
	old := s.relay
	s.mu.Unlock()
	if how == "kill" {
		return old.kill()
	}
	fresh, err := s.begin()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.relay = fresh
	s.mu.Unlock()
	if how == "start" {
		return nil
	}
	return old.stop()
}
