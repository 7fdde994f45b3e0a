package ws_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
	"tourbillon/realtime/ws"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var seats = realtime.Topic{Kind: realtime.Departure, ID: "lyon-0900"}

const subscribeSeats = `{"type":"subscribe","topic":"departure:lyon-0900"}`

// quick are a door's settings with deadlines that a test can wait for.
var quick = realtimetest.Options{
	Plain: ws.Options{Ping: 200 * time.Millisecond, Pong: 200 * time.Millisecond, Write: 300 * time.Millisecond},
}

// open starts a relay that shows one departure.
func open(t *testing.T, o realtimetest.Options) (*realtimetest.Relay, *realtimetest.Truth) {
	t.Helper()
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{"available":4}`)
	r := realtimetest.Start(t, truth, o)
	t.Cleanup(r.Stop)
	return r, truth
}

// said is any message of the relay.
type said struct {
	Type, Topic, Epoch, Code string
	Version                  uint64
	Protocol                 int
	Stale                    bool
	Data                     json.RawMessage
}

// peer is a client.
type peer struct {
	*websocket.Conn
	t *testing.T
}

func dial(t *testing.T, r *realtimetest.Relay, header http.Header) *peer {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial(r.URL("ws", "/ws"), header)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{c, t}
	t.Cleanup(func() { _ = c.Close() })
	if hello := p.next(); hello.Type != "hello" || hello.Protocol != 1 {
		t.Fatalf("greeted with %+v", hello)
	}
	return p
}

func (p *peer) say(text string) {
	p.t.Helper()
	if err := p.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

// next is the next message.
func (p *peer) next() (m said) {
	p.t.Helper()
	p.patient()
	if err := p.ReadJSON(&m); err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *peer) patient() { _ = p.SetReadDeadline(time.Now().Add(10 * time.Second)) }

// wants wants the next message to be of a type, and returns it.
func (p *peer) wants(kind string) said {
	p.t.Helper()
	m := p.next()
	if m.Type != kind {
		p.t.Fatalf("was told %+v, want a %s", m, kind)
	}
	return m
}

// ends wants the connection to be closed with a code; what is said before is
// returned.
func (p *peer) ends(code int) (before []said) {
	p.t.Helper()
	p.patient()
	for {
		var m said
		err := p.ReadJSON(&m)
		if why := (*websocket.CloseError)(nil); errors.As(err, &why) {
			if why.Code != code {
				p.t.Errorf("closed with %d %q, want %d", why.Code, why.Text, code)
			}
			return before
		}
		if err != nil {
			p.t.Errorf("ended by %v, want the code %d", err, code)
			return before
		}
		before = append(before, m)
	}
}

// raw is a connection whose every byte is the test's.
func raw(t *testing.T, r *realtimetest.Relay) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// refused wants no connection, and returns the answer.
func refused(t *testing.T, r *realtimetest.Relay, status int, header http.Header) *http.Response {
	t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial(r.URL("ws", "/ws"), header)
	if err == nil {
		_ = c.Close()
		t.Fatal("it was let in")
	}
	if resp == nil || resp.StatusCode != status {
		t.Fatalf("refused with %+v, %v; want %d", resp, err, status)
	}
	return resp
}

// unhurt wants a client that watches to be told of a change at once.
func unhurt(t *testing.T, p *peer, truth *realtimetest.Truth) {
	t.Helper()
	want := truth.Change(seats).Version
	for p.wants("value").Version < want {
	}
}

var generous = gate.Rate{PerSecond: 1e6, Burst: 1e6}
