package engineio

import (
	"cmp"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/packet"
	"tourbillon/realtime/pump"
)

// Talker is what a session is for. Hear is called for one message at a time; an
// error ends the session. Take appends what is to be sent, as far as into has
// room, and reports whether to ask again; once it says no, it wakes the session
// for what comes. Tick is called now and then, and says whether the session may
// stay. Gone is called once, at its end.
type Talker interface {
	Hear(data []byte, binary bool) error
	Take(into []*packet.Out) (out []*packet.Out, more bool)
	Tick(now time.Time) (stays bool)
	Moved(transport string)
	Gone()
}

// Options are a server's settings. The zero value of each is its default.
type Options struct {
	Ping      time.Duration // between two pings; 25 s
	Pong      time.Duration // how long an answer to one may take; 20 s
	Write     time.Duration // how long a write may take that the kernel has no room for; 10 s
	Upgrade   time.Duration // how long moving to a WebSocket may take; 10 s
	Message   int64         // bytes of a message, or of a polling request, at most; 16 KiB
	Messages  gate.Rate     // of one session; 20 a second and 250 at once
	NoPolling bool          // WebSocket alone: for replicas without sticky routing
}

func (o Options) filled() Options {
	o.Ping = cmp.Or(o.Ping, 25*time.Second)
	o.Pong = cmp.Or(o.Pong, 20*time.Second)
	o.Write = cmp.Or(o.Write, 10*time.Second)
	o.Upgrade = cmp.Or(o.Upgrade, 10*time.Second)
	o.Message = cmp.Or(o.Message, 16<<10)
	o.Messages = cmp.Or(o.Messages, gate.Rate{PerSecond: 20, Burst: 250})
	return o
}

// Server is an http.Handler. Make it with [New].
type Server struct {
	Options
	begin   func(*Session) Talker
	gate    *gate.Gate
	pool    *pump.Pool
	wheel   *pump.Wheel
	upgrade websocket.Upgrader
	readers pump.Crew

	mu       sync.Mutex
	sessions map[string]*Session
	closed   bool
}

// New returns a server whose sessions begin with a talker of their own.
func New(begin func(*Session) Talker, g *gate.Gate, pool *pump.Pool, o Options) *Server {
	s := &Server{Options: o.filled(), begin: begin, gate: g, pool: pool, sessions: make(map[string]*Session)}
	s.wheel = pump.NewWheel(min(s.Ping, s.Pong) / 10)
	s.upgrade = websocket.Upgrader{
		HandshakeTimeout: s.Write,
		ReadBufferSize:   512,
		WriteBufferSize:  512,
		WriteBufferPool:  new(sync.Pool),
		CheckOrigin:      func(*http.Request) bool { return true }, // the gate did
		Error: func(w http.ResponseWriter, _ *http.Request, _ int, _ error) {
			refuse(w, badRequest)
		},
	}
	return s
}

// refusal is an error of the protocol, as its clients know it.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

var (
	unknownTransport = refusal{0, "Transport unknown"}
	unknownSession   = refusal{1, "Session ID unknown"}
	badMethod        = refusal{2, "Bad handshake method"}
	badRequest       = refusal{3, "Bad request"}
	badVersion       = refusal{5, "Unsupported protocol version"}
)

// ServeHTTP serves every request of every session.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.gate.Allow(w, r) {
		return
	}
	gate.Share(w, r)
	if r.Method == http.MethodOptions {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q := r.URL.Query()
	transport, sid := q.Get("transport"), q.Get("sid")
	session := s.find(sid)
	switch {
	case q.Get("EIO") != "4":
		refuse(w, badVersion)
	case transport != websocketName && (transport != pollingName || s.NoPolling):
		refuse(w, unknownTransport)
	case sid != "" && session == nil:
		refuse(w, unknownSession)
	case sid == "" && r.Method != http.MethodGet:
		refuse(w, badMethod)
	case transport == websocketName:
		s.serveSocket(w, r, session)
	default:
		s.servePolling(w, r, session)
	}
}

// The transports' names.
const (
	pollingName   = "polling"
	websocketName = "websocket"
)

func (s *Server) find(sid string) *Session {
	s.mu.Lock()
	found := s.sessions[sid]
	s.mu.Unlock()
	if found != nil && found.expired(time.Now()) {
		found.end()
		return nil
	}
	return found
}

// open begins a session. If it may not, nil is returned and the request was
// answered.
func (s *Server) open(w http.ResponseWriter, r *http.Request, transport string) *Session {
	pass := s.gate.Enter(w, r)
	if pass == nil {
		return nil
	}
	fresh := newSession(s, pass, transport)
	fresh.talker = s.begin(fresh)
	fresh.slot = s.wheel.Add(fresh)
	s.mu.Lock()
	closed := s.closed
	s.sessions[fresh.id] = fresh
	s.mu.Unlock()
	if closed {
		fresh.end()
		refuse(w, badRequest)
		return nil
	}
	return fresh
}

// Close ends all sessions, and waits for that.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	all := make([]*Session, 0, len(s.sessions))
	for _, one := range s.sessions {
		all = append(all, one)
	}
	s.mu.Unlock()
	for _, one := range all {
		one.Close(realtime.Restart())
		one.end()
		one.hurry()
	}
	s.readers.Wait()
	s.wheel.Close()
}

// accept makes the request a WebSocket's.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, emptied func()) (*socket, error) {
	k := new(socket)
	var err error
	k.ws, err = s.upgrade.Upgrade(pump.Hijack(w, func(c net.Conn) net.Conn {
		k.Socket = pump.NewSocket(c, s.Write, emptied)
		return k.Socket
	}), r, nil)
	return k, err
}

// socket is a WebSocket: its reader's, and its writer's.
type socket struct {
	ws *websocket.Conn
	*pump.Socket
}
