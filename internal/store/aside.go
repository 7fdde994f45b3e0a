package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Aside returns Records that see what r sees and whose commits are kept aside,
// in memory, seen by themselves alone: for trying what would happen. What falls
// due there are the lines that they wrote, and their lists are r's, without what
// they wrote. Use them for one trial, and let them go.
func (r *Records) Aside() *Records {
	return New(&aside{Store: r.store, drafts: make(map[Key]draft), lines: make(map[string]time.Time)})
}

// aside is a backend over another, which it never writes to.
type aside struct {
	Store
	mu     sync.Mutex
	drafts map[Key]draft
	lines  map[string]time.Time
}

// draft is what was written of one record.
type draft struct {
	commits uint64
	head    []byte
	entries map[string][]byte
}

// Load returns the record as it is, with what was written aside upon it.
func (a *aside) Load(ctx context.Context, key Key, entries ...string) (Snapshot, error) {
	s, err := a.Store.Load(ctx, key, entries...)
	if err != nil {
		return s, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d, ok := a.drafts[key]
	if !ok {
		return s, nil
	}
	s.Revision += d.commits
	if d.head != nil {
		s.Head = d.head
	}
	s.Entries = maps.Clone(s.Entries)
	for _, name := range entries {
		if entry, ok := d.entries[name]; ok {
			if s.Entries == nil {
				s.Entries = make(map[string][]byte)
			}
			s.Entries[name] = entry
		}
	}
	return s, nil
}

// Commit keeps the write aside. It asks for no revision: whoever writes aside
// does so by one [Records], which decides one after another.
func (a *aside) Commit(ctx context.Context, w Write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.drafts[w.Key]
	d.commits++
	if w.Head != nil {
		d.head = w.Head
	}
	if d.entries == nil {
		d.entries = make(map[string][]byte)
	}
	maps.Copy(d.entries, w.Entries)
	a.drafts[w.Key] = d
	for _, l := range w.Lines {
		if delete(a.lines, l.Name); !l.At.IsZero() {
			a.lines[l.Name] = l.At
		}
	}
	return nil
}

// Due claims lines that were written aside, and no others.
func (a *aside) Due(_ context.Context, now time.Time, claim time.Duration, limit int) ([]Line, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var due []Line
	for name, at := range a.lines {
		if !at.After(now) {
			due = append(due, Line{Name: name, At: at})
		}
	}
	slices.SortFunc(due, func(a, b Line) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	due = due[:min(limit, len(due))]
	for _, l := range due {
		a.lines[l.Name] = now.Add(claim)
	}
	return due, nil
}
