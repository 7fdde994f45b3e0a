package engineio_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime/engineio"
)

// TestLeaks has sessions come and go in every way that they may.
func TestLeaks(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	s, left := serve(t, engineio.Options{}), serve(t, engineio.Options{Ping: 3 * time.Second, Pong: 3 * time.Second})
	for range rounds {
		for way := range 12 {
			switch way {
			case 0, 6, 7, 8: // a polling session is left of it, until its deadline
				left.comeAndGo(way)
			default:
				s.comeAndGo(way)
			}
		}
	}
	wantNobody(t, s)
	wantNobody(t, left)
	http.DefaultClient.CloseIdleConnections()
	for range 1000 {
		if runtime.NumGoroutine() < 40 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines", runtime.NumGoroutine())
}

func (s *server) comeAndGo(way int) {
	s.Helper()
	hangUp := func(k *sock) { _ = k.UnderlyingConn().Close() }
	switch way {
	case 0, 1, 2: // a polling session that is left to its deadline, or closed
		if q := s.open(); way > 0 {
			s.wants("POST", q, "4x\x1e1", 200, "ok")
		}
	case 3, 4, 5: // a WebSocket that is closed, hung up on, or cut in a message
		k := s.dial("?EIO=4&transport=websocket")
		if way == 3 {
			k.say("1")
			k.ends()
		}
		if way == 5 {
			_, _ = k.UnderlyingConn().Write([]byte{0x81, 0xfe, 0, 200, 0, 0, 0, 0, '4'})
		}
		hangUp(k)
	default: // one that moves, to some stage
		q := s.open()
		k := s.dial(q)
		if way > 6 {
			k.say("2probe")
			k.hears("3probe")
		}
		if way > 8 {
			k.say("5")
			k.say("4x")
			k.hears("4x")
		}
		if way == 10 {
			_ = k.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		}
		hangUp(k)
	}
}

// TestHostile_SlowBody trickles the body of a request that does not end: one that
// says how long it is, or not, and one that nobody reads.
func TestHostile_SlowBody(t *testing.T) {
	for says, c := range map[string]struct {
		length int64
		media  string
	}{
		"in chunks":         {-1, ""},
		"of a length":       {1000, ""},
		"of an old version": {1000, "application/octet-stream"},
	} {
		t.Run(says, func(t *testing.T) {
			s := serve(t, engineio.Options{Ping: 300 * time.Millisecond, Pong: 200 * time.Millisecond})
			r, err := http.NewRequest("POST", s.url+s.open(), trickle{})
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = c.length
			r.Header.Set("Content-Type", c.media)
			began := time.Now()
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					t.Error("it is taken")
				}
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			wantNobody(t, s)
		})
	}
}

// trickle is a body without end.
type trickle struct{}

// Read is one byte, and late.
func (trickle) Read(p []byte) (int, error) {
	time.Sleep(50 * time.Millisecond)
	return strings.NewReader("4").Read(p[:1])
}
