package engineio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/engineio"
	"tourbillon/realtime/gate"
)

// The cases are those of the protocol's official test suite, and more.

func TestHandshake(t *testing.T) {
	s := serve(t, suite)
	code, text := s.ask("GET", "?EIO=4&transport=polling", "")
	var h map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "0")), &h); err != nil || code != 200 {
		t.Fatal(code, text, err)
	}
	if want := "map[maxPayload:1e+06 pingInterval:300 pingTimeout:200 sid: upgrades:[websocket]]"; len(h["sid"].(string)) != 20 {
		t.Error(h)
	} else if h["sid"] = ""; fmt.Sprint(h) != want {
		t.Errorf("got %v", h)
	}
	k := s.dial("?EIO=4&transport=websocket")
	_, first, err := k.ReadMessage()
	if err != nil || !strings.Contains(string(first), `"upgrades":[],`) {
		t.Errorf("%s %v", first, err)
	}
	for query, code := range map[string]int{
		"?transport=polling":                  5,
		"?EIO=abc&transport=polling":          5,
		"?EIO=3&transport=polling":            5,
		"?EIO=4":                              0,
		"?EIO=4&transport=abc":                0,
		"?EIO=4&transport=polling&sid=abc":    1,
		"?EIO=4&transport=websocket&sid=abc":  1,
		"?EIO=4&transport=websocket&x=nobody": 3,
	} {
		if got, text := s.ask("GET", query, ""); got != 400 || !strings.HasPrefix(text, fmt.Sprintf(`{"code":%d,`, code)) {
			t.Errorf("%s: %d %s", query, got, text)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		s.wants(method, "?EIO=4&transport=polling", "", 400, `{"code":2,"message":"Bad handshake method"}`+"\n")
	}
}

func TestPolling(t *testing.T) {
	s := serve(t, engineio.Options{Message: 1_000_000})
	for _, payload := range []string{"4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA=="} {
		q := s.open()
		s.wants("POST", q, payload, 200, "ok")
		s.wants("GET", q, "", 200, payload)
	}
	for _, bad := range []string{"abc", "", "4a\x1e", "2", "5", "0", "b!"} {
		q := s.open()
		s.wants("POST", q, bad, 400, "")
		s.wants("GET", q, "", 400, "")
	}
	q := s.open()
	s.wants("PUT", q, "4x", 400, "")
	s.wants("POST", q, "4"+strings.Repeat("x", 1_000_001), 413, "")
	s.wants("GET", q, "", 400, "")
}

func TestPolling_ManyPacketsComeInOrder(t *testing.T) {
	s := serve(t, engineio.Options{})
	q := s.open()
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprint("4", i))
	}
	s.wants("POST", q, strings.Join(want, "\x1e"), 200, "ok")
	s.wants("GET", q, "", 200, strings.Join(want, "\x1e"))
	s.wants("POST", q, strings.Join(append(want, want...), "\x1e"), 400, "")
}

func TestPolling_IsNotAnsweredTooOften(t *testing.T) {
	s := serve(t, engineio.Options{Messages: gate.Rate{PerSecond: 1e6, Burst: 1e6}})
	q := s.open()
	answers, began := 0, time.Now()
	for time.Since(began) < time.Second {
		s.wants("POST", q, "4x", 200, "ok") // there is always something to say
		if _, text := s.ask("GET", q, ""); !strings.HasPrefix(text, "4x") {
			t.Fatalf("got %q", text)
		}
		answers++
	}
	if answers > 12 {
		t.Errorf("%d answers in a second", answers)
	}
}

func TestPolling_TwoAtOnceEndTheSession(t *testing.T) {
	s := serve(t, engineio.Options{})
	q := s.open()
	var both sync.WaitGroup
	var codes [2]int
	for i := range codes {
		both.Go(func() { codes[i], _ = s.ask("GET", q, "") })
	}
	both.Wait()
	slices.Sort(codes[:])
	if codes != [2]int{200, 400} {
		t.Errorf("got %v, want the one that waited told, and the other refused", codes)
	}
	s.wants("GET", q, "", 400, "")
}

func TestPolling_OneThatIsCancelledEndsTheSession(t *testing.T) {
	s := serve(t, engineio.Options{})
	q := s.open()
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/engine.io/"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(c, "GET /engine.io/%s HTTP/1.1\r\nHost: x\r\n\r\n", q)
	if err = errors.Join(err, c.Close()); err != nil { // once it was sent
		t.Fatal(err)
	}
	wantNobody(t, s)
	s.wants("GET", q, "", 400, "")
}

func TestPolling_TheClientCloses(t *testing.T) {
	s := serve(t, engineio.Options{})
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		q := s.open()
		var poll sync.WaitGroup
		var code int
		var text string
		poll.Go(func() { code, text = s.ask("GET", q, "") })
		time.Sleep(wait) // by which it may be there
		s.wants("POST", q, "1", 200, "ok")
		poll.Wait()
		s.wants("GET", q, "", 400, "")
		if in, _ := s.gate.In(); in != 0 {
			t.Errorf("%d are in", in)
		}
		if code == 400 && wait < 2*time.Second {
			continue // it came too late
		}
		if code != 200 || text != "6" {
			t.Errorf("the poll that waits got %d %q", code, text)
		}
		return
	}
}

func TestPolling_TurnedOff(t *testing.T) {
	s := serve(t, engineio.Options{NoPolling: true})
	s.wants("GET", "?EIO=4&transport=polling", "", 400, `{"code":0,"message":"Transport unknown"}`+"\n")
	s.dial("?EIO=4&transport=websocket")
}

func TestOrigins(t *testing.T) {
	s := serve(t, engineio.Options{Message: 1_000_000})
	r, err := http.NewRequest("GET", s.url+"?EIO=4&transport=polling", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Error(resp.Status)
	}
	query := "?EIO=4&transport=websocket"
	c, resp, err := websocket.DefaultDialer.Dial(strings.Replace(s.url, "http", "ws", 1)+query, r.Header)
	if err == nil {
		_ = c.Close()
		t.Error("a WebSocket of another's page is let in")
	} else if resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Error(resp, err)
	}
}

func TestHeartbeat(t *testing.T) {
	patient := engineio.Options{Ping: 100 * time.Millisecond, Pong: 20 * time.Second}
	t.Run("polling", func(t *testing.T) {
		s := serve(t, patient)
		q := s.open()
		for range 3 {
			s.wants("GET", q, "", 200, "2")
			s.wants("POST", q, "3", 200, "ok")
		}
	})
	t.Run("polling, of a silent one", func(t *testing.T) {
		s := serve(t, suite)
		q := s.open()
		wantNobody(t, s)
		s.wants("GET", q, "", 400, "")
	})
	t.Run("WebSocket", func(t *testing.T) {
		k := serve(t, patient).dial("?EIO=4&transport=websocket")
		if _, _, err := k.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			k.hears("2")
			k.say("3")
		}
	})
	t.Run("WebSocket, of a silent one", func(t *testing.T) {
		serve(t, suite).dial("?EIO=4&transport=websocket").ends()
	})
	t.Run("more pings do not give a silent one more time", func(t *testing.T) {
		s := serve(t, engineio.Options{Ping: 100 * time.Millisecond, Pong: time.Second})
		k := s.dial("?EIO=4&transport=websocket")
		if err := k.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for {
			_, _, err := k.ReadMessage()
			if err == nil {
				continue
			}
			if !websocket.IsCloseError(err, realtime.CloseTimeout) {
				t.Errorf("it ended by %v", err)
			}
			return
		}
	})
}

func TestWebSocket(t *testing.T) {
	s := serve(t, engineio.Options{})
	k := s.dial("?EIO=4&transport=websocket")
	if _, _, err := k.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	k.say("4hello")
	k.hears("4hello")
	if err := k.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	k.hears("\x01\x02\x03\x04")
	k.say("6")
	k.say("1")
	k.ends()
	for _, bad := range []string{"abc", "", "2", "2probe", "5", "0{}", "4" + strings.Repeat("x", 20_000)} {
		k := s.dial("?EIO=4&transport=websocket")
		if _, _, err := k.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		k.say(bad)
		k.ends()
	}
	wantNobody(t, s)
}

func wantNobody(t *testing.T, s *server) {
	t.Helper()
	for range 2000 {
		if in, _ := s.gate.In(); in == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	in, _ := s.gate.In()
	t.Errorf("%d are in", in)
}

func TestUpgrade(t *testing.T) {
	s := serve(t, engineio.Options{})
	q := s.open()
	k := s.dial(q)
	k.say("2probe")
	k.hears("3probe")
	s.wants("GET", q, "", 200, "6")
	k.say("5")
	k.say("4hello")
	k.hears("4hello")
	s.wants("GET", q, "", 400, "")
	s.wants("POST", q, "4x", 400, "")
	s.dial(q).ends()
	k.say("4still here")
	k.hears("4still here")
}

func TestUpgrade_WhatWaitsGoesByTheWebSocket(t *testing.T) {
	s := serve(t, engineio.Options{})
	q := s.open()
	var poll sync.WaitGroup
	poll.Go(func() { s.wants("GET", q, "", 200, "6") })
	time.Sleep(50 * time.Millisecond)
	k := s.dial(q)
	k.say("2probe")
	k.hears("3probe")
	poll.Wait()
	s.wants("POST", q, "4late", 200, "ok")
	k.say("5")
	k.hears("4late")
}

func TestUpgrade_OneThatFailsLeavesThePolling(t *testing.T) {
	for says, do := range map[string]func(k *sock){
		"no probe":          func(k *sock) { k.say("4x"); k.ends() },
		"another probe":     func(k *sock) { k.say("2probes"); k.ends() },
		"no upgrade":        func(k *sock) { k.say("2probe"); k.hears("3probe"); k.say("4x"); k.ends() },
		"silence":           func(k *sock) { k.ends() },
		"it is hung up":     func(k *sock) { k.say("2probe"); k.hears("3probe"); _ = k.Close() },
		"another meanwhile": func(k *sock) {},
	} {
		t.Run(says, func(t *testing.T) {
			var o engineio.Options
			if says == "silence" {
				o.Upgrade = 200 * time.Millisecond
			}
			s := serve(t, o)
			q := s.open()
			k := s.dial(q)
			do(k)
			if says == "another meanwhile" {
				s.dial(q).ends()
			}
			_ = k.Close()
			for range 100 { // until the relay has noticed
				s.wants("POST", q, "4x", 200, "ok")
				if _, text := s.ask("GET", q, ""); strings.Contains(text, "4x") {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
			t.Error("it does not poll any more")
		})
	}
}

func TestHostile_Flood(t *testing.T) {
	s := serve(t, engineio.Options{Messages: gate.Rate{PerSecond: .1, Burst: 10}})
	k := s.dial("?EIO=4&transport=websocket")
	for range 20 {
		_ = k.WriteMessage(websocket.TextMessage, []byte("4x"))
	}
	var why *websocket.CloseError
	for why == nil {
		if _, _, err := k.ReadMessage(); err != nil {
			why, _ = err.(*websocket.CloseError)
			break
		}
	}
	if why == nil || why.Code != realtime.CloseRate {
		t.Errorf("ended by %v", why)
	}
	q := s.open()
	s.wants("POST", q, strings.Repeat("4x\x1e", 20)+"4x", 400, "")
	s.wants("GET", q, "", 400, "")
	q = s.open()
	k = s.dial(q)
	k.say("2probe")
	k.hears("3probe") // from here on no poll waits
	for n := 0; ; n++ {
		if code, _ := s.ask("GET", q, ""); code == 400 {
			break
		} else if n == 20 {
			t.Fatal("it may poll without end")
		}
	}
	wantNobody(t, s)
}
