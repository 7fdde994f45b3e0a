package arrow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

var errUnsent = errors.New("the line is busy")

// marks has what becomes of an entry after a call without a word be one of its
// words: what the call ended with.
func marks(a acts) acts {
	a.Next = needs(9)
	a.Back = func(w work, err error) work {
		w.Words = append(w.Words, map[bool]string{true: "not sent", false: "unknown"}[errors.Is(err, errUnsent)])
		return w
	}
	return a
}

func TestActs_Back(t *testing.T) {
	fails := func(err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return "", err }
	}
	for says, c := range map[string]struct {
		err  error
		want string
	}{
		"what became of a call is kept":      {errUnsent, "not sent"},
		"and where nobody knows, that is":    {context.DeadlineExceeded, "unknown"},
		"however deep the cause is":          {arrow.Again(errUnsent), "not sent"},
		"and of one that is never to be too": {arrow.Never(errUnsent), "not sent"},
	} {
		t.Run(says, func(t *testing.T) {
			d := newDesk(t)
			if out, err := d.charge(marks(charges(fails(c.err)))); out != nil || !errors.Is(err, c.err) {
				t.Errorf("got %v and %v", out, err)
			}
			got := d.payment()
			if diff := cmp.Diff([]string{c.want}, got.Entry.Words); diff != "" || !got.Lease.Until.IsZero() || got.Entry.Begun != 1 {
				t.Errorf("left %+v (-want +got):\n%s", got, diff)
			}
		})
	}
	t.Run("of a call that brought a word it is the word alone", func(t *testing.T) {
		d := newDesk(t)
		a := marks(charges(paid))
		a.Next = needs(1)
		d.said(d.charge(a))
		if diff := cmp.Diff([]string{"paid"}, d.payment().Entry.Words); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("of an arrow that says nothing of it the entry stays", func(t *testing.T) {
		d := newDesk(t)
		d.charge(charges(fails(errUnsent)))
		if got := d.payment().Entry; got.Begun != 1 || got.Words != nil {
			t.Errorf("left %+v", got)
		}
	})
	t.Run("who was overtaken says nothing of another's call", func(t *testing.T) {
		d := newDesk(t)
		d.charge(marks(charges(func(context.Context) (string, error) {
			d.now = d.now.Add(time.Minute)
			d.crashes(charges(func(context.Context) (string, error) { panic("while it holds the lease") }))
			return "", errUnsent
		})))
		if got := d.payment(); got.Lease.Fence != 2 || got.Entry.Words != nil {
			t.Errorf("left %+v", got)
		}
	})
	t.Run("a crash leaves it as it was begun", func(t *testing.T) {
		d := newDesk(t)
		d.crashes(marks(charges(func(context.Context) (string, error) { panic("in the call") })))
		if got := d.payment(); got.Entry.Begun != 1 || got.Entry.Words != nil || got.Lease.Until.IsZero() {
			t.Errorf("left %+v", got)
		}
	})
}

func TestActs_Index(t *testing.T) {
	listed := func(d *desk, index string) (all []string) {
		page, err := d.Records.List(t.Context(), index, "", 9)
		if err != nil {
			t.Fatal(err)
		}
		return page.Members
	}
	// An entry is in the one list while it is begun, and in the other once paid.
	indexed := func(a acts) acts {
		a.Index = func(w work) []store.Index {
			return []store.Index{
				{Name: "begun", Member: id, Score: int64(w.Begun), In: w.Begun > 0 && w.Paid == nil},
				{Name: "paid", Member: id, Score: 1, In: w.Paid != nil},
			}
		}
		return a
	}
	d := newDesk(t)
	wants := func(begun, done []string) {
		t.Helper()
		if diff := cmp.Diff([][]string{begun, done}, [][]string{listed(d, "begun"), listed(d, "paid")}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	me := []string{id}
	d.charge(indexed(charges(func(context.Context) (string, error) {
		wants(me, nil) // in the list by the same commit as in the record
		return "", errUnsent
	})))
	wants(me, nil)
	d.said(d.charge(indexed(charges(paid))))
	wants(nil, me)
	commits := d.Commits()
	d.said(d.charge(indexed(charges(paid))))
	if wants(nil, me); d.Commits() != commits {
		t.Error("a second asking writes")
	}
}

// TestActs_Due holds that what is put off is due when it says, whoever asks
// before, and not any more when it is over.
func TestActs_Due(t *testing.T) {
	later := nine.Add(time.Hour)
	a := charges(func(context.Context) (string, error) { return "later", nil })
	a.Due = func(w work) (at time.Time) {
		if w.Paid == nil && len(w.Words) > 0 {
			at = later
		}
		return at
	}
	a.Next = func(w work, e events.Event, word *string, now time.Time) (work, *string, events.Answer) {
		if word != nil || len(w.Words) > 0 && now.Before(later) {
			w.Words = []string{"later"}
			return w, nil, events.Answer{}
		}
		if len(w.Words) == 0 {
			return w, new("call"), events.Answer{}
		}
		w.Paid = &booking.Said{Version: 1, At: now, Status: booking.StatusOnHold}
		return w, nil, events.PaymentSucceeded.As(e.Booking, w.Paid)
	}
	d := newDesk(t)
	for range 2 {
		if out, err := d.charge(a); out != nil || err != nil {
			t.Fatalf("%v, %v", out, err)
		}
	}
	d.now = later.Add(-1)
	if got := d.due(); got != nil {
		t.Errorf("due too soon: %v", got)
	}
	d.now = later
	if diff := cmp.Diff([]string{"look:" + id}, d.due()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.said(d.charge(a))
	d.now = later.Add(1000 * time.Hour)
	if got := d.due(); got != nil {
		t.Errorf("due still: %v", got)
	}
}
