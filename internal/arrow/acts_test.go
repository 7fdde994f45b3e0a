package arrow_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// work is a small payment: what was called, what came back, what was said.
type work struct {
	Begun int           `json:"begun"`
	Words []string      `json:"words,omitempty"`
	Paid  *booking.Said `json:"paid,omitempty"`
}

// needs returns a decision that calls until it has n words, and says so.
func needs(n int) func(work, events.Event, *string, time.Time) (work, *string, events.Answer) {
	return func(w work, e events.Event, word *string, now time.Time) (work, *string, events.Answer) {
		if word != nil {
			w.Words = append(w.Words, *word)
		}
		if len(w.Words) < n {
			w.Begun++
			return w, new("call"), events.Answer{}
		}
		if w.Paid == nil {
			w.Paid = &booking.Said{Version: 1, At: now, Status: booking.StatusOnHold}
		}
		return w, nil, events.PaymentSucceeded.As(e.Booking, w.Paid)
	}
}

type acts = arrow.Acts[work, string, string]

// charges is an arrow that acts by act, once.
func charges(act func(context.Context) (string, error)) acts {
	return acts{
		Name: "charge", Kind: "payment", Record: func(e events.Event) string { return e.Data.ID },
		Hears: []events.Name{events.PaymentCharge}, Next: needs(1),
		Act:     func(ctx context.Context, _ events.Event, _ string) (string, error) { return act(ctx) },
		Settles: events.PaymentSettle,
		Look:    func(work) string { return "look:" + id },
	}
}

func paid(context.Context) (string, error) { return "paid", nil }

func (d *desk) charge(a acts) (*events.Event, error) {
	return a.Handle(d.t.Context(), d.Ports, asks(events.PaymentCharge))
}

// stored is the entry as it is stored, with its lease and its mark.
type stored struct {
	Lease store.Lease
	Look  bool
	Entry work
}

func (d *desk) payment() (s stored) {
	d.t.Helper()
	if _, entry := d.row("payment", id); entry != "" {
		if err := json.Unmarshal([]byte(entry), &s); err != nil {
			d.t.Fatal(err)
		}
	}
	return s
}

func (d *desk) said(out *events.Event, err error) {
	d.t.Helper()
	if err != nil || out == nil || out.Name != events.PaymentSucceeded || out.Source != "/tourbillon/payment" || out.CausationID != "asker-1" {
		d.t.Errorf("got %+v and %v", out, err)
	}
}

// crashes runs the arrow and waits for its end, however that comes.
func (d *desk) crashes(a acts) {
	d.t.Helper()
	gone := make(chan bool)
	go func() {
		back := false
		defer func() { recover(); gone <- !back }()
		_, _ = d.charge(a)
		back = true
	}()
	if !<-gone {
		d.t.Error("it came back")
	}
}

func TestActs_Handle(t *testing.T) {
	d := newDesk(t)
	var during stored
	first, err := d.charge(charges(func(ctx context.Context) (string, error) {
		during = d.payment()
		return "paid", nil
	}))
	d.said(first, err)
	t.Run("what is about to be done is committed before it is done", func(t *testing.T) {
		want := stored{Lease: store.Lease{Fence: 1, Until: nine.Add(30 * time.Second)}, Entry: work{Begun: 1}}
		if diff := cmp.Diff(want, during); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("what was learned is committed, and the lease given back", func(t *testing.T) {
		want := stored{Lease: store.Lease{Fence: 1}, Entry: work{Begun: 1, Words: []string{"paid"}, Paid: d.payment().Entry.Paid}}
		if diff := cmp.Diff(want, d.payment()); diff != "" || d.Commits() != 2 {
			t.Errorf("%d commits (-want +got):\n%s", d.Commits(), diff)
		}
	})
	t.Run("a second asking does nothing, writes nothing and gets the same fact", func(t *testing.T) {
		d.now = nine.Add(time.Hour)
		again, err := d.charge(charges(func(context.Context) (string, error) { return "", errors.New("acted twice") }))
		if diff := cmp.Diff(first, again); err != nil || diff != "" || d.Commits() != 2 {
			t.Errorf("%v, %d commits (-first +again):\n%s", err, d.Commits(), diff)
		}
	})
	t.Run("several calls are made one after the other, each under the lease", func(t *testing.T) {
		d := newDesk(t)
		a := charges(func(context.Context) (string, error) {
			if until := d.payment().Lease.Until; !until.Equal(d.now.Add(30 * time.Second)) {
				t.Errorf("at %v it is leased until %v", d.now, until)
			}
			d.now = d.now.Add(20 * time.Second)
			return "more", nil
		})
		a.Next = needs(3)
		d.said(d.charge(a))
		if got := d.payment(); got.Entry.Begun != 3 || got.Lease.Fence != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("it names what it hears", func(t *testing.T) {
		if diff := cmp.Diff([]events.Name{events.PaymentCharge}, charges(paid).Names()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestActs_Handle_late(t *testing.T) {
	t.Run("a word that came after the deadline is committed, and said", func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		a := charges(func(context.Context) (string, error) { cancel(); return "paid", nil })
		d.said(a.Handle(ctx, d.Ports, asks(events.PaymentCharge)))
		if got := d.payment(); cmp.Diff([]string{"paid"}, got.Entry.Words) != "" || got.Entry.Paid == nil || !got.Lease.Until.IsZero() {
			t.Errorf("left %+v", got)
		}
	})
	for says, c := range map[string]struct {
		busy, took time.Duration
		err        error
	}{
		"a record that is busy is waited for, though the deadline is over": {time.Second, time.Second, nil},
		"but not beyond five seconds":                                      {6 * time.Second, 5 * time.Second, context.DeadlineExceeded},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				ctx, cancel := context.WithCancel(t.Context())
				out, took, err := d.behind(ctx, cancel, c.busy)
				if !errors.Is(err, c.err) || took != c.took {
					t.Errorf("got %v after %v", err, took)
				}
				if c.err == nil {
					d.said(out, err)
				}
				time.Sleep(c.busy)
				if n := len(d.payment().Entry.Words); (n == 1) != (c.err == nil) {
					t.Errorf("%d words", n)
				}
			})
		})
	}
}

// behind charges with a finish that has to wait behind another's write, once
// its own deadline is over.
func (d *desk) behind(ctx context.Context, cancel func(), busy time.Duration) (*events.Event, time.Duration, error) {
	writes := charges(nil)
	writes.Next = func(w work, _ events.Event, _ *string, _ time.Time) (work, *string, events.Answer) {
		w.Begun++
		return w, nil, events.Answer{}
	}
	var begun time.Time
	a := charges(func(context.Context) (string, error) {
		_, release := d.Hold()
		go d.charge(writes)
		synctest.Wait()
		time.AfterFunc(busy, release)
		cancel()
		begun = time.Now()
		return "paid", nil
	})
	out, err := a.Handle(ctx, d.Ports, asks(events.PaymentCharge))
	return out, time.Since(begun), err
}

func TestActs_Handle_busy(t *testing.T) {
	d := newDesk(t)
	var second error
	d.said(d.charge(charges(func(context.Context) (string, error) {
		_, second = d.charge(charges(paid))
		return "paid", nil
	})))
	if code, _ := arrow.Status(second); !errors.Is(second, store.ErrLeased) || code != 409 {
		t.Errorf("a second asker gets %v, %d", second, code)
	}
	if got := d.payment(); got.Entry.Begun != 1 || got.Lease.Fence != 1 {
		t.Errorf("it wrote: %+v", got)
	}
}

func TestActs_Handle_actFails(t *testing.T) {
	down := errors.New("provider is down")
	t.Run("an act that failed gives the lease back, and is tried again", func(t *testing.T) {
		d := newDesk(t)
		out, err := d.charge(charges(func(context.Context) (string, error) { return "", down }))
		var again *arrow.AgainError
		if code, _ := arrow.Status(err); out != nil || !errors.As(err, &again) || !errors.Is(err, down) || code != 503 {
			t.Errorf("got %v and %v, %d", out, err, code)
		}
		if got := d.payment(); got.Entry.Begun != 1 || !got.Lease.Until.IsZero() {
			t.Errorf("left %+v", got)
		}
		d.said(d.charge(charges(paid)))
	})
	t.Run("it says when, where the provider said it", func(t *testing.T) {
		d := newDesk(t)
		_, err := d.charge(charges(func(context.Context) (string, error) {
			return "", &arrow.AgainError{Err: down, After: 7 * time.Second}
		}))
		if code, after := arrow.Status(err); code != 503 || after != 7*time.Second || !errors.Is(err, down) {
			t.Errorf("got %v: %d after %v", err, code, after)
		}
	})
	t.Run("an act that ran out of time gives the lease back all the same", func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		a := charges(func(context.Context) (string, error) { cancel(); return "", context.Canceled })
		_, err := a.Handle(ctx, d.Ports, asks(events.PaymentCharge))
		if got := d.payment(); !errors.Is(err, context.Canceled) || !got.Lease.Until.IsZero() {
			t.Errorf("%v, left %+v", err, got)
		}
	})
	t.Run("a store that is down meanwhile is told too", func(t *testing.T) {
		d := newDesk(t)
		_, err := d.charge(charges(func(context.Context) (string, error) { d.Fail(store.ErrUnavailable); return "", down }))
		if !errors.Is(err, down) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an act that failed late does not give back another's lease", func(t *testing.T) {
		d := newDesk(t)
		d.charge(charges(func(context.Context) (string, error) {
			d.now = d.now.Add(time.Minute)
			d.crashes(charges(func(context.Context) (string, error) { panic("while it holds the lease") }))
			return "", down
		}))
		if got := d.payment().Lease; got.Fence != 2 || got.Until.IsZero() {
			t.Errorf("lease is %+v", got)
		}
	})
}
