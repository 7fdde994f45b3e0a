package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tourbillon/internal/store"
)

var groupChecks = []check{
	{"those that wait while a commit is in flight are committed together", groupTogether},
	{"each member of a group gets its own answer", groupAnswers},
	{"a member whose decision panics leaves the group alone", groupPanics},
	{"a member whose context ends while it waits leaves the group alone", groupLeaves},
	{"a leader whose context ends does not sink the others", groupLeader},
	{"an update under a context that had ended is not decided", groupEnded},
	{"two members on one entry see each other's writes", groupEntry},
	{"a group whose members change nothing is not committed", groupNothing},
	{"a group overtaken by another process is decided again, each member once", groupAgain},
	{"when the commit fails each member of the group hears it, and later ones do not", groupFails},
}

// lineup is a record whose first update, of entry "first", is held at its
// commit while others line up behind it.
type lineup struct {
	*Faulty
	t       *testing.T
	records *store.Records
	key     store.Key
	first   <-chan error
	release func()
}

func newLineup(t *testing.T, s store.Store) *lineup {
	t.Helper()
	l := &lineup{Faulty: &Faulty{Store: s}, t: t, key: newKey()}
	l.records = store.New(l.Faulty)
	held, release := l.Hold()
	t.Cleanup(release)
	l.first, l.release = l.update(t.Context(), "first", count), release
	l.await(held, l.first)
	return l
}

// update starts an update and returns where its answer will be.
func (l *lineup) update(ctx context.Context, entry string, decide store.Decide) <-chan error {
	answer := make(chan error, 1)
	go func() { answer <- l.records.Update(ctx, l.key, entry, decide) }()
	return answer
}

func (l *lineup) await(signal <-chan struct{}, answer <-chan error) {
	l.t.Helper()
	select {
	case <-signal:
	case err := <-answer:
		l.t.Fatalf("update was answered too early: %v", err)
	}
}

// join starts an update and returns when it waits.
func (l *lineup) join(ctx context.Context, entry string, decide store.Decide) <-chan error {
	l.t.Helper()
	w := &waiter{Context: ctx, waits: make(chan struct{})}
	answer := l.update(w, entry, decide)
	l.await(w.waits, answer)
	return answer
}

// waiter is a context that tells when somebody begins to wait for its end: an
// update does so once it is in the queue, and not before.
type waiter struct {
	context.Context
	once  sync.Once
	waits chan struct{}
}

func (w *waiter) Done() <-chan struct{} {
	w.once.Do(func() { close(w.waits) })
	return w.Context.Done()
}

// joinAll has n more count, each in its own entry "0", "1" and so on.
func (l *lineup) joinAll(n int) (answers []<-chan error) {
	l.t.Helper()
	for i := range n {
		answers = append(answers, l.join(l.t.Context(), fmt.Sprint(i), count))
	}
	return answers
}

// end lets the held commit go and checks that all answers are good.
func (l *lineup) end(answers ...<-chan error) {
	l.t.Helper()
	l.release()
	for i, answer := range append(answers, l.first) {
		if err := <-answer; err != nil {
			l.t.Errorf("update %d: %v", i, err)
		}
	}
}

func (l *lineup) reads(entry, head, want string) {
	l.t.Helper()
	reads(l.t, l.records, l.key, entry, head, want)
}

func groupTogether(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	l.end(l.joinAll(20)...)
	same(t, "commits of 21 updates", l.Commits(), 2)
	for i := range 20 {
		l.reads(fmt.Sprint(i), "21", "1")
	}
}

func groupAnswers(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	refused := refusing(l, 3)
	l.end(l.joinAll(3)...)
	for i, answer := range refused {
		if err := <-answer; err == nil || err.Error() != fmt.Sprintf("refused %d", i) {
			t.Errorf("member %d got %v", i, err)
		}
	}
	same(t, "commits", l.Commits(), 2)
	l.reads("2", "4", "1")
	l.reads("refused", "4", "")
}

// refusing has n members join that refuse, each in its own words.
func refusing(l *lineup, n int) (answers []<-chan error) {
	l.t.Helper()
	for i := range n {
		answers = append(answers, l.join(l.t.Context(), "refused", func(row store.Row) (store.Change, error) {
			c, _ := count(row)
			return c, fmt.Errorf("refused %d", i)
		}))
	}
	return answers
}

func groupPanics(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	panics := l.join(t.Context(), "panics", func(store.Row) (store.Change, error) { panic("boiled over") })
	l.end(l.joinAll(3)...)
	var p *store.PanicError
	if err := <-panics; !errors.As(err, &p) || p.Value != "boiled over" {
		t.Errorf("got %v", err)
	}
	same(t, "commits", l.Commits(), 2)
	l.reads("2", "4", "1")
	l.reads("panics", "4", "")
}

func groupLeaves(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	leaves := l.join(ctx, "leaves", count)
	others := l.joinAll(3)
	cancel()
	if err := <-leaves; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	l.end(others...)
	same(t, "commits", l.Commits(), 2)
	l.reads("2", "4", "1")
	l.reads("leaves", "4", "")
}

// groupLeader ends the context of the one that commits for the others, while
// that commit is in flight.
func groupLeader(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	leader := l.join(ctx, "leader", count)
	others := l.joinAll(3)
	held, release := l.Hold()
	t.Cleanup(release)
	l.release()
	l.await(held, leader)
	cancel()
	release()
	l.end(others...)
	if err := <-leader; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the leader got %v", err)
	}
	l.reads("leader", "5", "1")
}

func groupEnded(t *testing.T, s store.Store) {
	r, key := store.New(s), newKey()
	if err := r.Update(ended(t), key, "a", count); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	same(t, "revision", load(t, s, key).Revision, uint64(0))
	update(t, r, key, "a", count)
}

func groupEntry(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	one := l.join(t.Context(), "same", count)
	two := l.join(t.Context(), "same", count)
	l.end(one, two, l.join(t.Context(), "first", count))
	same(t, "commits", l.Commits(), 2)
	l.reads("same", "4", "2")
	l.reads("first", "4", "2")
}

func groupNothing(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	nothing := func(store.Row) (store.Change, error) { return store.Change{}, nil }
	l.end(l.join(t.Context(), "a", nothing), l.join(t.Context(), "b", nothing))
	same(t, "commits", l.Commits(), 1)
}

func groupAgain(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	others := l.joinAll(3)
	update(t, store.New(s), l.key, "elsewhere", count)
	l.Conflict(1)
	l.end(others...)
	l.reads("first", "5", "1")
	l.reads("elsewhere", "5", "1")
	l.reads("2", "5", "1")
}

func groupFails(t *testing.T, s store.Store) {
	l := newLineup(t, s)
	refused := refusing(l, 1)
	group := append(l.joinAll(2), refused...)
	l.Fail(fmt.Errorf("dial: %w", store.ErrUnavailable))
	l.release()
	for i, answer := range append(group, l.first) {
		if err := <-answer; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("member %d got %v", i, err)
		}
	}
	l.Fail(nil)
	update(t, l.records, l.key, "0", count)
	l.reads("0", "1", "1")
}
