package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Row is what a decision builds on: the head, and one entry. Nil is absent.
type Row struct{ Head, Entry []byte }

// Change is what a decision writes. A nil Head or Entry stays as it is; a
// Change that is empty is not committed at all.
type Change struct {
	Head, Entry []byte
	Lines       []Line
	Index       []Index
}

// Decide is a decision on a row. It is a pure function: it may be run more
// than once, on other rows, and only its last answer counts. An error leaves
// the record as it was and is given to the caller.
type Decide func(Row) (Change, error)

// PanicError is a decision that panicked; the others of its group went on.
type PanicError struct{ Value any }

// Error says that it panicked, and not with what: that may hold data.
func (e *PanicError) Error() string { return "decision panicked" }

// The bounds of a group.
const (
	groupMembers = 128
	groupTries   = 16
	groupTime    = 15 * time.Second
)

// Records runs decisions on records. The work of one process on one record is
// queued, and what waits is committed together. Safe for concurrent use.
type Records struct {
	store  Store
	mu     sync.Mutex
	queues map[Key]*queue
}

// queue is the work that waits for one record. It exists while a leader does.
type queue struct{ waiting []*member }

type member struct {
	ctx    context.Context
	entry  string
	decide Decide
	err    error
	lead   chan bool // true: you lead now; false: you are answered; nil of who led at once
}

// New returns Records over a backend.
func New(s Store) *Records {
	return &Records{store: s, queues: make(map[Key]*queue)}
}

// Update loads the record's head and entry, decides, and commits what was
// decided. It returns the decision's error, ctx's if it ended first, a
// *[PanicError], or the store's: [ErrConflict] when others were faster too
// often. After an error other than the decision's own, the change may or may
// not have been made; after ctx's, decide may even be running still.
func (r *Records) Update(ctx context.Context, key Key, entry string, decide Decide) error {
	m := &member{ctx: ctx, entry: entry, decide: decide}
	r.mu.Lock()
	q, busy := r.queues[key]
	if !busy {
		r.queues[key] = &queue{waiting: []*member{m}}
		r.mu.Unlock()
		r.serve(key)
		return m.err
	}
	m.lead = make(chan bool, 1)
	q.waiting = append(q.waiting, m)
	r.mu.Unlock()
	select {
	case lead := <-m.lead:
		if lead {
			r.serve(key)
		}
		return m.err
	case <-ctx.Done():
		if r.leave(key, m) {
			r.serve(key)
		}
		return ctx.Err()
	}
}

// leave takes a member that can wait no longer out of the queue. It reports
// whether the lead had been handed to it: then it must serve the others first.
func (r *Records) leave(key Key, m *member) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(m.lead) > 0 {
		return <-m.lead
	}
	if q := r.queues[key]; q != nil {
		q.waiting = slices.DeleteFunc(q.waiting, func(w *member) bool { return w == m })
	}
	return false
}

// serve answers one group, of which the caller is the first.
func (r *Records) serve(key Key) {
	r.mu.Lock()
	q := r.queues[key]
	n := min(len(q.waiting), groupMembers)
	group := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	r.mu.Unlock()
	defer r.handOn(key, q, group) // whatever happens: nobody is left waiting
	r.answer(key, group)
}

// handOn lets the others of an answered group go, and gives the lead to the
// first of those that wait.
func (r *Records) handOn(key Key, q *queue, group []*member) {
	for _, m := range group[1:] {
		m.lead <- false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(q.waiting) == 0 {
		delete(r.queues, key)
		return
	}
	q.waiting[0].lead <- true
}

// answer loads, decides and commits for the group until it goes through. The
// group does not depend on any one member's context.
func (r *Records) answer(key Key, group []*member) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(group[0].ctx), groupTime)
	defer cancel()
	err := ErrConflict
	defer func() { // also when the store panics: then the others may ask again
		if err != nil {
			for _, m := range group {
				m.err = err
			}
		}
	}()
	for try := 0; try < groupTries && errors.Is(err, ErrConflict); try++ {
		err = r.try(ctx, key, group)
	}
}

func (r *Records) try(ctx context.Context, key Key, group []*member) error {
	names := make([]string, 0, len(group))
	for _, m := range group {
		names = append(names, m.entry)
	}
	snap, err := r.store.Load(ctx, key, names...)
	if err != nil {
		return err
	}
	w := Write{Key: key, Revision: snap.Revision}
	head := snap.Head
	for _, m := range group {
		entry, changed := w.Entries[m.entry]
		if !changed {
			entry = snap.Entries[m.entry]
		}
		var c Change
		c, m.err = m.run(Row{Head: head, Entry: entry})
		if m.err != nil {
			continue
		}
		if c.Head != nil {
			head, w.Head = c.Head, c.Head
		}
		if c.Entry != nil && w.Entries == nil {
			w.Entries = make(map[string][]byte)
		}
		if c.Entry != nil {
			w.Entries[m.entry] = c.Entry
		}
		w.Lines = append(w.Lines, c.Lines...)
		w.Index = append(w.Index, c.Index...)
	}
	if w.Head == nil && len(w.Entries) == 0 && len(w.Lines) == 0 && len(w.Index) == 0 {
		return nil
	}
	return r.store.Commit(ctx, w)
}

func (m *member) run(row Row) (c Change, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = Change{}, &PanicError{Value: p}
		}
	}()
	if err := m.ctx.Err(); err != nil {
		return Change{}, err
	}
	return m.decide(row)
}

// Read loads the record's head and one entry, for a screen or an act stroke.
func (r *Records) Read(ctx context.Context, key Key, entry string) (Row, error) {
	snap, err := r.store.Load(ctx, key, entry)
	return Row{Head: snap.Head, Entry: snap.Entries[entry]}, err
}

// Load loads the record's head and some entries, with the revision that they
// are of: see [Store].
func (r *Records) Load(ctx context.Context, key Key, entries ...string) (Snapshot, error) {
	return r.store.Load(ctx, key, entries...)
}

// Due claims lines that have fallen due: see [Store].
func (r *Records) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]Line, error) {
	return r.store.Due(ctx, now, claim, limit)
}

// List returns a page of a list: see [Store].
func (r *Records) List(ctx context.Context, index, cursor string, limit int) (Page, error) {
	return r.store.List(ctx, index, cursor, limit)
}

// Count returns how many members a list has: see [Store].
func (r *Records) Count(ctx context.Context, index string) (int, error) {
	return r.store.Count(ctx, index)
}

// Watch shows look the record's head and one entry, now and after every change,
// until look says that it has seen enough. It returns the store's error, or
// ctx's when that ends first. Changes that follow closely may be seen as one.
func (r *Records) Watch(ctx context.Context, key Key, entry string, look func(Row) (enough bool)) error {
	for {
		snap, err := r.store.Load(ctx, key, entry)
		if err != nil || look(Row{Head: snap.Head, Entry: snap.Entries[entry]}) {
			return err
		}
		if err := r.store.Await(ctx, key, snap.Revision); err != nil {
			return err
		}
	}
}
