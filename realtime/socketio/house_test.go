package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
	"tourbillon/realtime/socketio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// carrier takes at once whatever there is.
type carrier struct {
	session *socketio.Session
	mu      sync.Mutex
	got     []string
	bears   bool
	still   bool // takes nothing

	ends   sync.Mutex
	closed []realtime.Closing
}

func open(s *socketio.Server) *carrier {
	c := &carrier{bears: true}
	c.session = s.Open(c)
	return c
}

func (c *carrier) Wake() { go c.take() }

func (c *carrier) take() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for more := !c.still; more; {
		var some []*packet.Out
		some, more = c.session.Take(make([]*packet.Out, 0, 3))
		for _, o := range some {
			if o.Binary {
				c.got = append(c.got, fmt.Sprintf("binary %x", o.Data))
			} else {
				c.got = append(c.got, string(o.Data))
			}
		}
	}
}

func (c *carrier) Close(why realtime.Closing) {
	c.ends.Lock()
	defer c.ends.Unlock()
	c.closed = append(c.closed, why)
}

// ended is why it was closed, each time that it was.
func (c *carrier) ended() []realtime.Closing {
	c.ends.Lock()
	defer c.ends.Unlock()
	return slices.Clone(c.closed)
}

func (c *carrier) Info() realtime.Info { return realtime.Info{Transport: "test"} }
func (c *carrier) Bear(string) bool    { return c.bears }

// say has the session hear messages, all of which it must take.
func (c *carrier) say(t *testing.T, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := c.session.Hear([]byte(m), false); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
	}
}

// ids are what differs from one run to the next.
var ids = regexp.MustCompile(`"sid":"[a-z0-9]{20}"|"epoch":"[a-z2-7]{10}"|,"time":"[^"]*"`)

// hears waits until that many messages came, and returns them.
func (c *carrier) hears(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for range 4000 {
		c.mu.Lock()
		got = slices.Clone(c.got)
		c.mu.Unlock()
		if len(got) >= len(want) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for i := range got {
		got[i] = ids.ReplaceAllStringFunc(got[i], func(s string) string {
			switch s[:2] {
			case `,"`:
				return ""
			case `"e`:
				return `"epoch":"OURS"`
			}
			return `"sid":"ID"`
		})
	}
	if !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
	c.mu.Lock()
	c.got = nil
	c.mu.Unlock()
}

// echo is the application of the protocol's official test suite.
type echo struct{ gone int }

var errNo = errors.New("not today")

func (e *echo) Admit(_ socketio.Carrier, auth json.RawMessage) error {
	if strings.Contains(string(auth), "nobody") {
		return errNo
	}
	return nil
}

func (e *echo) Connect(s *socketio.Socket, auth json.RawMessage) socketio.Talk {
	s.Emit(json.RawMessage(`["auth",` + string(auth) + `]`))
	return &echoes{e, s}
}

type echoes struct {
	app    *echo
	socket *socketio.Socket
}

func (e *echoes) Event(ev socketio.Event) {
	args, err := json.Marshal(ev.Args)
	switch {
	case err != nil:
	case ev.Name == "message":
		back := append([]json.RawMessage{json.RawMessage(`"message-back"`)}, ev.Args...)
		if args, err = json.Marshal(back); err == nil {
			e.socket.Emit(args, ev.Attachments...)
		}
	case ev.Name == "message-with-ack":
		ev.Ack(args, ev.Attachments...)
	}
}

func (e *echoes) Take(into []*packet.Out) ([]*packet.Out, bool) { return into, false }
func (e *echoes) Moved(string)                                  {}
func (e *echoes) Gone()                                         { e.app.gone++ }
