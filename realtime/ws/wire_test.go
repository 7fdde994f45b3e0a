package ws_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
	"tourbillon/realtime/audience"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/realtimetest"
)

func TestDoor_TheProtocol(t *testing.T) {
	r, truth := open(t, realtimetest.Options{})
	p := dial(t, r, nil)
	p.say(subscribeSeats)
	if m := p.wants("value"); m.Topic != seats.String() || m.Version != 0 || m.Epoch != "first" || string(m.Data) != `{"available":4}` {
		t.Errorf("got %+v", m)
	}
	truth.Change(seats)
	if m := p.wants("value"); m.Version != 1 {
		t.Errorf("got %+v", m)
	}
	p.say(`{"type":"ping"}`)
	p.wants("pong")
	p.say(`{"type":"unsubscribe","topic":"departure:lyon-0900"}`)
	p.say(`{"type":"ping"}`)
	p.wants("pong")
	truth.Change(seats)
	p.say(`{"type":"subscribe","topic":"departure:lyon-0900","version":2,"epoch":"first"}`)
	p.say(`{"type":"ping"}`)
	p.wants("pong")
	truth.Change(seats)
	if m := p.wants("value"); m.Version != 3 {
		t.Errorf("got %+v", m)
	}
	p.say(`{"type":"sing"}`)
	if m := p.wants("error"); m.Code != realtime.CodeUnknownType {
		t.Errorf("got %+v", m)
	}
	p.say(`{"type":"subscribe","topic":"sagas"}`)
	if m := p.wants("error"); m.Code != realtime.CodeForbidden || m.Topic != "sagas" {
		t.Errorf("got %+v", m)
	}
	if err := p.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	ponged := make(chan string, 1)
	p.SetPongHandler(func(data string) error { ponged <- data; return nil })
	p.say(`{"type":"ping"}`)
	p.wants("pong")
	if got := <-ponged; got != "x" {
		t.Errorf("the pong has %q", got)
	}
}

// TestDoor_WhatIsNotOfTheProtocol sends frames as they should not be.
func TestDoor_WhatIsNotOfTheProtocol(t *testing.T) {
	r, truth := open(t, realtimetest.Options{})
	other := dial(t, r, nil)
	other.say(subscribeSeats)
	other.wants("value")
	long := `{"type":"ping","topic":"` + strings.Repeat("x", 17<<10) + `"}`
	for _, c := range []struct {
		says  string
		frame []byte
		code  int
	}{
		{"an empty message", audience.Masked(1, nil), realtime.CloseBadMessage},
		{"no JSON", audience.Masked(1, []byte("hello")), realtime.CloseBadMessage},
		{"an array", audience.Masked(1, []byte(`[{"type":"ping"}]`)), realtime.CloseBadMessage},
		{"two objects", audience.Masked(1, []byte(`{"type":"ping"}{"type":"ping"}`)), realtime.CloseBadMessage},
		{"no type", audience.Masked(1, []byte(`{"topic":"tours"}`)), realtime.CloseBadMessage},
		{"a type that is a number", audience.Masked(1, []byte(`{"type":1}`)), realtime.CloseBadMessage},
		{"a version below 0", audience.Masked(1, []byte(`{"type":"subscribe","topic":"tours","version":-1}`)), realtime.CloseBadMessage},
		{"no UTF-8", audience.Masked(1, []byte("{\"type\":\"\xff\"}")), realtime.CloseBadMessage},
		{"a topic without end", audience.Masked(1, []byte(`{"type":"subscribe","topic":"`+strings.Repeat("x", 300)+`"}`)), realtime.CloseBadMessage},
		{"a binary message", audience.Masked(2, []byte(`{"type":"ping"}`)), realtime.CloseBadMessage},
		{"a message that is too large", audience.Masked(1, []byte(long)), realtime.CloseTooLarge},
		{"a frame that says it is too large", []byte{0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, realtime.CloseTooLarge},
		{"a frame without a mask", []byte{0x81, 2, '{', '}'}, websocket.CloseProtocolError},
		{"a frame with reserved bits", []byte{0xf1, 0x80, 0, 0, 0, 0}, websocket.CloseProtocolError},
		{"an opcode that is none", []byte{0x83, 0x80, 0, 0, 0, 0}, websocket.CloseProtocolError},
		{"a continuation of nothing", []byte{0x80, 0x80, 0, 0, 0, 0}, websocket.CloseProtocolError},
		{"a ping in parts", []byte{0x09, 0x80, 0, 0, 0, 0}, websocket.CloseProtocolError},
		{"a ping that is too long", append([]byte{0x89, 0xfe, 0, 126, 0, 0, 0, 0}, make([]byte, 126)...), websocket.CloseProtocolError},
		{"a close with a code that is none", audience.Masked(8, []byte{0x03, 0xe7}), websocket.CloseProtocolError},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := dial(t, r, nil)
			if _, err := p.NetConn().Write(c.frame); err != nil {
				t.Fatal(err)
			}
			before := p.ends(c.code)
			if c.code == realtime.CloseBadMessage && (len(before) != 1 || before[0].Code != realtime.CodeBadMessage) {
				t.Errorf("said %+v before", before)
			}
		})
	}
	unhurt(t, other, truth)
}

func TestDoor_AMessageInPartsIsOne(t *testing.T) {
	r, _ := open(t, realtimetest.Options{})
	p := dial(t, r, nil)
	first, last := audience.Masked(1, []byte(`{"type":`)), audience.Masked(0, []byte(`"ping"}`))
	first[0] &^= 0x80
	if _, err := p.NetConn().Write(bytes.Join([][]byte{first, audience.Masked(9, nil), last}, nil)); err != nil {
		t.Fatal(err)
	}
	p.wants("pong")
}

func TestDoor_WhatIsNoWebSocket(t *testing.T) {
	r, _ := open(t, realtimetest.Options{})
	resp, err := http.Get(r.URL("http", "/ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() // read below
	var problem struct{ Type, Detail string }
	if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || resp.StatusCode != http.StatusBadRequest || problem.Type != "urn:tourbillon:problem:websocket" {
		t.Errorf("%d %+v %v", resp.StatusCode, problem, err)
	}
	if in, _ := r.Gate.In(); in != 0 {
		t.Errorf("%d are in", in)
	}
}

func TestDoor_Tokens(t *testing.T) {
	o := realtimetest.Options{Limits: gate.Limits{PerToken: 2}}
	r, truth := open(t, o)
	sagas := realtime.Topic{Kind: realtime.Sagas}
	truth.Put(sagas, `{"stuck":0}`)
	bearing := http.Header{"Authorization": {"Bearer " + realtimetest.Token}}
	by := dial(t, r, bearing)
	by.say(`{"type":"subscribe","topic":"sagas"}`)
	by.wants("value")
	later := dial(t, r, nil)
	later.say(`{"type":"hello","token":"` + realtimetest.Token + `"}`)
	later.say(`{"type":"subscribe","topic":"sagas"}`)
	later.wants("value")
	refused(t, r, http.StatusTooManyRequests, bearing)
	third := dial(t, r, nil)
	third.say(`{"type":"hello","token":"` + realtimetest.Token + `"}`)
	third.ends(realtime.CloseRate)
	guess := dial(t, r, nil)
	guess.say(`{"type":"hello","token":"guessed"}`)
	if before := guess.ends(realtime.CloseBadToken); len(before) != 1 || before[0].Code != realtime.CodeBadToken {
		t.Errorf("said %+v before", before)
	}
	c := dial(t, r, http.Header{"Authorization": {"Bearer guessed"}})
	c.ends(realtime.CloseBadToken)
}

func TestDoor_Drain(t *testing.T) {
	truth := realtimetest.NewTruth(1)
	truth.Put(seats, `{}`)
	r := realtimetest.Start(t, truth, realtimetest.Options{})
	p := dial(t, r, nil)
	done := make(chan struct{})
	go func() { r.Stop(); close(done) }()
	_, _, err := p.ReadMessage()
	why, ok := err.(*websocket.CloseError)
	if !ok || why.Code != realtime.CloseRestart || !strings.HasPrefix(why.Text, "reconnect in ") {
		t.Errorf("ended by %v", err)
	}
	_ = p.Close()
	<-done
}

func TestDoor_WhoComesDuringADrainIsSentAway(t *testing.T) {
	r, _ := open(t, realtimetest.Options{})
	if err := r.Hub.Drain(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	c, _, err := websocket.DefaultDialer.Dial(r.URL("ws", "/ws"), nil)
	if err != nil {
		t.Fatal(err)
	}
	(&peer{c, t}).ends(realtime.CloseRestart)
	_ = c.Close()
	wantIn(t, r, 0)
}
