package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/internal/store"
)

func TestRecords_groups(t *testing.T) {
	bubble(t, "the lead is handed on after one group", func(d *desk) {
		_, release := d.Hold()
		first := d.start(d.t.Context(), "first", count)
		second := d.startAll(2)
		_, releaseSecond := d.Hold()
		release()
		d.answered(nil, first) // though the second group is still in flight
		third := d.startAll(2)
		_, releaseThird := d.Hold()
		releaseSecond()
		d.answered(nil, second...)
		releaseThird()
		d.answered(nil, third...)
		d.rests(5)
	})
	bubble(t, "a group is bounded", func(d *desk) {
		release := d.hold()
		others := d.startAll(2*store.GroupMembers + 1)
		release()
		d.answered(nil, others...)
		if d.Commits() != 4 {
			d.t.Errorf("%d commits", d.Commits())
		}
		d.rests(2*store.GroupMembers + 2)
	})
	bubble(t, "records do not wait for each other", func(d *desk) {
		release := d.hold()
		if err := d.Update(d.t.Context(), store.Key{Record: "departure", ID: "lyon-1000"}, "a", count); err != nil {
			d.t.Error(err)
		}
		release()
		synctest.Wait()
		d.rests(1)
	})
	bubble(t, "the lead may come to one that leaves at that moment", leaving)
}

// leaving has members leave while the lead goes round, in any order that may
// come. If it were lost, those that wait would wait for ever.
func leaving(d *desk) {
	done, left := 0, 0
	for range 300 {
		_, release := d.Hold()
		answers := []<-chan error{d.start(d.t.Context(), "first", count)}
		ctx, cancel := context.WithCancel(d.t.Context())
		answers = append(answers, d.start(ctx, "leaves", count), d.start(ctx, "leaves too", count))
		answers = append(answers, d.startAll(2)...)
		go release()
		go cancel()
		for _, answer := range answers {
			switch err := <-answer; {
			case err == nil:
				done++
			case errors.Is(err, context.Canceled):
				left++
			default:
				d.t.Errorf("got %v", err)
			}
		}
		synctest.Wait()
	}
	row, _ := d.Read(d.t.Context(), departure, "")
	if head, _ := strconv.Atoi(string(row.Head)); head < done || head > done+left {
		d.t.Errorf("counted %d, %d were done and %d left", head, done, left)
	}
	if d.Queues() != 0 {
		d.t.Errorf("%d queues are left", d.Queues())
	}
}

func TestRecords_conflicts(t *testing.T) {
	bubble(t, "a group is tried again while others are faster", func(d *desk) {
		d.Conflict(store.GroupTries - 1)
		d.answered(nil, d.start(d.t.Context(), "a", count))
		d.rests(1)
	})
	bubble(t, "a group that lost too often says so and changes nothing", func(d *desk) {
		d.answered(nil, d.start(d.t.Context(), "a", count))
		d.Conflict(store.GroupTries)
		d.answered(store.ErrConflict, d.start(d.t.Context(), "a", count))
		if d.Loads() != 1+store.GroupTries {
			d.t.Errorf("%d loads", d.Loads())
		}
		d.rests(1)
	})
}

func TestRecords_store(t *testing.T) {
	down := fmt.Errorf("dial: %w", store.ErrUnavailable)
	bubble(t, "a store that is down is down for all that ask it", func(d *desk) {
		d.Fail(down)
		ctx := d.t.Context()
		err := d.Update(ctx, departure, "a", func(store.Row) (store.Change, error) {
			d.t.Error("decided on nothing")
			return store.Change{}, nil
		})
		_, read := d.Read(ctx, departure, "a")
		_, due := d.Records.Due(ctx, nine, time.Minute, 1)
		_, list := d.Records.List(ctx, "all", "", 1)
		for i, err := range []error{err, read, due, list} {
			if !errors.Is(err, down) {
				d.t.Errorf("call %d got %v", i, err)
			}
		}
		d.Fail(nil)
		d.answered(nil, d.start(ctx, "a", count))
		d.rests(1)
	})
	bubble(t, "a store that does not answer is given up, for the whole group", func(d *desk) {
		start := time.Now()
		d.Hold()
		first := d.start(d.t.Context(), "first", count)
		d.Hold()
		others := d.startAll(2)
		d.answered(context.DeadlineExceeded, append(others, first)...)
		if took := time.Since(start); took != 2*store.GroupTime {
			d.t.Errorf("took %v", took)
		}
		d.answered(nil, d.start(d.t.Context(), "a", count))
		d.rests(1)
	})
	bubble(t, "the leader's values reach the store and its end does not", func(d *desk) {
		type trace struct{}
		ctx, cancel := context.WithCancel(context.WithValue(d.t.Context(), trace{}, "t1"))
		d.before(func(ctx context.Context) {
			cancel()
			if ctx.Value(trace{}) != "t1" || ctx.Err() != nil {
				d.t.Errorf("load under trace %v and %v", ctx.Value(trace{}), ctx.Err())
			}
		})
		d.answered(context.Canceled, d.start(ctx, "a", count))
	})
}

func TestRecords_breaks(t *testing.T) {
	bubble(t, "a store that panics leaves nobody waiting", func(d *desk) {
		release := d.hold()
		leader := d.start(d.t.Context(), "leader", count)
		breaks(d, leader, func() {
			d.before(func(context.Context) { d.before(nil); panic("no such table") })
			release()
		})
	})
	bubble(t, "a decision that ends its goroutine leaves nobody waiting", func(d *desk) {
		release := d.hold()
		leader := d.start(d.t.Context(), "leader", func(store.Row) (store.Change, error) {
			runtime.Goexit()
			return store.Change{}, nil
		})
		breaks(d, leader, release)
	})
	t.Run("a panic does not say what was panicked with: that may hold data", func(t *testing.T) {
		if got := (&store.PanicError{Value: "camille@example.com"}).Error(); got != "decision panicked" {
			t.Errorf("got %q", got)
		}
	})
}

// breaks has others wait behind a leader that does not come back from serving
// them. They may ask again, and so may whoever comes later.
func breaks(d *desk, leader <-chan error, happen func()) {
	d.t.Helper()
	others := d.startAll(2)
	happen()
	d.answered(errGone, leader)
	d.answered(store.ErrConflict, others...)
	d.answered(nil, d.start(d.t.Context(), "a", count))
	d.rests(2)
}
