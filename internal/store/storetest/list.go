package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tourbillon/internal/store"
)

var listChecks = []check{
	{"a list that nobody wrote to has no members and no next page", listNothing},
	{"members come by score, then by the bytes of their name", listOrder},
	{"pages of any size show each member once, in order, from all shards", listPages},
	{"the last page says that it is the last, and a page of none is empty", listEnd},
	{"a cursor is printable", listCursor},
	{"a member is in a list once, and its last score counts", listMoves},
	{"a member taken out is gone, and may come again", listOut},
	{"the last word on a member in a commit counts", listLast},
	{"a member written by two records of a shard is in once", listShared},
	{"a member may be in many lists", listMany},
	{"a member may have any name", listNames},
	{"who stays is seen once while others come and go", listChurn},
	{"a page may begin at a score", listFrom},
	{"a cursor that was cut, or is another list's, is refused", listCut},
	{"a context that had ended is answered with its error", listEnded},
}

// members lists all, in one page.
func members(t *testing.T, s store.Store, index string) []string {
	t.Helper()
	return slices.Concat(pages(t, s, index, 1000)...)
}

// pages lists all, page by page.
func pages(t *testing.T, s store.Store, index string, limit int) (all [][]string) {
	t.Helper()
	for cursor, more := "", true; more; {
		page, err := s.List(t.Context(), index, cursor, limit)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if len(page.Members) > limit || len(page.Members) == 0 && cursor != "" || len(all) > 1000 {
			t.Fatalf("page %d, of %d members, has %d", len(all), limit, len(page.Members))
		}
		all = append(all, page.Members)
		cursor, more = page.Next, page.Next != ""
	}
	return all
}

// in is a member put into a list.
func in(index, member string, score int64) store.Index {
	return store.Index{Name: index, Member: member, Score: score, In: true}
}

// out is a member taken out of a list.
func out(index, member string) store.Index { return store.Index{Name: index, Member: member} }

func index(t *testing.T, s store.Store, key store.Key, changes ...store.Index) {
	t.Helper()
	put(t, s, store.Write{Key: key, Index: changes})
}

// fill puts n members into a new list, one from each of n shards, two to a
// score, and returns them in order.
func fill(t *testing.T, s store.Store, n int) (list string, want []string) {
	t.Helper()
	list = rand.Text()
	keys := spread(n)
	for i, at := range mrand.Perm(n) {
		index(t, s, keys[i], in(list, fmt.Sprintf("m%03d", at), int64(at/2)))
		want = append(want, fmt.Sprintf("m%03d", i))
	}
	return list, want
}

func listNothing(t *testing.T, s store.Store) {
	page, err := s.List(t.Context(), rand.Text(), "", 10)
	if err != nil || len(page.Members) != 0 || page.Next != "" {
		t.Errorf("got %+v and %v", page, err)
	}
}

func listOrder(t *testing.T, s store.Store) {
	list := rand.Text()
	const most = int64(1) << 53
	want := []store.Index{
		in(list, "z", -most), in(list, "y", -most+1), in(list, "x", -1),
		in(list, "A", 0), in(list, "B", 0), in(list, "a", 0), in(list, "aa", 0), in(list, "b", 0), in(list, "é", 0), in(list, "\xff", 0),
		in(list, "w", 9), in(list, "v", 10), in(list, "u", 1_790_000_000_123), in(list, "t", 1_790_000_000_124),
		in(list, "s", 1_790_000_000_123_456), in(list, "r", 1_790_000_000_123_457), in(list, "q", most-1), in(list, "p", most),
	}
	keys := spread(5)
	names := []string{}
	for i, at := range mrand.Perm(len(want)) {
		index(t, s, keys[i%len(keys)], want[at])
		names = append(names, want[i].Member)
	}
	same(t, "all at once", members(t, s, list), names)
	same(t, "one by one", slices.Concat(pages(t, s, list, 1)...), names)
}

func listPages(t *testing.T, s store.Store) {
	list, want := fill(t, s, 60)
	for _, limit := range []int{1, 2, 3, 7, 59, 60, 61, 1000} {
		all := pages(t, s, list, limit)
		same(t, fmt.Sprintf("pages of %d", limit), slices.Concat(all...), want)
	}
}

func listEnd(t *testing.T, s store.Store) {
	list, want := fill(t, s, 6)
	for limit, count := range map[int]int{1: 6, 2: 3, 3: 2, 4: 2, 6: 1, 7: 1} {
		if got := pages(t, s, list, limit); len(got) != count {
			t.Errorf("pages of %d are %q", limit, got)
		}
	}
	page, err := s.List(t.Context(), list, "", 0)
	if err != nil || len(page.Members) != 0 {
		t.Errorf("none of %d members are %+v and %v", len(want), page, err)
	}
}

func listCursor(t *testing.T, s store.Store) {
	list := rand.Text()
	index(t, s, newKey(), in(list, "\x00\n\xff é", -3), in(list, "b", 5))
	page, err := s.List(t.Context(), list, "", 1)
	if err != nil || page.Next == "" {
		t.Fatalf("got %+v and %v", page, err)
	}
	if strings.ContainsFunc(page.Next, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Errorf("cursor is %q", page.Next)
	}
}

func listMoves(t *testing.T, s store.Store) {
	list, key := rand.Text(), newKey()
	index(t, s, key, in(list, "a", 1), in(list, "b", 2), in(list, "c", 3))
	index(t, s, key, in(list, "a", 4))
	same(t, "moved back", members(t, s, list), []string{"b", "c", "a"})
	index(t, s, key, in(list, "c", -1))
	same(t, "moved forward", members(t, s, list), []string{"c", "b", "a"})
	index(t, s, key, in(list, "b", 2))
	same(t, "not moved", members(t, s, list), []string{"c", "b", "a"})
}

func listOut(t *testing.T, s store.Store) {
	list, key := rand.Text(), newKey()
	index(t, s, key, in(list, "a", 1), in(list, "b", 2))
	index(t, s, key, out(list, "a"), out(list, "never in"), out(rand.Text(), "a"))
	same(t, "one out", members(t, s, list), []string{"b"})
	index(t, s, key, out(list, "b"), out(list, "a"))
	same(t, "all out", members(t, s, list), []string(nil))
	index(t, s, key, in(list, "b", 1))
	same(t, "one in again", members(t, s, list), []string{"b"})
}

func listLast(t *testing.T, s store.Store) {
	list, key := rand.Text(), newKey()
	index(t, s, key, in(list, "gone", 1), in(list, "moved", 1),
		in(list, "moved", 5), out(list, "gone"), in(list, "other", 4), out(list, "back"), in(list, "back", 6))
	same(t, "list", members(t, s, list), []string{"other", "moved", "back"})
}

func listShared(t *testing.T, s store.Store) {
	list, key := rand.Text(), newKey()
	index(t, s, key, in(list, "a", 1), in(list, "b", 2))
	index(t, s, sibling(key), in(list, "a", 3))
	same(t, "list", members(t, s, list), []string{"b", "a"})
	index(t, s, key, out(list, "a"))
	same(t, "list after", members(t, s, list), []string{"b"})
}

func listMany(t *testing.T, s store.Store) {
	one, two, key := rand.Text(), rand.Text(), newKey()
	index(t, s, key, in(one, "a", 1), in(two, "a", 5), in(one, "b", 3), in(two, "b", 4))
	index(t, s, key, out(one, "b"))
	same(t, "one list", members(t, s, one), []string{"a"})
	same(t, "the other", members(t, s, two), []string{"b", "a"})
}

func listNames(t *testing.T, s store.Store) {
	list, key := rand.Text()+" {s001}:\x00\xff", newKey()
	names := []string{"\x00", "\n", " ", "%", "*", "a:b", "{}", "\x7f", "é", "\xfe\r", "\xff"}
	for i := range names {
		index(t, s, key, in(list, names[i], 7))
	}
	same(t, "list", slices.Concat(pages(t, s, list, 2)...), names)
}

func listChurn(t *testing.T, s store.Store) {
	list, want := fill(t, s, 20)
	key := newKey()
	var got []string
	for cursor, n := "", 0; n == 0 || cursor != ""; n++ {
		page, err := s.List(t.Context(), list, cursor, 3)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		for _, member := range page.Members {
			if !strings.HasPrefix(member, "guest") {
				got = append(got, member)
			}
		}
		cursor = page.Next
		index(t, s, key, in(list, fmt.Sprintf("guest%d", n), int64(n)), out(list, fmt.Sprintf("guest%d", n-1)))
	}
	same(t, "who stayed", got, want)
}

func listEnded(t *testing.T, s store.Store) {
	if _, err := s.List(ended(t), rand.Text(), "", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func listFrom(t *testing.T, s store.Store) {
	list := newKey().ID
	for i, key := range spread(5) {
		in := store.Index{Name: list, Member: fmt.Sprint(i), Score: int64(i - 2), In: true}
		put(t, s, store.Write{Key: key, Index: []store.Index{in}})
	}
	page, err := s.List(t.Context(), list, store.From(list, 0), 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "page", page.Members, []string{"2", "3", "4"})
}

func listCut(t *testing.T, s store.Store) {
	list := newKey().ID
	for _, key := range spread(3) {
		put(t, s, store.Write{Key: key, Index: []store.Index{{Name: list, Member: key.ID, In: true}}})
	}
	page, err := s.List(t.Context(), list, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string][2]string{
		"cut": {list, page.Next[:len(page.Next)-3]}, "another's": {newKey().ID, page.Next}, "no cursor": {list, "next"},
	} {
		if _, err := s.List(t.Context(), c[0], c[1], 1); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%s: got %v", says, err)
		}
	}
}
