package realtime_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/realtimetest"
)

func TestHub_ASubscriberIsToldTheValueAndThenEveryNewerOne(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		w.truth.Change(departure(1))
		s := w.join().subscribe(departure(1))
		pass(time.Second)
		for range 2 {
			w.truth.Change(departure(1))
			pass(time.Second)
		}
		s.wants(t, departure(1), "first@1", "first@2", "first@3")
	})
}

func TestHub_NoChangeFallsBetweenSubscribingAndReading(t *testing.T) {
	for _, c := range []struct {
		says string
		when func(*realtimetest.Truth, func()) // has the change made then
	}{
		{"before the read looks", func(tr *realtimetest.Truth, change func()) {
			tr.OnRead = func(realtime.Topic) { tr.OnRead = nil; change() }
		}},
		{"while the answer is on its way", func(tr *realtimetest.Truth, change func()) {
			tr.Latency = time.Second
			time.AfterFunc(500*time.Millisecond, change)
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			inWorld(t, realtime.Options{Sweep: time.Hour}, func(w world) {
				w.truth.Put(departure(1), `{}`)
				c.when(w.truth, func() { w.truth.Change(departure(1)) })
				s := w.join().subscribe(departure(1))
				pass(3 * time.Second)
				if got := s.told(t, departure(1)); len(got) == 0 || got[len(got)-1] != "first@1" {
					t.Errorf("told %v, want the change", got)
				}
			})
		})
	}
}

func TestHub_OneReadServesAll(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		w.truth.Latency = time.Second
		before := w.truth.Reads
		var all []*sink
		for range 50 {
			all = append(all, w.join().subscribe(departure(1)))
		}
		pass(2 * time.Second)
		for _, s := range all {
			s.wants(t, departure(1), "first@0")
		}
		if got := w.truth.Reads - before; got != 1 {
			t.Errorf("%d reads for 50 who came at once", got)
		}
	})
}

func TestHub_NoMoreThanFiveASecondAndTheNewestAtTheEnd(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		s := w.join().subscribe(departure(1))
		pass(time.Second)
		for range 100 { // two seconds at 50 a second
			w.truth.Change(departure(1))
			pass(20 * time.Millisecond)
		}
		pass(200 * time.Millisecond)
		got := s.told(t, departure(1))
		if n := len(got) - 1; n < 10 || n > 11 {
			t.Errorf("%d values in two seconds, want 10 or 11: %v", n, got)
		}
		if got[len(got)-1] != "first@100" {
			t.Errorf("the last is %s", got[len(got)-1])
		}
	})
}

func TestHub_ASlowReaderHasOneValueWaitingAndGetsTheNewest(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		w.truth.Put(departure(2), `{}`)
		s := w.join().subscribe(departure(1)).subscribe(departure(2))
		pass(time.Second)
		s.stall()
		for range 20 {
			w.truth.Change(departure(1))
			w.truth.Change(departure(2))
			pass(time.Second)
		}
		s.flow()
		s.wants(t, departure(1), "first@0", "first@20")
		s.wants(t, departure(2), "first@0", "first@20")
		if got := w.hub.Stats().Conflated; got != 38 {
			t.Errorf("%d conflated, want 38", got)
		}
	})
}

func TestHub_WhoComesBackGetsWhatIsNewerOrNothing(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		for range 5 {
			w.truth.Change(departure(1))
		}
		missed, saw, old := w.join().resume(departure(1), "first", 3), w.join().resume(departure(1), "first", 5), w.join().resume(departure(1), "gone", 9)
		pass(time.Second)
		again := w.join().resume(departure(1), "", 5) // who says no epoch means ours
		pass(time.Second)
		missed.wants(t, departure(1), "first@5")
		saw.wants(t, departure(1))
		again.wants(t, departure(1))
		old.wants(t, departure(1), "first@5")
		w.truth.Change(departure(1))
		pass(time.Second)
		saw.wants(t, departure(1), "first@6")
		saw.resume(departure(1), "first", 4) // it says that it has not what we sent
		pass(time.Second)
		saw.wants(t, departure(1), "first@6", "first@6")
	})
}

func TestHub_AReaderThatIsAheadIsNotSentBack(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: time.Hour}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		first := w.join().subscribe(departure(1))
		pass(time.Second)
		w.truth.Fault(realtimetest.Faults{Lose: 1})
		w.truth.Change(departure(1)) // another replica heard of it
		ahead := w.join().resume(departure(1), "first", 1)
		pass(3 * time.Second)
		ahead.wants(t, departure(1))
		first.wants(t, departure(1), "first@0", "first@1") // what it said made us look
	})
}

func TestHub_AGapIsReadAndAnotherHistoryIsBelieved(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: 20 * time.Second}, func(w world) {
		for n := range 2 {
			w.truth.Put(departure(n), `{}`)
		}
		s := w.join().subscribe(departure(0)).subscribe(departure(1))
		pass(time.Second)
		reads := w.truth.Reads
		w.truth.Fault(realtimetest.Faults{Lose: 1})
		w.truth.Change(departure(0))
		w.truth.Fault(realtimetest.Faults{})
		w.truth.Change(departure(0))
		pass(3 * time.Second)
		if got := w.truth.Reads - reads; got != 1 {
			t.Errorf("%d reads for a gap, want 1", got)
		}
		for range 7 {
			w.truth.Change(departure(1))
		}
		pass(time.Second)
		w.truth.Restore("second")
		w.truth.Change(departure(1)) // version 2 of the new history: the feed does not say of which
		pass(21 * time.Second)
		s.wants(t, departure(0), "first@0", "first@2", "second@1")
		s.wants(t, departure(1), "first@0", "first@1", "first@7", "second@2")
	})
}

func TestHub_WhatNoFeedToldIsFoundByTheSweep(t *testing.T) {
	inWorld(t, realtime.Options{Sweep: 20 * time.Second}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		s := w.join().subscribe(departure(1))
		pass(time.Second)
		w.truth.Fault(realtimetest.Faults{Lose: 1})
		w.truth.Change(departure(1)) // the last one, and nothing comes after
		pass(22 * time.Second)
		s.wants(t, departure(1), "first@0", "first@1")
		if got := w.hub.Stats().Missed; got != 1 {
			t.Errorf("%d missed, want 1", got)
		}
	})
}

func TestHub_ASilentFeedIsSaidAndItsValuesRead(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		s := w.join().subscribe(departure(1))
		pass(time.Second)
		if err := w.hub.Ready(); err != nil {
			t.Errorf("not ready: %v", err)
		}
		w.truth.Fault(realtimetest.Faults{Silent: true})
		w.truth.Change(departure(1))
		pass(18 * time.Second)
		s.wants(t, departure(1), "first@0", "first@1")
		if w.hub.Ready() == nil || !w.hub.Stale() {
			t.Error("it says that it is ready")
		}
		w.truth.Fault(realtimetest.Faults{})
		pass(2 * time.Second)
		s.wantsStale(t, true, false)
		if err := w.hub.Ready(); err != nil {
			t.Errorf("not ready again: %v", err)
		}
	})
}

func TestHub_RecordsThatCannotBeReadAreSaid(t *testing.T) {
	inWorld(t, realtime.Options{}, func(w world) {
		w.truth.Put(departure(1), `{}`)
		w.truth.Fault(realtimetest.Faults{Blind: true})
		s := w.join().subscribe(departure(1))
		pass(5 * time.Second)
		s.wants(t, departure(1))
		s.wantsStale(t, true)
		if w.hub.Ready() == nil {
			t.Error("it says that it is ready")
		}
		w.truth.Fault(realtimetest.Faults{})
		pass(5 * time.Second)
		s.wants(t, departure(1), "first@0")
		s.wantsStale(t, true, false)
	})
}

func (s *sink) wantsStale(t testing.TB, want ...bool) {
	t.Helper()
	var got []bool
	for _, h := range s.heard(t) {
		if h.Type == realtime.TypeStale {
			got = append(got, h.Stale)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("it was told stale %v, want %v", got, want)
	}
}

// TestHub_WhateverTheFeedDoes is the promise: every client's last value is the
// true one, and versions only rise, whatever the feed loses, doubles and
// shuffles, whoever comes, stalls, leaves and comes back.
func TestHub_WhateverTheFeedDoes(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chance := rand.New(rand.NewPCG(seed, 7))
				truth := realtimetest.NewTruth(seed)
				w := world{T: t, truth: truth, hub: realtime.New(truth, truth, nil, realtime.Options{Sweep: 4 * time.Second, Log: realtimetest.Quiet()})}
				stop := realtimetest.Run(t, w.hub)
				w.anything(chance)
				stop()
			})
		})
	}
}

func (w world) anything(chance *rand.Rand) {
	const departures = 5
	for n := range departures {
		w.truth.Put(departure(n), `{}`, lyon, tours)
	}
	w.truth.Fault(realtimetest.Faults{Lose: .2, Double: .3, Late: .3})
	w.truth.Latency = time.Duration(chance.IntN(100)) * time.Millisecond
	topics := []realtime.Topic{departure(0), departure(1), departure(2), departure(3), departure(4), lyon, tours}
	var all, watching []*sink
	for range 300 {
		switch s := (*sink)(nil); chance.IntN(10) {
		case 0:
			s = w.join()
			all, watching = append(all, s), append(watching, s)
		case 1, 2:
			if len(watching) > 0 {
				watching[chance.IntN(len(watching))].subscribe(topics[chance.IntN(len(topics))])
			}
		case 3:
			if len(watching) > 0 {
				s = watching[chance.IntN(len(watching))]
				s.client.Unsubscribe(topics[chance.IntN(len(topics))].String())
			}
		case 4:
			if n := len(watching); n > 0 {
				at := chance.IntN(n)
				watching[at].client.Leave()
				watching = append(watching[:at], watching[at+1:]...)
			}
		default:
			w.truth.Change(departure(chance.IntN(departures)))
		}
		pass(time.Duration(chance.IntN(100)) * time.Millisecond)
	}
	for _, s := range watching { // each watches all there is, whatever it did
		s.subscribe(tours)
	}
	pass(10 * time.Second)
	for n := range departures {
		want := fmt.Sprintf("first@%d", w.truth.Value(departure(n)).Version)
		for i, s := range watching {
			if got := s.told(w, departure(n)); len(got) == 0 || got[len(got)-1] != want {
				w.Errorf("client %d was told %v of %v, want %s at last", i, got, departure(n), want)
			}
		}
	}
	for i, s := range all {
		s.rises(w, i)
	}
}

// rises complains of versions that do not, but where the client let go of a
// topic and asked for it anew: then the same one may come again.
func (s *sink) rises(t testing.TB, client int) {
	t.Helper()
	seen := map[string]uint64{}
	for _, h := range s.heard(t) {
		if before, ok := seen[h.Topic]; h.Type == realtime.TypeValue && ok && h.Version < before {
			t.Errorf("client %d was told %s@%d after %d", client, h.Topic, h.Version, before)
		}
		seen[h.Topic] = max(seen[h.Topic], h.Version)
	}
}

// shelf is an outlet that a test takes from by itself.
type shelf struct{ client *realtime.Client }

func (*shelf) Wake()                  {}
func (*shelf) Close(realtime.Closing) {}

func TestHub_TellingManyAllocatesNothingForEach(t *testing.T) {
	told := func(n int) float64 {
		truth := realtimetest.NewTruth(1)
		truth.Put(departure(1), `{}`)
		hub := realtime.New(truth, truth, nil, realtime.Options{Every: time.Nanosecond, Log: realtimetest.Quiet()})
		defer realtimetest.Run(t, hub)()
		realtimetest.Hears(hub)
		shelves, batch := make([]shelf, n), make([]*realtime.Message, 0, 8)
		for i := range shelves {
			c, err := hub.Join(&shelves[i], realtime.Info{})
			if err != nil {
				t.Fatal(err)
			}
			shelves[i].client = c
			c.Subscribe(realtime.Command{Topic: departure(1).String()})
		}
		take := func() (all int) {
			for i := range shelves {
				for more := true; more; {
					var some []*realtime.Message
					some, more = shelves[i].client.Take(batch[:0])
					all += len(some)
				}
			}
			return all
		}
		for all := 0; all < n; all += take() {
			time.Sleep(time.Millisecond)
		}
		return testing.AllocsPerRun(50, func() {
			truth.Change(departure(1))
			if all := take(); all != n {
				t.Errorf("%d were told, want %d", all, n)
			}
		})
	}
	if few, many := told(10), told(2000); many > few+10 {
		t.Errorf("%v allocations for 10, %v for 2,000", few, many)
	}
}
