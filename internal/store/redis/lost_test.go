package redis_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tourbillon/internal/store"
)

var departure = store.Key{Record: "departure", ID: "lyon-0900"}

// count is a decision that is not safe to repeat.
func count(row store.Row) (store.Change, error) {
	n, _ := strconv.Atoi(string(row.Head))
	return store.Change{Head: strconv.AppendInt(nil, int64(n+1), 10)}, nil
}

// hold is a decision that is: the entry remembers it.
func hold(row store.Row) (store.Change, error) {
	if row.Entry != nil {
		return store.Change{}, nil
	}
	c, err := count(row)
	c.Entry = []byte("held")
	return c, err
}

// losing is a store behind a proxy, and one beside it.
func losing(t *testing.T) (through, beside store.Store, p *proxy) {
	server := miniredis.RunT(t)
	beside = open(t, server)
	p = newProxy(t, server.Addr())
	return openAt(t, p.settings()), beside, p
}

func head(t *testing.T, s store.Store, want string) {
	t.Helper()
	snap, err := s.Load(t.Context(), departure)
	if err != nil || string(snap.Head) != want {
		t.Errorf("head is %q and %v, want %q", snap.Head, err, want)
	}
}

func TestStore_Commit_lost(t *testing.T) {
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprintf("a commit whose answer is lost %d times is made once, and answered so", n), func(t *testing.T) {
			s, _, p := losing(t)
			r := store.New(s)
			for range 2 {
				p.lose(n, func() {})
				if err := r.Update(t.Context(), departure, "a", count); err != nil {
					t.Fatal(err)
				}
			}
			if len(p.lost) != 2*n {
				t.Errorf("%d answers were lost, want %d", len(p.lost), 2*n)
			}
			head(t, s, "2")
		})
	}
	t.Run("one whose answers are all lost is made, and nobody knows", func(t *testing.T) {
		s, _, p := losing(t)
		p.lose(4, func() {})
		err := s.Commit(t.Context(), store.Write{Key: departure, Head: []byte("1")})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		head(t, s, "1")
	})
	t.Run("when another commits in between it is a conflict, and that one's stands", func(t *testing.T) {
		s, beside, p := losing(t)
		p.lose(1, func() { put(t, beside, store.Write{Key: departure, Head: []byte("other")}) })
		err := s.Commit(t.Context(), store.Write{Key: departure, Head: []byte("mine")})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v", err)
		}
		head(t, s, "other")
	})
	t.Run("that conflict is decided again, and the entry says what was done", func(t *testing.T) {
		s, beside, p := losing(t)
		elsewhere := store.New(beside)
		n := 0
		p.lose(3, func() {
			n++
			if err := elsewhere.Update(t.Context(), departure, fmt.Sprint("other ", n), hold); err != nil {
				t.Error(err)
			}
		})
		if err := store.New(s).Update(t.Context(), departure, "mine", hold); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Error("no answer was lost")
		}
		head(t, s, fmt.Sprint(n+1))
	})
}

func TestStore_Due_lost(t *testing.T) {
	now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	s, _, p := losing(t)
	put(t, s, store.Write{Key: departure, Lines: []store.Line{{Name: "a", At: now}}})
	p.lose(1, func() {})
	lines, err := s.Due(t.Context(), now, time.Minute, 10)
	if len(lines) != 0 || err != nil || len(p.lost) != 1 {
		t.Errorf("the claim whose answer was lost gave %v and %v", lines, err)
	}
	lines, err = s.Due(t.Context(), now.Add(time.Minute), time.Minute, 10)
	if len(lines) != 1 || err != nil {
		t.Errorf("after the claim came %v and %v", lines, err)
	}
}

func TestStore_cut(t *testing.T) {
	s, _, p := losing(t)
	r := store.New(s)
	for range 20 {
		if err := r.Update(t.Context(), departure, "a", count); err != nil {
			t.Fatal(err)
		}
		p.cut()
	}
	head(t, s, "20")
}

func TestStore_failover(t *testing.T) {
	t.Run("who read what a failover lost cannot commit on it", func(t *testing.T) {
		server := miniredis.RunT(t)
		s := open(t, server)
		put(t, s, store.Write{Key: departure, Head: []byte("1")})
		kept := server.Dump()
		before, _ := server.HKeys("tourbillon:{s169}:departure:lyon-0900")
		revision := server.HGet("tourbillon:{s169}:departure:lyon-0900", "r")

		put(t, s, store.Write{Key: departure, Head: []byte("lost")})
		lost, err := s.Load(t.Context(), departure)
		if err != nil {
			t.Fatal(err)
		}
		server.HSet("tourbillon:{s169}:departure:lyon-0900", "r", revision, "h", "1") // as it was
		if server.Dump() != kept {
			t.Fatalf("fields were %q, is now\n%s", before, server.Dump())
		}
		put(t, s, store.Write{Key: departure, Head: []byte("2")})
		err = s.Commit(t.Context(), store.Write{Key: departure, Revision: lost.Revision, Head: []byte("built on what was lost")})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v", err)
		}
		head(t, s, "2")
	})
}
