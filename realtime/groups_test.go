package realtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/realtimetest"
)

func TestHub_AGroupIsItsMembers(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`, lyon, tours)
		w.truth.Put(departure(2), `{}`, tours)
		s := w.join().subscribe(lyon)
		both := w.join().subscribe(tours).subscribe(lyon).subscribe(departure(1))
		pass(time.Second)
		s.wants(t, lyon, "1 members")
		s.wants(t, departure(1), "first@0")
		s.wants(t, departure(2))
		both.wants(t, departure(1), "first@0") // once, though three topics have it
		both.wants(t, departure(2), "first@0")

		w.truth.Change(departure(1))
		w.truth.Change(departure(2))
		pass(time.Second)
		s.wants(t, departure(1), "first@0", "first@1")
		both.wants(t, departure(2), "first@0", "first@1")

		both.client.Unsubscribe("tours")
		both.client.Unsubscribe("tour:lyon")
		w.truth.Change(departure(1))
		w.truth.Change(departure(2))
		pass(time.Second)
		both.wants(t, departure(1), "first@0", "first@1", "first@2")
		both.wants(t, departure(2), "first@0", "first@1")
	})
}

func TestHub_AGroupGainsWhatIsOpened(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: time.Hour}, func(w world) {
		w.truth.Put(departure(1), `{}`, lyon)
		s := w.join().subscribe(lyon)
		pass(time.Second)
		opens := func(n int) {
			w.truth.Put(departure(n), `{}`, lyon)
			w.hub.Apply(realtime.Change{Value: realtime.Value{Topic: departure(n), Version: 1}, Groups: []realtime.Topic{lyon, tours}})
		}
		opens(2)
		pass(6 * time.Second) // the group was read a moment ago
		s.wants(t, lyon, "1 members", "2 members")
		s.wants(t, departure(2), "first@0")
		pass(10 * time.Second)
		opens(3)
		pass(time.Second)
		s.wants(t, lyon, "1 members", "2 members", "3 members")
	})
}

func TestHub_AGroupIsNotReadForEveryChangeOfWhatItDoesNotHave(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: time.Hour}, func(w world) {
		w.truth.Put(departure(1), `{}`, lyon)
		w.join().subscribe(lyon)
		pass(time.Second)
		reads := w.truth.Reads
		for version := range uint64(1000) { // 20 seconds
			w.hub.Apply(realtime.Change{Value: realtime.Value{Topic: departure(9), Version: version, Data: json.RawMessage(`{}`)}, Groups: []realtime.Topic{lyon}})
			pass(20 * time.Millisecond)
		}
		if got := w.truth.Reads - reads; got < 2 || got > 5 {
			t.Errorf("%d reads in 20 seconds", got)
		}
	})
}

func TestHub_AGroupLosesWhatTheRecordsNoLongerList(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`, lyon)
		w.truth.Put(departure(2), `{}`, lyon)
		s := w.join().subscribe(lyon)
		pass(time.Second)
		w.truth.Take(departure(2), lyon)
		pass(35 * time.Second)
		w.truth.Change(departure(2))
		pass(time.Second)
		s.wants(t, lyon, "2 members", "1 members")
		s.wants(t, departure(2), "first@0")
	})
}

func TestHub_WhatWasSeenOfAGroupIsNotSentAgain(t *testing.T) {
	for _, c := range []struct {
		says string
		warm bool
	}{{"that somebody watches", true}, {"that must be read first", false}} {
		t.Run(c.says, func(t *testing.T) {
			inWorld(t, realtime.Options{}, func(w world) {
				for n := range 3 {
					w.truth.Put(departure(n), `{}`, lyon)
					w.truth.Change(departure(n))
				}
				if c.warm {
					w.join().subscribe(lyon)
					pass(time.Second)
				}
				s := w.join()
				s.client.Subscribe(realtime.Command{Topic: "tour:lyon", Epoch: "first", Seen: map[string]uint64{"departure:d-0": 1, "departure:d-1": 0}})
				pass(time.Second)
				s.wants(t, departure(0))
				s.wants(t, departure(1), "first@1")
				s.wants(t, departure(2), "first@1")
			})
		})
	}
}

func TestHub_WhatIsRefusedIsSaid(t *testing.T) {
	inWorld(t, realtime.Options{Subscriptions: 2}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		w.truth.Put(departure(2), `{}`)
		sagas := realtime.Topic{Kind: realtime.Sagas}
		w.truth.Put(sagas, `{}`)
		unknown := realtime.Topic{Kind: realtime.Booking, ID: "somebody-elses-booking"}
		s := w.join().subscribe(unknown).subscribe(sagas)
		s.client.Subscribe(realtime.Command{Topic: "departure:../etc"})
		pass(time.Second)
		s.subscribe(departure(1)).subscribe(departure(2)).subscribe(departure(3))
		pass(time.Second)
		s.subscribe(departure(1)) // which says that it has seen nothing
		pass(time.Second)
		s.wants(t, unknown, realtime.CodeUnknownTopic)
		s.wants(t, sagas, realtime.CodeForbidden)
		s.wants(t, departure(3), realtime.CodeTooMany)
		s.wants(t, departure(1), "first@0", "first@0")
		if got := w.hub.Stats().Subscriptions; got != 2 {
			t.Errorf("%d subscriptions, want 2", got)
		}
	})
}

func TestHub_OperatorsWatchWhatNobodyCounts(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		sagas := realtime.Topic{Kind: realtime.Sagas}
		w.truth.Put(sagas, `{"stuck":0}`)
		s := w.join()
		if !s.client.Identify("secret") {
			t.Fatal("the token is not known")
		}
		s.subscribe(sagas)
		pass(20 * time.Second) // read again and again, and the same
		w.truth.Put(sagas, `{"stuck":1}`)
		w.hub.Apply(realtime.Change{Value: realtime.Value{Topic: sagas}}) // look again
		pass(time.Second)
		w.truth.Put(sagas, `{"stuck":2}`)
		pass(6 * time.Second)
		var versions []string
		for _, h := range s.heard(t) {
			if h.Type == realtime.TypeValue {
				versions = append(versions, fmt.Sprint(h.Version, string(h.Data)))
			}
		}
		if want := `[1{"stuck":0} 2{"stuck":1} 3{"stuck":2}]`; fmt.Sprint(versions) != want {
			t.Errorf("told %v, want %v", versions, want)
		}
	})
}

func TestHub_ABadTokenEndsTheConnection(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		s := w.join()
		if s.client.Do([]byte(`{"type":"hello","token":"guessed"}`), nil) {
			t.Error("it may go on")
		}
		pass(time.Second)
		if got := s.ended(); len(got) != 1 || got[0].Code != realtime.CloseBadToken {
			t.Errorf("closed with %v", got)
		}
	})
}

func TestHub_WhatNobodyWatchesIsForgotten(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`, lyon)
		s := w.join().subscribe(lyon)
		pass(time.Second)
		s.client.Leave()
		pass(2 * time.Minute)
		reads := w.truth.Reads
		w.truth.Change(departure(1))
		pass(5 * time.Minute)
		if got := w.truth.Reads - reads; got != 0 {
			t.Errorf("%d reads for nobody", got)
		}
		again := w.join().subscribe(departure(1))
		pass(time.Second)
		again.wants(t, departure(1), "first@1")
	})
}

func TestHub_DrainSpreadsTheClosings(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		var all []*sink
		for range 10 {
			all = append(all, w.join())
		}
		done := make(chan error)
		go func() { done <- w.hub.Drain(context.Background(), 10*time.Second) }()
		for i := range 10 {
			pass(time.Second)
			closed := 0
			for _, s := range all {
				ended := s.ended()
				if len(ended) == 0 {
					continue
				}
				closed++
				if why := ended[0]; why.Code != realtime.CloseRestart || why.After < 100*time.Millisecond || why.After > 2100*time.Millisecond {
					t.Errorf("closed with %+v", why)
				}
				s.client.Leave()
			}
			if closed != i+1 && closed != min(10, i+2) {
				t.Errorf("after %d s %d are closed", i+1, closed)
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := w.hub.Join(new(sink), realtime.Info{}); err == nil {
			t.Error("it takes another one in")
		}
	})
}

func TestHub_List(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		mine := realtime.Topic{Kind: realtime.Booking, ID: "the-key-to-a-booking"}
		w.truth.Put(mine, `{}`)
		for range 3 {
			w.join().subscribe(departure(1)).subscribe(mine)
		}
		pass(time.Second)
		var page struct {
			Connections []realtime.Connection
			Total       int
			Next        string
		}
		ask := func(query string) string {
			r := httptest.NewRecorder()
			w.hub.List().ServeHTTP(r, httptest.NewRequest("GET", "/connections?"+query, nil))
			if err := json.Unmarshal(r.Body.Bytes(), &page); r.Code == 200 && err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(r.Code, r.Body)
		}
		if text := ask("limit=2"); len(page.Connections) != 2 || page.Total != 3 || page.Next == "" || strings.Contains(text, "to-a-booking") {
			t.Errorf("got %s", text)
		}
		if got := page.Connections[0].Topics; fmt.Sprint(got) != "[departure:d-1 booking:the-key-...]" {
			t.Errorf("topics %v", got)
		}
		if text := ask("limit=2&cursor=" + page.Next); len(page.Connections) != 1 {
			t.Errorf("got %s", text)
		}
		if text := ask("cursor=!"); !strings.HasPrefix(text, "400") {
			t.Errorf("got %s", text)
		}
	})
}

func TestHub_AFeedThatEndsIsRunAnewAndWhatItMissedIsRead(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: time.Hour}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		s := w.join().subscribe(departure(1))
		pass(time.Second)
		w.truth.Fault(realtimetest.Faults{Lose: 1})
		w.truth.Change(departure(1))
		w.truth.Fault(realtimetest.Faults{})
		w.truth.Break()
		pass(3 * time.Second)
		s.wants(t, departure(1), "first@0", "first@1")
	})
}
