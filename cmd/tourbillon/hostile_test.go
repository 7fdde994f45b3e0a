package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/audience"
)

// hostility is something that is done to the relay at a door. It begins, others
// go on as if nothing were, and then it is held against what is documented.
type hostility struct {
	says string
	acts func(t *testing.T, url string) (ends func())
}

const socketIO = "/socket.io/?EIO=4&transport=websocket"

var hostilities = []hostility{
	{"a page of a stranger, by WebSocket", refused("/ws", http.StatusForbidden, "Origin", "https://example.net")},
	{"a page of a stranger, by Socket.IO's WebSocket", refused(socketIO, http.StatusForbidden, "Origin", "https://example.net")},
	{"a page of a stranger, polling", refused("/socket.io/?EIO=4&transport=polling", http.StatusForbidden, "Origin", "https://example.net")},
	{"a page of a stranger, streaming", refused("/sse?topic=tours", http.StatusForbidden, "Origin", "https://example.net")},
	{"a guessed token, streaming", refused("/sse?topic=sagas", http.StatusUnauthorized, "Authorization", "Bearer guess")},
	{"a guessed token in the header", endedBy("/ws", realtime.CloseBadToken, http.Header{"Authorization": {"Bearer guess"}})},
	{"a guessed token", endedBy("/ws", realtime.CloseBadToken, nil, frame(`{"type":"hello","token":"guess"}`))},
	{"a message that is none", endedBy("/ws", realtime.CloseBadMessage, nil, frame(`{"type":`))},
	{"a message that is too large", endedBy("/ws", realtime.CloseTooLarge, nil, frame(`{"type":"ping","x":"`+strings.Repeat("x", 16<<10)+`"}`))},
	{"a flood of messages", endedBy("/ws", realtime.CloseRate, nil, repeated(frame(`{"type":"ping"}`))...)},
	{"a flood of subscriptions", endedBy("/ws", realtime.CloseRate, nil, repeated(frame(`{"type":"subscribe","topic":"tours"}`))...)},
	{"a flood of control frames", endedBy("/ws", realtime.CloseRate, nil, repeated(audience.Masked(9, nil))...)},
	{"another's booking", toldOff(`"code":"unknown-topic"`, `{"type":"subscribe","topic":"booking:the-key-of-nobody"}`)},
	{"all bookings", toldOff(`"code":"bad-topic"`, `{"type":"subscribe","topic":"booking:*"}`)},
	{"operators' topics, without a token", toldOff(`"code":"forbidden"`, `{"type":"subscribe","topic":"sagas"}`)},
	{"dead letters, without a token", toldOff(`"code":"forbidden"`, `{"type":"subscribe","topic":"dead-letters"}`)},
	{"a packet of Socket.IO that is too large", endedBy(socketIO, realtime.CloseTooLarge, nil, frame("40"), frame(`42["x","`+strings.Repeat("x", 16<<10)+`"]`))},
	{"a packet that is none", endedBy(socketIO, realtime.CloseBadMessage, nil, frame("40"), frame("9"))},
	{"a flood of packets", endedBy(socketIO, realtime.CloseRate, nil, frame("40"), repeated(frame(`42["subscribe","tours"]`))[0])},
	{"one more than may bear a token", crowded},
	{"one who trickles a request", trickled},
}

// latenesses are those that are ended because a time has passed.
var latenesses = []hostility{
	{"a message that does not end", endedBy("/ws", realtime.CloseTimeout, nil, unended(`{"type":`))},
	{"one who answers no ping of Socket.IO", endedBy(socketIO, realtime.CloseTimeout, nil, frame("40"))},
	{"one who hears no ping", halfOpen},
}

// TestHostile has each of them done at each door of a system, while somebody
// watches the seats of a departure, and misses none that is sold. Nobody is in a
// hurry who is not to be late.
func TestHostile(t *testing.T) {
	t.Parallel() // those who trickle take their time
	c, err := read(env("TOURBILLON_OPERATOR_TOKEN", "t0ken", "TOURBILLON_TRUST_LOOPBACK", "false"))
	if err != nil {
		t.Fatal(err)
	}
	hurried := c
	hurried.plain.Ping, hurried.plain.Pong = 300*time.Millisecond, 5*time.Second // who watches has to answer in that, on a busy machine too
	hurried.engine.Ping, hurried.engine.Pong = 300*time.Millisecond, 300*time.Millisecond
	t.Run("in its own time", func(t *testing.T) { meets(t, c, hostilities) })
	t.Run("late", func(t *testing.T) { meets(t, hurried, latenesses) })
}

func meets(t *testing.T, c config, all []hostility) {
	t.Parallel()
	h := openedAs(t, c)
	var sold int64
	for name, url := range map[string]string{"the gateway": h.url, "its own": h.watched} {
		t.Run("at "+name, func(t *testing.T) {
			seen := watching(t, url)
			until(t, "it is told of the seats", func() bool { return seen.Load() == sold })
			for _, one := range all {
				t.Run(one.says, func(t *testing.T) {
					ends := one.acts(t, url)
					if _, err := h.wants(t.Context()); err != nil {
						t.Fatal(err)
					}
					sold++
					until(t, "others see the seat sold", func() bool { return seen.Load() == sold })
					ends()
				})
			}
		})
	}
}

// watching is how many seats one who watches has seen sold, or -1 once it was
// cut. What it is told only ever becomes newer.
func watching(t *testing.T, url string) *atomic.Int64 {
	t.Helper()
	conn := dialled(t, url)
	if err := conn.WriteJSON(realtime.Command{Type: realtime.TypeSubscribe, Topic: "departure:tokyo-yanaka-0800"}); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	seen, over := new(atomic.Int64), make(chan struct{})
	go func() {
		defer close(over)
		defer seen.Store(-1)
		for version := uint64(0); ; {
			var m struct {
				Type    string
				Version uint64
				Data    struct{ Sold int64 }
			}
			if _, raw, err := conn.ReadMessage(); err != nil || json.Unmarshal(raw, &m) != nil || m.Type == realtime.TypeValue && m.Version <= version {
				return
			}
			if m.Type == realtime.TypeValue {
				version = m.Version
				seen.Store(m.Data.Sold)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-over
	})
	return seen
}

// refused asks with a header, and is to get a status.
func refused(path string, status int, header, value string) func(*testing.T, string) func() {
	return func(t *testing.T, url string) func() {
		code, body := asked(t, url+path, header, value)
		return func() {
			if code != status {
				t.Errorf("got %d %s, want %d", code, body, status)
			}
		}
	}
}

// frame is a whole message on the wire; unended is the beginning of one.
func frame(text string) []byte { return audience.Masked(1, []byte(text)) }

func unended(text string) []byte {
	raw := frame(text)
	raw[0] &^= 0x80
	return raw
}

func repeated(raw []byte) [][]byte { return [][]byte{[]byte(strings.Repeat(string(raw), 2000))} }

// endedBy sends raw frames, and is to be closed with a code.
func endedBy(path string, code int, headers http.Header, frames ...[]byte) func(*testing.T, string) func() {
	return func(t *testing.T, url string) func() {
		conn := dialledAs(t, url+path, headers)
		go func() {
			for _, raw := range frames {
				if _, err := conn.NetConn().Write(raw); err != nil {
					return // it was cut meanwhile
				}
			}
		}()
		return func() { closedWith(t, conn, code) }
	}
}

// closedWith reads until the end, which is to have a code.
func closedWith(t *testing.T, conn *websocket.Conn, code int) {
	t.Helper()
	for {
		_, _, err := conn.ReadMessage()
		if err == nil {
			continue
		}
		if why := new(websocket.CloseError); !errors.As(err, &why) || why.Code != code {
			t.Errorf("it ended by %v, want %d", err, code)
		}
		return
	}
}

// toldOff says something, is to be told an error, and may go on.
func toldOff(want, text string) func(*testing.T, string) func() {
	return func(t *testing.T, url string) func() {
		conn := dialled(t, url)
		if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
		return func() {
			says(t, conn, want)
			if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)); err != nil {
				t.Fatal(err)
			}
			says(t, conn, `"type":"pong"`)
		}
	}
}

// crowded comes once more than a token may be borne at once.
func crowded(t *testing.T, url string) func() {
	for range 100 {
		conn := dialledAs(t, url+"/ws", http.Header{"Authorization": {"Bearer t0ken"}})
		go func() {
			for { // answers pings, until it is closed
				if _, _, err := conn.ReadMessage(); err != nil {
					return
				}
			}
		}()
	}
	return refused("/ws", http.StatusTooManyRequests, "Authorization", "Bearer t0ken")(t, url)
}

// halfOpen reads, and answers no ping.
func halfOpen(t *testing.T, url string) func() {
	conn := dialled(t, url)
	conn.SetPingHandler(func(string) error { return nil })
	return func() { closedWith(t, conn, realtime.CloseTimeout) }
}

// trickled sends a request that does not end, a byte at a time.
func trickled(t *testing.T, url string) func() {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for {
			if _, err := conn.Write([]byte("G")); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return func() {
		if err := conn.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Error("it is let go on")
		}
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
