package gate

import (
	"cmp"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tourbillon/internal/web"
)

// Limits bound connections. The zero value of each is its default.
type Limits struct {
	Total      int  // 50,000
	PerAddress int  // of one IPv4 address, or one IPv6 /64; 1,000
	PerToken   int  // 100
	Connects   Rate // new ones; 1,000 a second and 2,000 at once
}

func (l Limits) filled() Limits {
	l.Total = cmp.Or(l.Total, 50_000)
	l.PerAddress = cmp.Or(l.PerAddress, 1000)
	l.PerToken = cmp.Or(l.PerToken, 100)
	l.Connects = cmp.Or(l.Connects, Rate{1000, 2000})
	return l
}

// Gate counts who is in. Make it with [New]. Safe for concurrent use.
type Gate struct {
	Limits
	origins Origins
	proxies []netip.Prefix

	mu       sync.Mutex
	in       int
	address  map[netip.Addr]int
	token    map[string]int
	connects Bucket
	closed   bool
	refused  map[string]uint64
}

// New returns a gate. What a proxy with an address in proxies says of where a
// request came from is believed.
func New(o Origins, l Limits, proxies ...netip.Prefix) *Gate {
	return &Gate{
		Limits: l.filled(), origins: o, proxies: proxies,
		address: make(map[netip.Addr]int), token: make(map[string]int), refused: make(map[string]uint64),
	}
}

// Pass is one connection that is in. Leave must be called once.
type Pass struct {
	Address netip.Addr
	Token   string // who is counted by it
	gate    *Gate
	left    bool // guarded by the gate's mu
}

// The problems of who may not come in.
var (
	errOrigin = web.Problem{
		Kind: "origin", Title: "Origin is not allowed", Status: http.StatusForbidden,
		Detail: "Pages of this origin may not connect: WEBSOCKET_CORS_ORIGIN lists those that may.",
	}
	errClosing = web.Problem{
		Kind: "closing", Title: "The relay is being stopped", Status: http.StatusServiceUnavailable,
		Detail: "Connect again in a moment: another one will answer.", After: time.Second,
	}
	errRate = web.Problem{
		Kind: "rate", Title: "Too many connect at once", Status: http.StatusServiceUnavailable,
		Detail: "Connect again in a moment.", After: 2 * time.Second,
	}
	errTotal = web.Problem{
		Kind: "full", Title: "The relay is full", Status: http.StatusServiceUnavailable,
		Detail: "Connect again later.", After: 10 * time.Second,
	}
	errAddress = web.Problem{
		Kind: "address", Title: "Too many connections of this address", Status: http.StatusTooManyRequests,
		Detail: "Close one first.", After: 10 * time.Second,
	}
	errToken = web.Problem{
		Kind: "token", Title: "Too many connections with this token", Status: http.StatusTooManyRequests,
		Detail: "Close one first.", After: 10 * time.Second,
	}
)

// Allow reports whether a request may come from where it does: see [Origins].
// If not, it was answered.
func (g *Gate) Allow(w http.ResponseWriter, r *http.Request) bool {
	if g.origins.Allow(r) {
		return true
	}
	g.mu.Lock()
	g.refused[errOrigin.Kind]++
	g.mu.Unlock()
	errOrigin.Write(w)
	return false
}

// Enter lets a connection in. If it may not, nil is returned and the request
// was answered.
func (g *Gate) Enter(w http.ResponseWriter, r *http.Request) *Pass {
	if !g.Allow(w, r) {
		return nil
	}
	p := &Pass{Address: g.Address(r), Token: Token(r), gate: g}
	if no := g.enter(p); no != nil {
		no.Write(w)
		return nil
	}
	return p
}

func (g *Gate) enter(p *Pass) *web.Problem {
	g.mu.Lock()
	defer g.mu.Unlock()
	no := g.refusal(p)
	if no != nil {
		g.refused[no.Kind]++
		return no
	}
	g.in++
	g.address[network(p.Address)]++
	if p.Token != "" {
		g.token[p.Token]++
	}
	return nil
}

func (g *Gate) refusal(p *Pass) *web.Problem {
	switch {
	case g.closed:
		return &errClosing
	case g.in >= g.Total:
		return &errTotal
	case g.address[network(p.Address)] >= g.PerAddress:
		return &errAddress
	case p.Token != "" && g.token[p.Token] >= g.PerToken:
		return &errToken
	case !g.connects.Take(g.Connects, time.Now()):
		return &errRate
	}
	return nil
}

// Bear counts the connection by a token that it showed later, and reports
// whether it may go on.
func (p *Pass) Bear(token string) bool {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case p.left: // it would be counted for ever
		return false
	case token == p.Token:
		return true
	case token != "" && g.token[token] >= g.PerToken:
		g.refused[errToken.Kind]++
		return false
	}
	g.forget(p.Token)
	if p.Token = token; token != "" {
		g.token[token]++
	}
	return true
}

// Leave ends what Enter began.
func (p *Pass) Leave() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	p.left = true
	g.in--
	at := network(p.Address)
	if g.address[at]--; g.address[at] == 0 {
		delete(g.address, at)
	}
	g.forget(p.Token)
}

func (g *Gate) forget(token string) {
	if token == "" {
		return
	}
	if g.token[token]--; g.token[token] == 0 {
		delete(g.token, token)
	}
}

// Close lets nobody in any more.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// In is how many are in, and how many were refused so far, by why.
func (g *Gate) In() (in int, refused map[string]uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	refused = make(map[string]uint64, len(g.refused))
	for why, n := range g.refused {
		refused[why] = n
	}
	return g.in, refused
}

// Token is the bearer token that a request shows, or empty.
func Token(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Address is where a request came from. Proxies that are trusted say it by
// X-Forwarded-For, read from its end: what is before an address that nobody
// trusts may be made up.
func (g *Gate) Address(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := ap.Addr().Unmap().WithZone("")
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && g.trusted(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		at = before.Unmap().WithZone("")
	}
	return at
}

func (g *Gate) trusted(a netip.Addr) bool {
	for _, p := range g.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// network is what is counted as one address.
func network(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}
