package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

var departure = store.Key{Record: "departure", ID: "lyon-0900"}

// desk is one process over a store that fails on command.
type desk struct {
	*storetest.Faulty
	*store.Records
	t    *testing.T
	hook atomic.Pointer[func(context.Context)]
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t}
	d.Faulty = &storetest.Faulty{Store: &hooked{Store: memory.New(), desk: d}}
	d.Records = store.New(d.Faulty)
	return d
}

func bubble(t *testing.T, says string, test func(d *desk)) {
	t.Run(says, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(newDesk(t)) })
	})
}

// hooked is a store before whose loads something happens.
type hooked struct {
	store.Store
	desk *desk
}

func (h *hooked) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	if hook := h.desk.hook.Load(); hook != nil && *hook != nil {
		(*hook)(ctx)
	}
	return h.Store.Load(ctx, key, entries...)
}

// before has something happen before each load.
func (d *desk) before(hook func(context.Context)) { d.hook.Store(&hook) }

// count is a decision that adds one to the head and one to the entry.
func count(row store.Row) (store.Change, error) {
	return store.Change{Head: more(row.Head), Entry: more(row.Entry)}, nil
}

func more(n []byte) []byte {
	i, _ := strconv.Atoi(string(n))
	return strconv.AppendInt(nil, int64(i+1), 10)
}

// errGone is an update that did not return.
var errGone = errors.New("panicked, or ended its goroutine")

// hold begins an update, whose commit waits until it is released.
func (d *desk) hold() (release func()) {
	_, release = d.Hold()
	d.start(d.t.Context(), "first", count)
	return release
}

// start begins an update, and returns when it waits or is answered, with where
// its answer is or will be.
func (d *desk) start(ctx context.Context, entry string, decide store.Decide) <-chan error {
	answer := make(chan error, 1)
	go func() {
		err := errGone
		defer func() {
			recover() // a panic is its caller's affair
			answer <- err
		}()
		err = d.Update(ctx, departure, entry, decide)
	}()
	synctest.Wait()
	return answer
}

func (d *desk) startAll(n int) (answers []<-chan error) {
	for i := range n {
		answers = append(answers, d.start(d.t.Context(), fmt.Sprint(i), count))
	}
	return answers
}

func (d *desk) answered(want error, answers ...<-chan error) {
	d.t.Helper()
	for i, answer := range answers {
		if err := <-answer; !errors.Is(err, want) {
			d.t.Errorf("update %d got %v, want %v", i, err, want)
		}
	}
}

// rests checks the count in the head, and that nothing is queued any more.
func (d *desk) rests(head int) {
	d.t.Helper()
	synctest.Wait()
	row, err := d.Read(d.t.Context(), departure, "")
	if err != nil || string(row.Head) != fmt.Sprint(head) {
		d.t.Errorf("head is %s and %v, want %d", row.Head, err, head)
	}
	if n := d.Queues(); n != 0 {
		d.t.Errorf("%d queues are left", n)
	}
}
