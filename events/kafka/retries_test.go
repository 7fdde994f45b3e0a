package kafka

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/kafka-go"

	"tourbillon/events"
)

// TestMoved_NotWritten takes what was put off in hand, to write it once more
// behind all else, and fails to: it falls due all the same, also where that was
// while it was in hand.
func TestMoved_NotWritten(t *testing.T) {
	for says, c := range map[string]struct {
		due     time.Duration
		dueThen bool
	}{
		"due while it is in hand": {20 * time.Millisecond, true},
		"due later":               {200 * time.Millisecond, false},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { notWritten(t, c.due, c.dueThen) })
		})
	}
}

func notWritten(t *testing.T, after time.Duration, dueThen bool) {
	g := newGroup(&Transport{Settings: Settings{Group: "g", Log: slog.New(slog.DiscardHandler)}}, events.Subscription{Name: "s"})
	g.ofRetries, g.lately = limits{window: 10, items: 1, bytes: 1 << 20}, 0
	at := place{retries, 0}
	g.assign(map[place]*partition{at: g.partition(at, 0)})
	g.take(g.part(at), &record{place: at, key: "k", headers: []kafka.Header{text(subscription, "s"), moment(due, time.Now().Add(after))}})
	it := g.inTheWay()
	if it == nil {
		t.Fatal("nothing is in the way")
	}
	for dueThen && !isEmpty(g) {
		time.Sleep(time.Millisecond)
	}
	g.moved(it, false)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, g.wakeAll)()
	if got, ok := g.next(ctx); !ok || got != it {
		t.Error("it is never delivered")
	}
	g.release()
}

// TestLand_NotDone lands what its consumer could not finish because it was
// stopped: another of this process has it.
func TestLand_NotDone(t *testing.T) {
	g := newGroup(&Transport{Settings: Settings{Group: "g", Log: slog.New(slog.DiscardHandler)}}, events.Subscription{Name: "s"})
	at := place{commands, 0}
	g.assign(map[place]*partition{at: g.partition(at, 0)})
	g.take(g.part(at), &record{place: at, key: "k"})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, g.wakeAll)()
	first, _ := g.next(ctx)
	g.land(first, false)
	if again, ok := g.next(ctx); !ok || again != first {
		t.Error("it is never delivered")
	}
	g.release()
	g.land(first, false)
	if len(g.lanes.ready) > 0 {
		t.Error("it is delivered though its partition is somebody else's by now")
	}
}

// TestSettle_FallsDue has what was put off fall due when a generation has
// settled, and has not told Kafka yet: it is the next owner's.
func TestSettle_FallsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(&Transport{Settings: Settings{Group: "g", Log: slog.New(slog.DiscardHandler)}}, events.Subscription{Name: "s"})
		at := place{retries, 0}
		g.assign(map[place]*partition{at: g.partition(at, 0)})
		g.take(g.part(at), &record{place: at, key: "k", headers: []kafka.Header{text(subscription, "s"), moment(due, time.Now().Add(20*time.Millisecond))}})
		g.settle(t.Context())
		for !isEmpty(g) {
			time.Sleep(time.Millisecond)
		}
		if len(g.lanes.ready) > 0 {
			t.Error("it is delivered, and nobody tells Kafka")
		}
		if stands := g.progress(); len(stands) > 0 {
			t.Errorf("%v is committed; want nothing, for nothing is done", stands)
		}
		g.release()
	})
}

// TestNote_TwoLeaders has a partition move while its first leader is slow to
// answer: what that says is old when it comes.
func TestNote_TwoLeaders(t *testing.T) {
	g := newGroup(&Transport{Settings: Settings{Group: "g", Log: slog.New(slog.DiscardHandler)}}, events.Subscription{Name: "s"})
	m, at := &member{group: g}, place{commands, 0}
	g.assign(map[place]*partition{at: g.partition(at, 0)})
	read := func() { m.each(&record{place: at, key: "k"}, func() {}) }
	read()
	m.note([]got{{place: at, from: 0, next: 1}})
	it, _ := g.next(t.Context())
	g.land(it, true)
	m.note([]got{{place: at, from: 0, next: 0}})
	if mark := g.part(at).watermark(); mark != 1 {
		t.Errorf("the other found nothing: all is done before %d; want 1", mark)
	}
	read()
	m.note([]got{{place: at, from: 0, next: 1}})
	if len(g.lanes.ready) > 0 {
		t.Error("the other found it too: it is delivered again")
	}
	g.release()
}

func isEmpty(g *group) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.later) == 0
}
