package socketio_test

import (
	"testing"

	"tourbillon/realtime"
	"tourbillon/realtime/realtimetest"
	"tourbillon/realtime/socketio"
)

func watching(t *testing.T) (*socketio.Server, *realtimetest.Truth) {
	truth := realtimetest.NewTruth(1)
	hub := realtime.New(truth, truth, realtime.OperatorToken("secret"), realtime.Options{Log: realtimetest.Quiet()})
	t.Cleanup(realtimetest.Run(t, hub))
	realtimetest.Hears(hub)
	truth.Put(seats, `{"available":4}`, realtime.Topic{Kind: realtime.Tours})
	return &socketio.Server{Apps: map[string]socketio.App{"/": socketio.NewWatch(hub, "/"), "/seats": socketio.NewWatch(hub, "/seats")}}, truth
}

var seats = realtime.Topic{Kind: realtime.Departure, ID: "lyon-0900"}

func TestWatch(t *testing.T) {
	const value = `{"type":"value","topic":"departure:lyon-0900","version":0,"epoch":"first","data":{"available":4}}`
	server, truth := watching(t)
	a := open(server)
	a.say(t, `0`)
	a.hears(t, `0{"sid":"ID"}`)
	a.say(t, `21["subscribe","departure:lyon-0900"]`)
	a.hears(t, `31[`+value+`]`)
	a.say(t, `22["subscribe",{"topic":"departure:lyon-0900","version":0,"epoch":"first"}]`)
	a.hears(t, `32[{"type":"current","topic":"departure:lyon-0900"}]`)
	a.say(t, `2["subscribe","departure:lyon-0900"]`)
	a.hears(t, `2["value",`+value+`]`)
	truth.Change(seats)
	a.hears(t, `2["value",{"type":"value","topic":"departure:lyon-0900","version":1,"epoch":"first","data":{"id":"lyon-0900","capacity":100,"held":1,"sold":0,"available":99}}]`)
	a.say(t, `24["unsubscribe","departure:lyon-0900"]`)
	a.hears(t, `34[]`)
	a.say(t, `23["subscribe","departure:nowhere"]`)
	a.hears(t, `33[{"type":"error","topic":"departure:nowhere","code":"unknown-topic","detail":"There is none of that id, or not yet."}]`)
	a.say(t, `25["subscribe","tours"]`)
	a.hears(t, `35[{"type":"members","topic":"tours","topics":["departure:lyon-0900"]}]`,
		`2["value",{"type":"value","topic":"departure:lyon-0900","version":1,"epoch":"first","data":{"id":"lyon-0900","capacity":100,"held":1,"sold":0,"available":99}}]`)
	a.say(t, `2["whatever",1,2,3]`) // is nothing to us
	a.say(t, `2["subscribe"]`)
	a.hears(t, `2["error",{"type":"error","code":"bad-message","detail":"Send one JSON object of the protocol, in UTF-8."}]`,
		`2["close",{"type":"close","code":4400,"reason":"bad-message"}]`)
	if got := a.ended(); len(got) != 1 || got[0].Code != realtime.CloseBadMessage {
		t.Errorf("closed with %v", got)
	}
	a.session.Gone()
}

// TestWatch_NullIsNoCommand has clients emit null, of which nothing can be asked.
func TestWatch_NullIsNoCommand(t *testing.T) {
	server, _ := watching(t)
	for _, event := range []string{`2["subscribe",null]`, `21["subscribe",null]`, `22["unsubscribe",null]`} {
		a := open(server)
		a.say(t, `0`, event)
		a.hears(t, `0{"sid":"ID"}`, `2["error",{"type":"error","code":"bad-message","detail":"Send one JSON object of the protocol, in UTF-8."}]`,
			`2["close",{"type":"close","code":4400,"reason":"bad-message"}]`)
		a.session.Gone()
	}
}

// TestWatch_WhoNamesNoTopicIsAnswered has a client wait for an answer to nothing.
func TestWatch_WhoNamesNoTopicIsAnswered(t *testing.T) {
	server, _ := watching(t)
	a := open(server)
	a.say(t, `0`, `27["subscribe",""]`)
	a.hears(t, `0{"sid":"ID"}`, `37[{"type":"error","code":"bad-topic","detail":"Name departure:ID, tour:ID, tours, booking:ID, sagas or dead-letters."}]`)
	a.say(t, `2["subscribe",""]`)
	a.hears(t, `2["error",{"type":"error","code":"bad-topic","detail":"Name departure:ID, tour:ID, tours, booking:ID, sagas or dead-letters."}]`)
	a.session.Gone()
}

func TestWatch_Tokens(t *testing.T) {
	server, truth := watching(t)
	truth.Put(realtime.Topic{Kind: realtime.Sagas}, `{"stuck":0}`)
	for auth, want := range map[string]string{
		``:                   `0/seats,{"sid":"ID"}`,
		`{"token":""}`:       `0/seats,{"sid":"ID"}`,
		`{"token":"secret"}`: `0/seats,{"sid":"ID"}`,
		`{"token":"guess"}`:  `4/seats,{"message":"bad-token"}`,
		`{"token":7}`:        `4/seats,{"message":"bad-token"}`,
	} {
		a := open(server)
		a.say(t, `0/seats,`+auth)
		a.hears(t, want)
		if want[0] == '0' {
			a.say(t, `2/seats,1["subscribe","sagas"]`)
			want = `3/seats,1[{"type":"error","topic":"sagas","code":"forbidden","detail":"Send hello with an operator's token first."}]`
			if auth == `{"token":"secret"}` {
				want = `3/seats,1[{"type":"value","topic":"sagas","version":1,"epoch":"OURS","data":{"stuck":0}}]`
			}
			a.hears(t, want)
		}
		a.session.Gone()
	}
	many := open(server)
	many.bears = false
	many.say(t, `0{"token":"secret"}`)
	many.hears(t, `4{"message":"too many connections with this token"}`)
}
