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
	"sync"
	"syscall"
	"testing"
)

// site is one address with the system behind it: its gateway, and its relay, a
// process of its own that comes and goes.
type site struct {
	url     string
	program string
	set     []string
	gateway *url.URL

	mu    sync.Mutex
	relay *exec.Cmd
	at    *url.URL // of the relay
}

func newSite(t *testing.T, set []string, folder string) *site {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{set: set, program: filepath.Join(t.TempDir(), "tourbillon")} // by this name the test binary is the program
	if err := os.Symlink(self, s.program); err != nil {
		t.Fatal(err)
	}
	free := "127.0.0.1:0"
	system, at, err := s.begin("gateway", "up", "--output=json", "--addr="+free, "--notifications-addr="+free, "--saga-addr="+free, "--realtime-addr="+free)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(system); err != nil {
			t.Errorf("the system did not stop in peace: %v", err)
		}
	})
	s.gateway = at
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(s.relay); err != nil {
			t.Errorf("the relay did not stop in peace: %v", err)
		}
	})
	srv := httptest.NewServer(s.handler(folder))
	s.url = srv.URL
	t.Cleanup(srv.Close)
	return s
}

// begin runs the program until it says where its door is.
func (s *site) begin(door string, args ...string) (*exec.Cmd, *url.URL, error) {
	cmd := exec.Command(s.program, args...)
	cmd.Env = slices.Concat(os.Environ(), s.set)
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		return nil, nil, errors.Join(err, cmd.Wait())
	}
	at := map[string]string{}
	if err := json.Unmarshal(line, &at); err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(at[door])
	return cmd, u, err
}

// end stops a process as Ctrl-C does.
func end(cmd *exec.Cmd) error {
	return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait())
}

// start has a relay answer.
func (s *site) start() error {
	cmd, at, err := s.begin("realtime", "relay", "--output=json", "--addr=127.0.0.1:0")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relay, s.at = cmd, at
	return err
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
		return s.at
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
	switch how {
	case "kill":
		err := old.Process.Signal(syscall.SIGKILL)
		_ = old.Wait() // it was killed, which is what it says
		return err
	case "start":
		return s.start()
	}
	return errors.Join(s.start(), old.Process.Signal(syscall.SIGTERM), old.Wait())
}
