package memory

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tourbillon/internal/store"
)

// shard is the records that live together, with what is due and listed there.
type shard struct {
	mu      sync.Mutex
	records map[store.Key]*record
	lists   map[string]*ranking
	due     ranking
	soonest atomic.Int64 // of due; written under mu, read without
	waiting map[store.Key]*waiter
}

type record struct {
	revision uint64
	head     []byte
	entries  map[string][]byte
}

func (sh *shard) load(key store.Key, entries []string) store.Snapshot {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.records[key]
	if r == nil {
		return store.Snapshot{}
	}
	snap := store.Snapshot{Revision: r.revision, Head: r.head}
	for _, name := range entries {
		if entry, ok := r.entries[name]; ok {
			if snap.Entries == nil {
				snap.Entries = make(map[string][]byte, len(entries))
			}
			snap.Entries[name] = entry
		}
	}
	return snap
}

func (sh *shard) commit(w store.Write) error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.records[w.Key]
	if r == nil && w.Revision == 0 {
		r = new(record)
		sh.records[w.Key] = r
	}
	if r == nil || r.revision != w.Revision {
		return store.ErrConflict
	}
	r.write(w)
	sh.remind(w.Lines)
	sh.list(w.Index)
	sh.wake(w.Key)
	return nil
}

func (r *record) write(w store.Write) {
	r.revision++
	if w.Head != nil {
		r.head = slices.Clip(w.Head)
	}
	for name, entry := range w.Entries {
		if entry == nil {
			continue
		}
		if r.entries == nil {
			r.entries = make(map[string][]byte)
		}
		r.entries[name] = slices.Clip(entry)
	}
}

func (sh *shard) remind(lines []store.Line) {
	if len(lines) == 0 {
		return
	}
	for _, l := range lines {
		if l.At.IsZero() {
			sh.due.remove(l.Name)
		} else {
			sh.due.put(place{store.Millis(l.At), l.Name})
		}
	}
	sh.look()
}

// look notes when the soonest line is due, for those who ask without the lock.
func (sh *shard) look() {
	if p, ok := sh.due.first(); ok {
		sh.soonest.Store(p.score)
	} else {
		sh.soonest.Store(never)
	}
}

// claim appends to lines, up to limit, what is due by one time, and hides it
// until another.
func (sh *shard) claim(lines []store.Line, by, until int64, limit int) []store.Line {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for len(lines) < limit {
		p, ok := sh.due.first()
		if !ok || p.score > by {
			break
		}
		sh.due.put(place{until, p.name})
		lines = append(lines, store.Line{Name: p.name, At: time.UnixMilli(p.score).UTC()})
	}
	sh.look()
	return lines
}

func (sh *shard) list(changes []store.Index) {
	for _, c := range changes {
		members := sh.lists[c.Name]
		if members == nil {
			members = new(ranking)
			sh.lists[c.Name] = members
		}
		if c.In {
			members.put(place{c.Score, c.Member})
		} else {
			members.remove(c.Member)
		}
		if members.size() == 0 {
			delete(sh.lists, c.Name)
		}
	}
}

func (sh *shard) count(name string) int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if members := sh.lists[name]; members != nil {
		return members.size()
	}
	return 0
}

// gather shows g the members of a list that come after one place.
func (sh *shard) gather(g *gathering, name string, after place) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	members := sh.lists[name]
	if members == nil {
		return
	}
	for p := range members.after(after) {
		if !g.take(p) {
			return
		}
	}
}
