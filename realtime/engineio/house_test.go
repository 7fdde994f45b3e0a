package engineio_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"tourbillon/realtime/engineio"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/packet"
	"tourbillon/realtime/pump"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo says again what it hears.
type echo struct {
	session *engineio.Session
	mu      sync.Mutex
	said    []*packet.Out
}

func (e *echo) Hear(data []byte, binary bool) error {
	e.mu.Lock()
	e.said = append(e.said, &packet.Out{Engine: packet.Engine{Type: packet.Message, Data: append([]byte{}, data...), Binary: binary}})
	e.mu.Unlock()
	e.session.Wake()
	return nil
}

func (e *echo) Take(into []*packet.Out) ([]*packet.Out, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := min(len(e.said), cap(into)-len(into))
	into, e.said = append(into, e.said[:n]...), e.said[n:]
	return into, n > 0
}

func (*echo) Tick(time.Time) bool { return true }
func (*echo) Moved(string)        {}
func (*echo) Gone()               {}

// suite are the settings that the official tests want.
var suite = engineio.Options{Ping: 300 * time.Millisecond, Pong: 200 * time.Millisecond, Message: 1_000_000}

type server struct {
	*testing.T
	url  string
	gate *gate.Gate
}

// serve has an echo answer at /engine.io/.
func serve(t *testing.T, o engineio.Options) *server {
	pool := pump.NewPool(2)
	g := gate.New(gate.Origins{}, gate.Limits{})
	s := engineio.New(func(s *engineio.Session) engineio.Talker { return &echo{session: s} }, g, pool, o)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		h.CloseClientConnections()
		h.Close()
		pool.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &server{t, h.URL + "/engine.io/", g}
}

// ask sends a request and returns the answer.
func (s *server) ask(method, query, body string) (int, string) {
	s.Helper()
	r, err := http.NewRequest(method, s.url+query, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Error(err)
		return 0, ""
	}
	defer resp.Body.Close() // read below
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Error(err)
	}
	return resp.StatusCode, string(text)
}

func (s *server) wants(method, query, body string, code int, text string) {
	s.Helper()
	got, answer := s.ask(method, query, body)
	if got != code || text != "" && answer != text {
		s.Errorf("%s %s %q: got %d %q, want %d %q", method, query, body, got, answer, code, text)
	}
}

// hello is what a session begins with.
type hello struct {
	SID                                   string
	Upgrades                              []string
	PingInterval, PingTimeout, MaxPayload int
}

// open opens a session by polling, and returns its query.
func (s *server) open() string {
	s.Helper()
	code, text := s.ask("GET", "?EIO=4&transport=polling", "")
	var h hello
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &h); err != nil || code != 200 {
		s.Fatalf("%d %s %v", code, text, err)
	}
	return "?EIO=4&transport=polling&sid=" + h.SID
}

// sock is a WebSocket.
type sock struct {
	*websocket.Conn
	t *testing.T
}

func (s *server) dial(query string) *sock {
	s.Helper()
	query = strings.Replace(query, "polling", "websocket", 1)
	c, _, err := websocket.DefaultDialer.Dial(strings.Replace(s.url, "http", "ws", 1)+query, nil)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = c.Close() })
	return &sock{c, s.T}
}

func (k *sock) say(text string) {
	k.t.Helper()
	if err := k.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *sock) hears(want string) {
	k.t.Helper()
	_ = k.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, data, err := k.ReadMessage()
	if err != nil || string(data) != want {
		k.t.Fatalf("heard %q, %v; want %q", data, err, want)
	}
}

// ends wants the connection to end within five seconds, whatever is said before.
func (k *sock) ends() {
	k.t.Helper()
	_ = k.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		if _, _, err := k.ReadMessage(); err != nil {
			if websocket.IsUnexpectedCloseError(err) || strings.Contains(err.Error(), "close") || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "reset") {
				return
			}
			k.t.Fatalf("did not end: %v", err)
		}
	}
}
