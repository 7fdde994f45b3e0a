package ws_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/audience"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
)

func TestHostile_Origin(t *testing.T) {
	var o realtimetest.Options
	o.Origins = "https://app.example.com, https://*.tours.example"
	r, _ := open(t, o)
	for _, origin := range []string{"https://evil.example", "https://app.example.com.evil.example", "https://tours.example", "null", "http://app.example.com"} {
		refused(t, r, http.StatusForbidden, http.Header{"Origin": {origin}})
	}
	for _, origin := range []string{"https://app.example.com", "https://lyon.tours.example", "http://" + r.Addr} {
		dial(t, r, http.Header{"Origin": {origin}})
	}
}

func TestHostile_Flood(t *testing.T) {
	for says, frame := range map[string][]byte{
		"messages":        audience.Masked(1, []byte(`{"type":"ping"}`)),
		"control frames":  audience.Masked(9, nil),
		"pongs":           audience.Masked(10, nil),
		"resubscriptions": audience.Masked(1, []byte(subscribeSeats)),
	} {
		t.Run("of "+says, func(t *testing.T) {
			r, truth := open(t, realtimetest.Options{})
			other := dial(t, r, nil)
			other.say(subscribeSeats)
			other.wants("value")
			p := dial(t, r, nil)
			go func() {
				for range 5000 {
					if _, err := p.NetConn().Write(frame); err != nil {
						return
					}
				}
			}()
			p.ends(realtime.CloseRate)
			unhurt(t, other, truth)
		})
	}
}

func TestHostile_HalfOpen(t *testing.T) {
	r, _ := open(t, quick)
	p := dial(t, r, nil)
	p.SetPingHandler(func(string) error { return nil }) // it hears, and does not answer
	p.ends(realtime.CloseTimeout)
	gone := dial(t, r, nil) // and this one says nothing ever again, nor hangs up
	_ = gone
	wantIn(t, r, 0)
}

func TestHostile_SlowLoris(t *testing.T) {
	t.Run("in the header", func(t *testing.T) {
		r, _ := open(t, realtimetest.Options{Header: 300 * time.Millisecond})
		c := raw(t, r)
		go trickle(c, []byte(strings.Repeat("G", 1000)))
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Error("it is let go on")
		}
	})
	t.Run("in a message, answering pings", func(t *testing.T) {
		r, _ := open(t, quick)
		p := dial(t, r, nil)
		first := audience.Masked(1, []byte(`{"type":`))
		first[0] &^= 0x80
		if _, err := p.NetConn().Write(first); err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 100 { // parts of a message that does not end
				part := audience.Masked(0, []byte(" "))
				part[0] &^= 0x80
				if _, err := p.NetConn().Write(part); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		}()
		p.ends(realtime.CloseTimeout)
	})
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error)
	return ok && n.Timeout()
}

func trickle(c net.Conn, p []byte) {
	for i := range p {
		if _, err := c.Write(p[i : i+1]); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestHostile_AnothersBooking(t *testing.T) {
	r, truth := open(t, realtimetest.Options{})
	truth.Put(realtime.Topic{Kind: realtime.Booking, ID: "the-key-to-a-booking"}, `{"status":"ON_HOLD"}`)
	p := dial(t, r, nil)
	for _, guess := range []string{"the-key-to-b-booking", "the-key-to-a-bookin", "the-key-to-a-booking0"} {
		p.say(`{"type":"subscribe","topic":"booking:` + guess + `"}`)
		if m := p.wants("error"); m.Code != realtime.CodeUnknownTopic {
			t.Errorf("%s: got %+v", guess, m)
		}
	}
	for _, name := range []string{"booking:*", "booking:", "bookings"} {
		p.say(`{"type":"subscribe","topic":"` + name + `"}`)
		if m := p.wants("error"); m.Code != realtime.CodeBadTopic {
			t.Errorf("%s: got %+v", name, m)
		}
	}
}

// TestHostile_WhoDoesNotRead watches large values and takes none: it is cut, and
// keeps no more of the relay's memory than one value meanwhile.
func TestHostile_WhoDoesNotRead(t *testing.T) {
	o := quick
	o.Hub.Every = time.Millisecond
	o.Plain.Ping = time.Minute // it is the write that must fail
	r, truth := open(t, o)
	other := dial(t, r, nil)
	other.say(subscribeSeats)
	other.wants("value")
	c := raw(t, r)
	if err := c.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if err := realtimetest.Handshake(c, "/ws"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(audience.Masked(1, []byte(subscribeSeats))); err != nil {
		t.Fatal(err)
	}
	large := `"` + strings.Repeat("x", 50_000) + `"`
	for n := 0; ; n++ {
		if in, _ := r.Gate.In(); in == 1 && n > 10 {
			break
		} else if n == 10_000 {
			t.Fatal("it is still there")
		}
		want := truth.Set(seats, func(uint64) string { return large }).Version
		for other.wants("value").Version < want {
		}
		time.Sleep(2 * time.Millisecond)
	}
	unhurt(t, other, truth)
}

// TestHostile_WhoDoesNotLeave hears that the relay is being stopped, and stays:
// nobody waits for it long, and where there is no time, not at all.
func TestHostile_WhoDoesNotLeave(t *testing.T) {
	for _, c := range []struct {
		says        string
		drain, most time.Duration
	}{
		{"in no time", 100 * time.Millisecond, 10 * time.Second},
		{"in time", time.Minute, 20 * time.Second},
	} {
		t.Run(c.says, func(t *testing.T) {
			truth := realtimetest.NewTruth(1)
			truth.Put(seats, `{}`)
			r := realtimetest.Start(t, truth, realtimetest.Options{Drain: c.drain})
			for path, says := range map[string]string{"/ws": subscribeSeats, "/socket.io/?EIO=4&transport=websocket": `40`} {
				c := raw(t, r)
				if err := realtimetest.Handshake(c, path); err != nil {
					t.Fatal(err)
				}
				if _, err := c.Write(audience.Masked(1, []byte(says))); err != nil {
					t.Fatal(err)
				}
			}
			for r.Hub.Connections() < 2 {
				time.Sleep(time.Millisecond)
			}
			began := time.Now()
			if r.Stop(); time.Since(began) > c.most {
				t.Errorf("it takes %v", time.Since(began))
			}
		})
	}
}

func TestHostile_Crowds(t *testing.T) {
	for _, c := range []struct {
		says   string
		limits gate.Limits
		status int
	}{
		{"more than may be", gate.Limits{Total: 2, Connects: generous}, http.StatusServiceUnavailable},
		{"of one address", gate.Limits{PerAddress: 2, Connects: generous}, http.StatusTooManyRequests},
		{"at once", gate.Limits{Connects: gate.Rate{PerSecond: .1, Burst: 2}}, http.StatusServiceUnavailable},
	} {
		t.Run(c.says, func(t *testing.T) {
			r, _ := open(t, realtimetest.Options{Limits: c.limits})
			first := dial(t, r, nil)
			dial(t, r, nil)
			if resp := refused(t, r, c.status, nil); resp.Header.Get("Retry-After") == "" {
				t.Error("it does not say when to come back")
			}
			if c.limits.Connects != generous {
				return
			}
			_ = first.Close()
			wantIn(t, r, 1)
			dial(t, r, nil)
		})
	}
}

// wantIn waits until at most so many connections are in.
func wantIn(t *testing.T, r *realtimetest.Relay, most int) {
	t.Helper()
	for range 2000 {
		if in, _ := r.Gate.In(); in <= most {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	in, _ := r.Gate.In()
	t.Fatalf("%d are in, want %d", in, most)
}

// TestLeaks has 10,000 connections come and go, in every way that they may.
func TestLeaks(t *testing.T) {
	rounds, each := 50, 200
	if testing.Short() {
		rounds = 3
	}
	r, truth := open(t, realtimetest.Options{Limits: gate.Limits{PerAddress: 1000, Connects: generous}})
	before := -1
	for round := range rounds {
		var all []*peer
		for range each {
			c, _, err := websocket.DefaultDialer.Dial(r.URL("ws", "/ws"), nil)
			if err != nil {
				t.Fatal(err)
			}
			p := &peer{c, t}
			p.say(subscribeSeats)
			all = append(all, p)
		}
		truth.Change(seats)
		for i, p := range all {
			switch i % 3 {
			case 0: // as it should be
				_ = p.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
			case 1: // reset, with what was not read
				_ = p.NetConn().(*net.TCPConn).SetLinger(0)
			}
			_ = p.Close()
		}
		wantIn(t, r, 0)
		if round == 0 {
			before = descriptors(t)
		}
	}
	after, n := descriptors(t), runtime.NumGoroutine()
	for range 2000 { // who has left hangs up then
		if after <= before+10 && n <= 60 {
			break
		}
		time.Sleep(10 * time.Millisecond)
		after, n = descriptors(t), runtime.NumGoroutine()
	}
	if after > before+10 {
		t.Errorf("%d descriptors, %d after the first round", after, before)
	}
	if n > 60 {
		t.Errorf("%d goroutines", n)
	}
	if s := r.Hub.Stats(); s.Subscriptions != 0 || len(s.Connections) != 0 {
		t.Errorf("left over: %+v", s)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(fmt.Sprint("no /proc here: ", err))
	}
	return len(all)
}
