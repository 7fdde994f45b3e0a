package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
)

// asked is an answer to a GET with headers, name after value.
func asked(t *testing.T, url string, headers ...string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// dialled is a plain WebSocket to a door, greeted.
func dialled(t *testing.T, url string) *websocket.Conn {
	t.Helper()
	return dialledAs(t, url+"/ws", nil)
}

func dialledAs(t *testing.T, url string, headers http.Header) *websocket.Conn {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(url, "http", "ws", 1), headers)
	if err != nil {
		t.Fatalf("%v (%v)", err, resp)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// says reads until a message has the text.
func says(t *testing.T, conn *websocket.Conn, text string) {
	t.Helper()
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("%q is not said: %v", text, err)
		}
		if strings.Contains(string(raw), text) {
			return
		}
	}
}

func TestRelay_BehindEveryDoor(t *testing.T) {
	h := opened(t, "TOURBILLON_OPERATOR_TOKEN", "t0ken", "WEBSOCKET_CORS_ORIGIN", "https://app.example.com,https://*.example.org")
	for name, url := range map[string]string{"the gateway": h.url, "its own": h.watched} {
		for _, c := range []struct {
			says, path string
			headers    []string
			code       int
			want       string
		}{
			{"a page of its own host", "/socket.io/?EIO=4&transport=polling", []string{"Origin", url}, 200, `"upgrades":["websocket"]`},
			{"a page that is allowed", "/socket.io/?EIO=4&transport=polling", []string{"Origin", "https://app.example.com"}, 200, `"sid":`},
			{"a page of a subdomain", "/socket.io/?EIO=4&transport=polling", []string{"Origin", "https://a.b.example.org"}, 200, `"sid":`},
			{"a page of a stranger, polling", "/socket.io/?EIO=4&transport=polling", []string{"Origin", "https://example.net"}, 403, "rigin"},
			{"a page of a stranger, streaming", "/sse?topic=tours", []string{"Origin", "https://example.net"}, 403, "rigin"},
			{"a page of a stranger, by WebSocket", "/ws", []string{"Origin", "https://example.net"}, 403, "rigin"},
			{"no topic", "/sse", nil, 400, "topic"},
			{"the script", "/tourbillon.js", nil, 200, "export function connect"},
			{"who watches, asked by nobody", "/connections", []string{"Authorization", "Bearer wrong"}, 401, "operator"},
			{"who watches, asked by an operator", "/connections", []string{"Authorization", "Bearer t0ken"}, 200, `"connections":[`},
			{"what is counted", "/metrics", []string{"Authorization", "Bearer t0ken"}, 200, "tourbillon_relay_refused_total"},
			{"its probe", "/readyz", nil, 200, "ok"},
		} {
			t.Run(name+" answers "+c.says, func(t *testing.T) {
				code, body := asked(t, url+c.path, c.headers...)
				if code != c.code || !strings.Contains(body, c.want) {
					t.Errorf("got %d %s, want %d and %q", code, body, c.code, c.want)
				}
			})
		}
	}
}

// TestRelay_KnowsItsOperators has who may be an operator without a token say so,
// and others try.
func TestRelay_KnowsItsOperators(t *testing.T) {
	h := opened(t, "WEBSOCKET_CORS_ORIGIN", "https://app.example.com")
	for name, url := range map[string]string{"the gateway": h.url, "its own": h.watched} {
		for _, c := range []struct {
			says, path string
			headers    http.Header
			want       string
		}{
			{"one who says so", "/ws?as=operator", nil, `"type":"value"`},
			{"a page of its own host", "/ws?as=operator", http.Header{"Origin": {url}}, `"type":"value"`},
			{"one who does not say so", "/ws", nil, `"code":"forbidden"`},
			{"a page of others, which may connect", "/ws?as=operator", http.Header{"Origin": {"https://app.example.com"}}, `"code":"forbidden"`},
			{"one behind a proxy", "/ws?as=operator", http.Header{"X-Forwarded-For": {"192.0.2.1"}}, `"code":"forbidden"`},
		} {
			t.Run(name+" knows "+c.says, func(t *testing.T) {
				for _, topic := range []string{"sagas", "dead-letters"} {
					conn := dialledAs(t, url+c.path, c.headers)
					if err := conn.WriteJSON(realtime.Command{Type: realtime.TypeSubscribe, Topic: topic}); err != nil {
						t.Fatal(err)
					}
					says(t, conn, `"type":"hello"`)
					if _, raw, err := conn.ReadMessage(); err != nil || !strings.Contains(string(raw), c.want) || !strings.Contains(string(raw), topic) {
						t.Errorf("got %s, %v, want %s", raw, err, c.want)
					}
				}
			})
		}
	}
}

// TestRelay_TellsEverybodyToComeBack stops a system that is watched at both
// doors: the seats fall for both, and both hear when to come back.
func TestRelay_TellsEverybodyToComeBack(t *testing.T) {
	h := opened(t)
	both := []*websocket.Conn{dialled(t, h.url), dialled(t, h.watched)}
	for _, conn := range both {
		says(t, conn, `"type":"hello"`)
		if err := conn.WriteJSON(realtime.Command{Type: realtime.TypeSubscribe, Topic: "departure:tokyo-yanaka-0800"}); err != nil {
			t.Fatal(err)
		}
		says(t, conn, `"sold":0`)
	}
	if _, err := h.wants(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, conn := range both {
		says(t, conn, `"sold":1`)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- h.stop() }()
	for _, conn := range both {
		var err error
		for err == nil { // what else there is to tell may come before
			_, _, err = conn.ReadMessage()
		}
		if closed := new(websocket.CloseError); !errors.As(err, &closed) || closed.Code != realtime.CloseRestart || !strings.HasPrefix(closed.Text, "reconnect in ") {
			t.Errorf("it was closed by %v", err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestRelay_AloneNeedsServers(t *testing.T) {
	for _, set := range [][]string{nil, {"REDIS_URL", "redis://127.0.0.1:1"}, {"KAFKA_BROKERS", "127.0.0.1:1"}} {
		c, err := read(env(set...))
		if err != nil {
			t.Fatal(err)
		}
		if err := (alone{config: c}).run(context.Background(), io.Discard, slog.New(slog.DiscardHandler)); !errors.Is(err, errNothingToRelay) {
			t.Errorf("%v: got %v", set, err)
		}
	}
}

func TestRead_Relay(t *testing.T) {
	c, err := read(env("WEBSOCKET_PORT", "0", "WEBSOCKET_PROXIES", "10.1.2.3/8, 192.0.2.7", "WEBSOCKET_POLLING", "false"))
	if err != nil || c.RelayPort != 0 || len(c.Proxies) != 2 || c.Proxies[0].String() != "10.0.0.0/8" || c.Proxies[1].String() != "192.0.2.7/32" || c.Polling {
		t.Errorf("got %+v, %v", c.relaySettings, err)
	}
	for name, value := range map[string]string{
		"WEBSOCKET_PORT": "65536", "WEBSOCKET_CORS_ORIGIN": "app.example.com", "WEBSOCKET_PROXIES": "everybody", "WEBSOCKET_POLLING": "perhaps",
	} {
		if _, err := read(env(name, value)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v", name, value, err)
		}
	}
}
