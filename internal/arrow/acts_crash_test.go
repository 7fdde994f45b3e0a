package arrow_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
)

func TestActs_Handle_crash(t *testing.T) {
	for says, end := range map[string]func(){"panics": func() { panic("secret") }, "never comes back": runtime.Goexit} {
		t.Run("an act that "+says+" is taken up when its lease is over", func(t *testing.T) {
			d := newDesk(t)
			d.crashes(charges(func(context.Context) (string, error) { end(); return "", nil }))
			if _, err := d.charge(charges(paid)); !errors.Is(err, store.ErrLeased) {
				t.Errorf("before, got %v", err)
			}
			d.now = d.now.Add(30 * time.Second)
			d.said(d.charge(charges(paid)))
			if got := d.payment(); got.Entry.Begun != 2 || got.Lease.Fence != 2 {
				t.Errorf("left %+v", got)
			}
		})
	}
	t.Run("a finish that did not reach the store is taken up at the call that is missing", func(t *testing.T) {
		d := newDesk(t)
		a := charges(func(context.Context) (string, error) { d.Fail(store.ErrUnavailable); return "lost", nil })
		if out, err := d.charge(a); out != nil || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v and %v", out, err)
		}
		d.Fail(nil)
		d.now = d.now.Add(30 * time.Second)
		d.said(d.charge(charges(paid)))
	})
	t.Run("a finish whose answer was lost is said at the next asking", func(t *testing.T) {
		d := newDesk(t)
		a := charges(func(context.Context) (string, error) { d.Lose(1); return "paid", nil })
		if out, err := d.charge(a); out != nil || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v and %v", out, err)
		}
		d.said(d.charge(charges(func(context.Context) (string, error) { return "", errors.New("acted twice") })))
	})
	t.Run("nothing is done whose intent was not committed", func(t *testing.T) {
		d := newDesk(t)
		d.Fail(store.ErrUnavailable)
		_, err := d.charge(charges(func(context.Context) (string, error) { t.Error("acted"); return "", nil }))
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

// overtake has another take over while the first acts, and the first come back
// after that.
func (d *desk) overtake(a acts) (*events.Event, error) {
	d.t.Helper()
	other := a
	other.Act = func(ctx context.Context, _ events.Event, _ string) (string, error) { return paid(ctx) }
	a.Act = func(context.Context, events.Event, string) (string, error) {
		d.now = d.now.Add(30 * time.Second)
		d.said(d.charge(other))
		return "late", nil
	}
	return d.charge(a)
}

// marked checks that somebody is to look again, an hour from now, or nobody.
func (d *desk) marked(want bool) {
	d.t.Helper()
	d.now = d.now.Add(time.Hour)
	if due := d.due(); d.payment().Look != want || (len(due) == 1) != want {
		d.t.Errorf("marked %v, due %v, want %v", d.payment().Look, due, want)
	}
}

func TestActs_Handle_overtaken(t *testing.T) {
	d := newDesk(t)
	out, err := d.overtake(charges(nil))
	t.Run("who was overtaken says nothing, and what it learned does not count", func(t *testing.T) {
		if got := d.payment(); out != nil || err != nil || cmp.Diff([]string{"paid"}, got.Entry.Words) != "" || got.Lease.Fence != 2 {
			t.Errorf("got %v and %v, left %+v", out, err, got)
		}
	})
	t.Run("it leaves a mark that is due now", func(t *testing.T) {
		if diff := cmp.Diff([]string{"look:" + id}, d.due()); diff != "" || !d.payment().Look {
			t.Errorf("marked %v, due (-want +got):\n%s", d.payment().Look, diff)
		}
	})
	t.Run("who asks something else and calls nobody leaves the mark", func(t *testing.T) {
		d.said(d.charge(charges(paid)))
		a := charges(paid)
		a.Next = func(w work, e events.Event, word *string, now time.Time) (work, *string, events.Answer) {
			w.Begun++ // even if it writes
			return needs(1)(w, e, word, now)
		}
		d.said(d.charge(a))
		d.marked(true)
	})
	t.Run("who looks takes the mark away", func(t *testing.T) {
		d.said(charges(paid).Handle(t.Context(), d.Ports, asks(events.PaymentSettle)))
		d.marked(false)
	})
	t.Run("who asks something else and calls takes it away, too: it will know", func(t *testing.T) {
		d := newDesk(t)
		if _, err := d.overtake(charges(nil)); err != nil {
			t.Fatal(err)
		}
		d.marked(true)
		a := charges(func(context.Context) (string, error) { d.marked(false); return "more", nil })
		a.Next = needs(2)
		d.said(d.charge(a))
		d.marked(false)
	})
	t.Run("an arrow at which nobody looks again leaves no line", func(t *testing.T) {
		d := newDesk(t)
		a := charges(nil)
		a.Look = nil
		out, err := d.overtake(a)
		if due := d.due(); out != nil || err != nil || due != nil {
			t.Errorf("got %v and %v, due %v", out, err, due)
		}
		d.said(d.charge(charges(paid)))
	})
	t.Run("who overtook and is still at it is not disturbed by the mark", func(t *testing.T) {
		d := newDesk(t)
		first, second := charges(nil), charges(nil)
		second.Act = func(context.Context, events.Event, string) (string, error) { return "", errors.New("down") }
		first.Act = func(context.Context, events.Event, string) (string, error) {
			d.now = d.now.Add(30 * time.Second)
			_, _ = d.charge(second)
			return "late", nil
		}
		if out, err := d.charge(first); out != nil || err != nil || !d.payment().Look {
			t.Errorf("got %v and %v, marked %v", out, err, d.payment().Look)
		}
		d.said(d.charge(charges(paid)))
		d.marked(false)
	})
}

func TestActs_Handle_bounds(t *testing.T) {
	t.Run("what needs too many calls goes on with the next delivery", func(t *testing.T) {
		d, calls := newDesk(t), 0
		a := charges(func(context.Context) (string, error) { calls++; return "more", nil })
		a.Next = needs(arrow.MaxCalls + 2)
		out, err := d.charge(a)
		if code, _ := arrow.Status(err); out != nil || code != 503 || calls != arrow.MaxCalls {
			t.Errorf("got %v and %v, %d, after %d calls", out, err, code, calls)
		}
		if got := d.payment(); len(got.Entry.Words) != calls || !got.Lease.Until.IsZero() {
			t.Errorf("%d calls, %d words, lease %+v", calls, len(got.Entry.Words), got.Lease)
		}
		d.said(d.charge(a))
		if calls != arrow.MaxCalls+2 {
			t.Errorf("%d calls", calls)
		}
	})
	t.Run("as many calls as are allowed are made", func(t *testing.T) {
		d := newDesk(t)
		a := charges(func(context.Context) (string, error) { return "more", nil })
		a.Next = needs(arrow.MaxCalls)
		d.said(d.charge(a))
	})
}

func TestActs_Handle_errors(t *testing.T) {
	t.Run("an event that names no record is unroutable", func(t *testing.T) {
		a := charges(paid)
		a.Record = func(events.Event) string { return "" }
		if out, err := newDesk(t).charge(a); out != nil || !errors.Is(err, arrow.ErrUnroutable) {
			t.Errorf("got %v and %v", out, err)
		}
	})
	t.Run("a decision's error is the answer, and nothing is written", func(t *testing.T) {
		d := newDesk(t)
		a := charges(paid)
		a.Next = func(w work, _ events.Event, _ *string, _ time.Time) (work, *string, events.Answer) {
			w.Begun++
			return w, nil, events.Answer{Err: events.ErrNothingSaid}
		}
		if out, err := d.charge(a); out != nil || !errors.Is(err, events.ErrNothingSaid) || d.Commits() != 0 {
			t.Errorf("got %v and %v, %d commits", out, err, d.Commits())
		}
	})
	t.Run("a decision with nothing to call and nothing to say is silent", func(t *testing.T) {
		a := charges(paid)
		a.Next = func(w work, _ events.Event, _ *string, _ time.Time) (work, *string, events.Answer) {
			return w, nil, events.Answer{}
		}
		if out, err := newDesk(t).charge(a); out != nil || err != nil {
			t.Errorf("got %v and %v", out, err)
		}
	})
	t.Run("a record that cannot be read is left alone", func(t *testing.T) {
		d := newDesk(t)
		w := store.Write{Key: store.Key{Record: "payment", ID: id}, Entries: map[string][]byte{id: []byte(`{"entry":`)}}
		if err := d.Commit(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if out, err := d.charge(charges(paid)); out != nil || err == nil || !strings.HasPrefix(err.Error(), "read record: ") || d.Commits() != 1 {
			t.Errorf("got %v and %v, %d commits", out, err, d.Commits())
		}
	})
}

// TestActs_Handle_gone has a decision run on after its asker is gone, for the
// race detector: another member of its group leads.
func TestActs_Handle_gone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		leaves := charges(paid)
		leaves.Next = func(w work, e events.Event, word *string, now time.Time) (work, *string, events.Answer) {
			cancel()
			for range 1000 {
				runtime.Gosched() // its asker leaves meanwhile
			}
			return needs(1)(w, e, word, now)
		}
		waits := charges(paid)
		waits.Next = func(w work, _ events.Event, _ *string, _ time.Time) (work, *string, events.Answer) {
			w.Begun++
			return w, nil, events.Answer{}
		}
		_, release := d.Hold()
		gone := make(chan error, 1)
		for range 2 { // one that is held, and one that leads the next group
			go d.charge(waits)
			synctest.Wait()
		}
		go func() {
			_, err := leaves.Handle(ctx, d.Ports, asks(events.PaymentCharge))
			gone <- err
		}()
		synctest.Wait()
		release()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
	})
}
