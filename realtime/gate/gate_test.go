package gate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/realtime/gate"
)

func TestOrigins(t *testing.T) {
	o, err := gate.ParseOrigins(" https://app.example.com, https://*.tours.example:8443 ,http://localhost:5173,https://plain.example:443")
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"":                                  true, // no browser
		"https://app.example.com":           true,
		"https://APP.example.com":           true,
		"https://app.example.com:443":       true,
		"https://plain.example":             true,
		"http://localhost:5173":             true,
		"https://a.tours.example:8443":      true,
		"https://a.b.tours.example:8443":    true,
		"https://relay.example:3007":        true, // the relay's own
		"http://app.example.com":            false,
		"https://app.example.com:8443":      false,
		"https://app.example.com.evil.net":  false,
		"https://evilapp.example.com":       false,
		"https://tours.example:8443":        false,
		"https://.tours.example:8443":       false,
		"https://a.tours.example":           false,
		"https://eviltours.example:8443":    false,
		"https://evil/.tours.example:8443":  false,
		"https://x@evil.tours.example:8443": false,
		"http://localhost":                  false,
		"null":                              false,
		"https://relay.example":             false,
	} {
		r := httptest.NewRequest("GET", "/ws", nil)
		r.Host = "relay.example:3007"
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if got := o.Allow(r); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
	two := httptest.NewRequest("GET", "/ws", nil)
	two.Header["Origin"] = []string{"https://app.example.com", "https://evil.example"}
	if o.Allow(two) {
		t.Error("two origins are let in")
	}
	for _, list := range []string{"app.example.com", "https://", "ftp://x.example", "https://x.example/path", "https://*.*.example", "https://a.*.example", "https://*"} {
		if _, err := gate.ParseOrigins(list); err == nil {
			t.Errorf("%s is taken", list)
		}
	}
	all, err := gate.ParseOrigins("*")
	if err != nil {
		t.Fatal(err)
	}
	two = httptest.NewRequest("GET", "/ws", nil)
	two.Header.Set("Origin", "https://anybody.example")
	if !all.Allow(two) {
		t.Error("* is not everybody")
	}
}

// TestBucket_OverSeconds counts what is let through over a long time: so many a
// second, not so many at once and then one a second.
func TestBucket_OverSeconds(t *testing.T) {
	var b gate.Bucket
	now := time.Unix(1_800_000_000, 0)
	perSecond := make([]int, 5)
	for ms := range 5000 {
		if b.Take(gate.Rate{PerSecond: 100, Burst: 200}, now.Add(time.Duration(ms)*time.Millisecond)) {
			perSecond[ms/1000]++
		}
	}
	if perSecond[0] < 295 || perSecond[0] > 301 {
		t.Errorf("%d in the first second, want the burst and a second's", perSecond[0])
	}
	for second, n := range perSecond[1:] {
		if n < 99 || n > 101 {
			t.Errorf("%d in second %d", n, second+2)
		}
	}
	now = now.Add(time.Hour)
	n := 0
	for b.Take(gate.Rate{PerSecond: 100, Burst: 200}, now) {
		n++
	}
	if n != 200 {
		t.Errorf("%d at once after a pause", n)
	}
}

func enter(g *gate.Gate, set func(*http.Request)) (*gate.Pass, int) {
	r, w := httptest.NewRequest("GET", "/ws", nil), httptest.NewRecorder()
	r.RemoteAddr = "192.0.2.1:4711"
	set(r)
	return g.Enter(w, r), w.Code
}

func TestGate_Limits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate.New(gate.Origins{}, gate.Limits{Total: 4, PerAddress: 2, PerToken: 1, Connects: gate.Rate{PerSecond: 1, Burst: 5}})
		from := func(addr, token string) func(*http.Request) {
			return func(r *http.Request) {
				r.RemoteAddr = addr
				if token != "" {
					r.Header.Set("Authorization", "bearer "+token)
				}
			}
		}
		a, _ := enter(g, from("192.0.2.1:1", "x"))
		if _, code := enter(g, from("192.0.2.9:1", "x")); code != 429 {
			t.Errorf("the same token: %d", code)
		}
		enter(g, from("192.0.2.1:2", ""))
		if _, code := enter(g, from("192.0.2.1:3", "")); code != 429 {
			t.Errorf("a third of an address: %d", code)
		}
		if a.Leave(); a.Address.String() != "192.0.2.1" {
			t.Error(a.Address)
		}
		b, _ := enter(g, from("192.0.2.1:3", ""))
		if b == nil || !b.Bear("x") || b.Bear("") != true || !b.Bear("x") {
			t.Fatal("who left counts still")
		}
		c, _ := enter(g, from("[2001:db8::1]:1", ""))
		if c.Bear("x") {
			t.Error("a token is borne by two")
		}
		enter(g, from("[2001:db8::2]:1", ""))
		if _, code := enter(g, from("[2001:db8:0:1::3]:1", "")); code != 503 {
			t.Errorf("more than may be: %d", code)
		}
		c.Leave()
		if _, code := enter(g, from("192.0.2.8:1", "")); code != 503 {
			t.Errorf("too fast: %d", code)
		}
		time.Sleep(time.Second)
		d, code := enter(g, from("192.0.2.8:1", ""))
		if d == nil {
			t.Errorf("a second later: %d", code)
		}
		g.Close()
		if _, code := enter(g, from("192.0.2.7:1", "")); code != 503 {
			t.Errorf("closed: %d", code)
		}
		in, refused := g.In()
		if want := "4 map[address:1 closing:1 full:1 rate:1 token:2]"; fmt.Sprint(in, " ", refused) != want && fmt.Sprint(in, refused) != want {
			t.Errorf("got %d %v, want %s", in, refused, want)
		}
	})
}

// TestPass_BearsNothingOnceItHasLeft has a session end while it shows a token.
func TestPass_BearsNothingOnceItHasLeft(t *testing.T) {
	g := gate.New(gate.Origins{}, gate.Limits{PerToken: 1})
	enter := func(token string) *gate.Pass {
		r := httptest.NewRequest("GET", "/ws", nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return g.Enter(httptest.NewRecorder(), r)
	}
	gone := enter("")
	gone.Leave()
	if gone.Bear("x") {
		t.Error("it may go on")
	}
	if enter("x") == nil {
		t.Error("it is counted for ever")
	}
}

func TestGate_Address(t *testing.T) {
	g := gate.New(gate.Origins{}, gate.Limits{}, netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"))
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.7", "192.0.2.1"}, // nobody that is trusted says so
		{"10.0.0.1:1", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.7", "198.51.100.7"}, // made up in front
		{"10.0.0.1:1", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::ffff:192.0.2.1]:1", "", "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := g.Address(r).String(); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
