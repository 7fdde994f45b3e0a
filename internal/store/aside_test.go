package store_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// put writes head and entry of a record, with a line and a place in a list.
func put(t *testing.T, r *store.Records, id, head, entry string) {
	t.Helper()
	err := r.Update(t.Context(), store.Key{Record: "thing", ID: id}, "entry", func(store.Row) (store.Change, error) {
		c := store.Change{Entry: []byte(entry), Lines: []store.Line{{Name: id, At: time.Unix(1, 0)}}, Index: []store.Index{{Name: "things", Member: id, In: true}}}
		if head != "" {
			c.Head = []byte(head)
		}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecords_Aside(t *testing.T) {
	real := store.New(memory.New())
	put(t, real, "one", "head", "entry")
	trial := real.Aside()
	read := func(r *store.Records, id, head, entry string) {
		t.Helper()
		row, err := r.Read(t.Context(), store.Key{Record: "thing", ID: id}, "entry")
		if err != nil || !bytes.Equal(row.Head, []byte(head)) || !bytes.Equal(row.Entry, []byte(entry)) {
			t.Errorf("%s is %q, %q, %v; want %q, %q", id, row.Head, row.Entry, err, head, entry)
		}
	}
	t.Run("it sees what there is", func(t *testing.T) { read(trial, "one", "head", "entry") })
	t.Run("what is written aside is seen there alone", func(t *testing.T) {
		put(t, trial, "one", "", "other")
		put(t, trial, "two", "new", "new")
		read(trial, "one", "head", "other")
		read(trial, "two", "new", "new")
		read(real, "one", "head", "entry")
		read(real, "two", "", "")
		read(real.Aside(), "one", "head", "entry")
	})
	t.Run("and decided upon there", func(t *testing.T) {
		err := trial.Update(t.Context(), store.Key{Record: "thing", ID: "one"}, "entry", func(r store.Row) (store.Change, error) {
			return store.Change{Head: append(r.Head, "+"...), Entry: append(r.Entry, "+"...)}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		read(trial, "one", "head+", "other+")
	})
	t.Run("what others write is seen, where nothing is aside", func(t *testing.T) {
		put(t, real, "three", "x", "y")
		read(trial, "three", "x", "y")
	})
	t.Run("it claims its own lines, once, and moves no list", func(t *testing.T) {
		for _, want := range []int{2, 0} {
			lines, err := trial.Due(t.Context(), time.Unix(9, 0), time.Minute, 10)
			if err != nil || len(lines) != want || want > 0 && lines[0].Name+lines[1].Name != "onetwo" {
				t.Errorf("got %v, %v", lines, err)
			}
		}
		if lines, err := trial.Due(t.Context(), time.Unix(69, 0), time.Minute, 1); err != nil || len(lines) != 1 {
			t.Errorf("a minute later it has %v, %v", lines, err)
		}
		lines, err := real.Due(t.Context(), time.Unix(9, 0), time.Minute, 10)
		if err != nil || len(lines) != 2 {
			t.Errorf("the lines of one and three are %v, %v", lines, err)
		}
		if n, err := real.Count(t.Context(), "things"); err != nil || n != 2 {
			t.Errorf("%d things, %v", n, err)
		}
	})
	t.Run("a context that ended writes nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := trial.Update(ctx, store.Key{Record: "thing", ID: "one"}, "entry", func(store.Row) (store.Change, error) {
			return store.Change{Entry: []byte("late")}, nil
		})
		if err == nil {
			t.Error("it is taken")
		}
		read(trial, "one", "head+", "other+")
	})
}
