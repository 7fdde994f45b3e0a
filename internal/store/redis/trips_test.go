package redis_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

func TestStore_RoundTrips(t *testing.T) {
	s := open(t, miniredis.RunT(t))
	ctx, now := t.Context(), time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	for i := range 40 {
		id := fmt.Sprint("b-", i)
		put(t, s, store.Write{
			Key: store.Key{Record: "booking", ID: id}, Head: []byte("h"),
			Lines: []store.Line{{Name: id, At: now}}, Index: []store.Index{{Name: "all", Member: id, In: true}},
		})
	}
	key := store.Key{Record: "booking", ID: "b-1"}
	for _, c := range []struct {
		says string
		want uint64
		do   func() error
	}{
		{"to load", 1, func() error { _, err := s.Load(ctx, key, "a", "b", "c"); return err }},
		{"to commit", 1, func() error {
			return s.Commit(ctx, store.Write{Key: departure, Head: []byte("1"), Lines: []store.Line{{Name: "x"}}})
		}},
		{"to find a conflict", 1, func() error { _ = s.Commit(ctx, store.Write{Key: departure}); return nil }},
		{"to find nothing due", 1, func() error { _, err := s.Due(ctx, now.Add(-time.Hour), time.Minute, 100); return err }},
		{"to claim what is due", 2, func() error { _, err := s.Due(ctx, now, time.Minute, 100); return err }},
		{"to list a page", 1, func() error { _, err := s.List(ctx, "all", "", 20); return err }},
		{"to list a page by score", 1, func() error { _, err := s.List(ctx, "all", store.From("all", 0), 20); return err }},
		{"to count", 1, func() error { _, err := s.Count(ctx, "all"); return err }},
	} {
		before := s.RoundTrips()
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.says, err)
		}
		if got := s.RoundTrips() - before; got != c.want {
			t.Errorf("%s took %d round trips, want %d", c.says, got, c.want)
		}
	}
}

// flushScripts has the server forget all scripts.
func flushScripts(t *testing.T, m *miniredis.Miniredis) {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: m.Addr()})
	defer c.Close()
	if err := c.ScriptFlush(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
}

// TestStore_forgotten has the server forget the scripts before every call.
func TestStore_forgotten(t *testing.T) {
	m := miniredis.RunT(t)
	s := open(t, m)
	now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	for i := range 10 {
		flushScripts(t, m)
		id := fmt.Sprint("b-", i)
		w := store.Write{
			Key: store.Key{Record: "booking", ID: id}, Lines: []store.Line{{Name: id, At: now}},
			Index: []store.Index{{Name: "all", Member: id, In: true}},
		}
		if err := s.Commit(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	flushScripts(t, m)
	if lines, err := s.Due(t.Context(), now, time.Minute, 100); err != nil || len(lines) != 10 {
		t.Errorf("due are %v and %v", lines, err)
	}
	var all []string
	for cursor := ""; len(all) < 10; {
		flushScripts(t, m)
		page, err := s.List(t.Context(), "all", cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		all, cursor = append(all, page.Members...), page.Next
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 10 {
		t.Errorf("listed are %q", all)
	}
}

// TestStore_List_uneven lists members that are in few shards and have few
// scores, or many, and compares each page with the same list sorted.
func TestStore_List_uneven(t *testing.T) {
	s := open(t, miniredis.RunT(t))
	for _, c := range []struct{ shards, scores, members int }{{1, 1, 300}, {2, 3, 300}, {40, 1, 400}, {200, 1000, 600}} {
		t.Run(fmt.Sprintf("%d members in %d shards with %d scores", c.members, c.shards, c.scores), func(t *testing.T) {
			list, random := fmt.Sprint(c), rand.New(rand.NewPCG(1, uint64(c.members)))
			writes := make([]store.Write, c.shards)
			var want []store.Place
			for i := range c.members {
				p := store.Place{Score: random.Int64N(int64(c.scores)) - 1, Name: fmt.Sprintf("m%x", i*7919)}
				w := &writes[random.IntN(c.shards)]
				w.Index = append(w.Index, store.Index{Name: list, Member: p.Name, Score: p.Score, In: true})
				want = append(want, p)
			}
			for i, w := range writes {
				w.Key = store.Key{Record: "booking", ID: fmt.Sprint(list, i)}
				put(t, s, w)
			}
			slices.SortFunc(want, func(a, b store.Place) int {
				return cmp.Or(cmp.Compare(a.Score, b.Score), strings.Compare(a.Name, b.Name))
			})
			for _, limit := range []int{1, 7, 50, 1000} {
				cursor, rest := "", want
				if limit == 1 { // the end of it is enough
					rest = want[c.members-5:]
					cursor = want[c.members-6].Cursor(list)
				}
				for len(rest) > 0 {
					n := min(limit, len(rest))
					page, err := s.List(t.Context(), list, cursor, limit)
					if err != nil || !slices.EqualFunc(page.Members, rest[:n], func(m string, p store.Place) bool { return m == p.Name }) {
						t.Fatalf("page of %d is %q and %v, want %v", limit, page.Members, err, rest[:n])
					}
					rest, cursor = rest[n:], page.Next
				}
				if cursor != "" {
					t.Errorf("after the last page of %d comes %q", limit, cursor)
				}
			}
		})
	}
}
