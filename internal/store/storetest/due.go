package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tourbillon/internal/store"
)

var dueChecks = []check{
	{"a line comes when its time has come and not before", dueTime},
	{"a part of a millisecond counts as a whole one", dueRounded},
	{"lines come soonest first, from all shards", dueOrder},
	{"no more lines come than asked for, and the others come next", dueLimit},
	{"a claimed line is hidden for the time of the claim and comes again", dueClaim},
	{"a removed line does not come, be it claimed or not", dueRemoved},
	{"a moved line comes at its new time alone, be it claimed or not", dueMoved},
	{"one name written by two records of a shard is one line", dueShared},
	{"the last word on a line in a commit counts", dueLast},
	{"a line may have any name", dueNames},
	{"of many who ask one gets the line", dueRace},
	{"a context that had ended is answered with its error and claims nothing", dueEnded},
}

func dueTime(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	c.comes(time.Hour, time.Hour)
	c.set(newKey(), "a", 10*time.Second)
	c.comes(0, time.Hour)
	c.comes(10*time.Second-time.Millisecond, time.Hour)
	c.comes(10*time.Second, time.Hour, "a at 10s")

	c.set(newKey(), "b", 20*time.Second)
	c.comes(30*time.Second, time.Hour, "b at 20s")
}

func dueRounded(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	c.set(newKey(), "a", 400*time.Microsecond)
	c.comes(0, time.Hour)
	c.comes(200*time.Microsecond, time.Hour)
	if got := c.due(time.Millisecond, time.Hour, 10); len(got) != 1 {
		t.Errorf("after a millisecond came %q", got)
	}
}

func dueOrder(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	keys := spread(40)
	var want []string
	for i, n := range rand.Perm(len(keys)) {
		c.set(keys[i], fmt.Sprintf("%02d", n), time.Duration(n)*time.Second)
		want = append(want, fmt.Sprintf("%02d at %ds", i, i))
	}
	c.comes(30*time.Second, time.Hour, want[:31]...)
}

func dueLimit(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	keys := spread(4)
	for i := range 10 {
		c.set(keys[i%3], fmt.Sprint(i), time.Duration(10-i)*time.Second)
	}
	c.set(keys[3], "late", time.Minute)
	for _, want := range [][]string{
		{"9 at 1s", "8 at 2s", "7 at 3s", "6 at 4s"},
		{"5 at 5s", "4 at 6s", "3 at 7s", "2 at 8s"},
		{"1 at 9s", "0 at 10s"},
		{},
	} {
		same(t, "none of no lines", c.due(30*time.Second, time.Hour, 0), []string{})
		same(t, "four lines", c.due(30*time.Second, time.Hour, 4), want)
	}
}

func dueClaim(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	c.set(newKey(), "a", time.Second)
	c.set(newKey(), "b", time.Minute)
	c.comes(10*time.Second, time.Minute, "a at 1s")
	c.comes(10*time.Second, time.Minute)
	c.comes(70*time.Second-time.Millisecond, time.Minute, "b at 1m0s")
	c.comes(70*time.Second, time.Minute, "a at 1m10s")
	c.comes(time.Hour, time.Minute, "b at 2m9.999s", "a at 2m10s")
}

func dueRemoved(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	key := newKey()
	c.set(key, "claimed", time.Second)
	c.comes(time.Second, time.Minute, "claimed at 1s")
	c.set(key, "waiting", 2*time.Second)
	c.set(key, "other", 3*time.Second)
	c.set(key, "claimed", -1)
	c.set(key, "waiting", -1)
	c.set(key, "unknown", -1)
	c.comes(time.Hour, time.Hour, "other at 3s")
}

func dueMoved(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	key := newKey()
	for _, name := range []string{"claimed", "sooner", "later"} {
		c.set(key, name, 10*time.Second)
	}
	c.set(key, "sooner", 5*time.Second)
	c.set(key, "later", 15*time.Second)
	c.comes(5*time.Second, time.Hour, "sooner at 5s")
	c.comes(10*time.Second, time.Hour, "claimed at 10s")
	c.set(key, "claimed", 12*time.Second)
	c.comes(12*time.Second, time.Hour, "claimed at 12s")
	c.comes(15*time.Second, time.Hour, "later at 15s")
	c.comes(59*time.Minute, time.Hour)
}

func dueShared(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	key := newKey()
	c.set(key, "a", 10*time.Second)
	c.set(sibling(key), "a", 5*time.Second)
	c.comes(5*time.Second, 10*time.Second, "a at 5s")
	c.comes(14*time.Second, time.Minute)
	c.set(key, "a", -1)
	c.comes(time.Hour, time.Hour)
}

func dueLast(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	key := newKey()
	c.set(key, "kept", time.Second)
	c.set(key, "gone", time.Second)
	put(t, s, store.Write{Key: key, Lines: []store.Line{
		c.line("gone", 2*time.Second), c.line("kept", -1), c.line("kept", 9*time.Second),
		c.line("gone", -1), c.line("kept", 3*time.Second),
	}})
	c.comes(time.Minute, time.Hour, "kept at 3s")
}

func dueNames(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	key := newKey()
	want := []string{}
	for i, name := range []string{"", " ", "booking/1", "{s001}", "a:b", "\x00", "\xff\r\n", "é"} {
		c.set(key, name, time.Duration(i)*time.Second)
		want = append(want, fmt.Sprintf("%s at %ds", name, i))
	}
	c.comes(time.Minute, time.Hour, want...)
}

// dueRace has many clocks ask at once, each for a few lines, until none come.
func dueRace(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	want := []string{}
	for i, key := range spread(30) {
		c.set(key, fmt.Sprintf("%02d", i), time.Second)
		want = append(want, fmt.Sprintf("%02d at 1s", i))
	}
	got := make([][]string, 4)
	err := errors.Join(together(len(got), func(i int) error {
		for len(got[i]) <= len(want) {
			lines, err := c.claim(time.Minute, time.Hour, 3)
			if err != nil || len(lines) == 0 {
				return err
			}
			got[i] = append(got[i], lines...)
		}
		return errors.New("the same lines come again and again")
	})...)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "all that was got", slices.Sorted(slices.Values(slices.Concat(got...))), want)
}

func dueEnded(t *testing.T, s store.Store) {
	c := newCalendar(t, s)
	c.set(newKey(), "a", time.Second)
	if _, err := s.Due(ended(t), epoch.Add(time.Minute), time.Hour, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.comes(time.Minute, time.Hour, "a at 1s")
}
