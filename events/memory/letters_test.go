package memory_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/events"
	"tourbillon/events/memory"
)

func TestDeadLetters(t *testing.T) {
	dead := func(d events.Delivery) events.Verdict { return events.Verdict{Dead: "planted"} }
	t.Run("they are kept for 30 days", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			for _, id := range []string{"first", "second"} {
				publish(t, tr, fact(id))
				consumed(t, tr, "s", time.Hour, dead)
			}
			time.Sleep(memory.Kept - 2*time.Hour)
			wantLetters(t, tr, "first", "second")
			time.Sleep(time.Hour)
			wantLetters(t, tr, "second")
		})
	})
	t.Run("who lists them may change what is listed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tr := open(t, one)
			publish(t, tr, fact("first"))
			consumed(t, tr, "s", time.Second, dead)
			list, _ := tr.DeadLetters(t.Context())
			list[0].Event.SetID("scribbled")
			wantLetters(t, tr, "first")
		})
	})
	t.Run("where there are too many the oldest go, and it is said", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			tr := openTo(t, &log, events.Subscription{Name: "s", Concurrency: 1, Bound: memory.Letters + 2})
			var ids []string
			for i := range memory.Letters + 2 {
				ids = append(ids, fmt.Sprint(i))
				publish(t, tr, fact(ids[i]))
			}
			consumed(t, tr, "s", time.Second, dead)
			wantLetters(t, tr, ids[2:]...)
			if n := strings.Count(log.String(), "the oldest is dropped"); n != 2 {
				t.Errorf("it was said %d times; want twice", n)
			}
		})
	})
}

func wantLetters(t *testing.T, tr events.Transport, ids ...string) {
	t.Helper()
	list, err := tr.DeadLetters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range list {
		got = append(got, l.Event.ID())
	}
	if !slices.Equal(got, ids) {
		t.Errorf("dead letters: got %d, %.60q; want %d, %.60q", len(got), got, len(ids), ids)
	}
}
