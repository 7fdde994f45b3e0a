package socketio_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
	"tourbillon/realtime/socketio"
)

// The cases are those of the protocol's official test suite, and more.

func echoing() (*socketio.Server, *echo) {
	e := new(echo)
	return &socketio.Server{Apps: map[string]socketio.App{"/": e, "/custom": e}}, e
}

func TestConnect(t *testing.T) {
	for _, c := range []struct {
		says  string
		sends string
		hears []string
	}{
		{"to the main namespace", `0`, []string{`0{"sid":"ID"}`, `2["auth",{}]`}},
		{"with a payload", `0{"token":"123"}`, []string{`0{"sid":"ID"}`, `2["auth",{"token":"123"}]`}},
		{"to another namespace", `0/custom,`, []string{`0/custom,{"sid":"ID"}`, `2/custom,["auth",{}]`}},
		{"to another with a payload", `0/custom,{"token":"abc"}`, []string{`0/custom,{"sid":"ID"}`, `2/custom,["auth",{"token":"abc"}]`}},
		{"to another with a query", `0/custom?a=1,`, []string{`0/custom,{"sid":"ID"}`, `2/custom,["auth",{}]`}},
		{"to one that is not there", `0/random`, []string{`4/random,{"message":"Invalid namespace"}`}},
		{"and is refused", `0{"user":"nobody"}`, []string{`4{"message":"not today"}`}},
	} {
		t.Run(c.says, func(t *testing.T) {
			server, _ := echoing()
			a := open(server)
			a.say(t, c.sends)
			a.hears(t, c.hears...)
		})
	}
}

func TestDisconnect(t *testing.T) {
	server, e := echoing()
	a := open(server)
	a.say(t, `0`, `0/custom`)
	a.hears(t, `0{"sid":"ID"}`, `2["auth",{}]`, `0/custom,{"sid":"ID"}`, `2/custom,["auth",{}]`)
	a.say(t, `1/custom`, `2["message","message to main namespace"]`)
	a.hears(t, `2["message-back","message to main namespace"]`)
	a.say(t, `1`, `0/custom`) // and comes again
	a.hears(t, `0/custom,{"sid":"ID"}`, `2/custom,["auth",{}]`)
	if e.gone != 2 {
		t.Errorf("%d gone, want 2", e.gone)
	}
	a.session.Gone()
	a.session.Gone()
	if e.gone != 3 {
		t.Errorf("%d gone, want 3", e.gone)
	}
}

func TestMessages(t *testing.T) {
	server, _ := echoing()
	a := open(server)
	a.say(t, `0`)
	a.hears(t, `0{"sid":"ID"}`, `2["auth",{}]`)
	a.say(t, `2["message",1,"2",{"3":[true]}]`)
	a.hears(t, `2["message-back",1,"2",{"3":[true]}]`)
	a.say(t, `2456["message-with-ack",1,"2",{"3":[false]}]`, `20["message-with-ack"]`, `2["message-with-ack"]`)
	a.hears(t, `3456[1,"2",{"3":[false]}]`, `30[]`)
	a.say(t, `35[]`) // nobody asked for it
	a.attach(t, `52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	a.hears(t, `52-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "binary 010203", "binary 040506")
	a.attach(t, `52-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
	a.hears(t, `62-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "binary 010203", "binary 040506")
}

// attach says a message and its two attachments.
func (c *carrier) attach(t *testing.T, message string) {
	t.Helper()
	c.say(t, message)
	for _, data := range [][]byte{{1, 2, 3}, {4, 5, 6}} {
		if err := c.session.Hear(data, true); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMalformed(t *testing.T) {
	for says, c := range map[string]struct {
		before string
		sends  string
		binary bool
	}{
		"no packet":                         {sends: "abc"},
		"nothing":                           {sends: ""},
		"a namespace that was not joined":   {before: "0", sends: `2/custom,["x"]`},
		"an event before any namespace":     {sends: `2["x"]`},
		"a namespace twice":                 {before: "0", sends: "0"},
		"an attachment that nobody expects": {before: "0", sends: "x", binary: true},
		"no attachment where one is due":    {before: `51-["x"]`, sends: `2["x"]`},
		"more attachments than may be":      {before: "0", sends: `511-["x"]`},
		"an error, which is the server's":   {before: "0", sends: `4{"message":"x"}`},
		"an event without a name":           {before: "0", sends: `2[1]`},
	} {
		t.Run(says, func(t *testing.T) {
			server, _ := echoing()
			a := open(server)
			if strings.HasPrefix(c.before, "5") {
				a.say(t, "0")
			}
			if c.before != "" {
				a.say(t, c.before)
			}
			if err := a.session.Hear([]byte(c.sends), c.binary); !errors.Is(err, packet.ErrSocket) && !errors.Is(err, socketio.ErrProtocol) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTick_WhoJoinsNothingMayNotStay(t *testing.T) {
	server, _ := echoing()
	server.Connect = time.Minute
	a, b := open(server), open(server)
	a.say(t, "0", "1")
	now := time.Now().Add(2 * time.Minute)
	if !a.session.Tick(now) || b.session.Tick(now) || !b.session.Tick(time.Now()) {
		t.Error("the wrong one may stay")
	}
}

func TestPush_WhoDoesNotTakeIsClosed(t *testing.T) {
	server, _ := echoing()
	a := open(server)
	a.still = true
	a.say(t, "0")
	for n := 0; len(a.ended()) == 0; n++ {
		if n == 1000 {
			t.Fatal("it is let go on")
		}
		a.say(t, `2["message"]`)
	}
	if why := a.ended()[0]; why.Code != realtime.CloseRate {
		t.Errorf("closed with %v", why)
	}
}
