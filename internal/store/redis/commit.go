package redis

import (
	"context"
	"math/rand/v2"
	"strconv"

	"tourbillon/internal/store"
)

// Commit makes one atomic change: see [store.Store]. One round trip.
func (s *Store) Commit(ctx context.Context, w store.Write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := s.keys.record(w.Key)
	if err != nil {
		return err
	}
	keys, args := s.change(name, w)
	made, err := s.commit(ctx, keys, args)
	if err != nil {
		return explain(ctx, "commit", err)
	}
	if !made {
		return store.ErrConflict
	}
	return nil
}

// change is what commit.lua is given.
func (s *Store) change(name string, w store.Write) (keys []string, args []any) {
	revision := newRevision(w.Revision)
	args = append(args, strconv.FormatUint(w.Revision, 10), revision, name)
	args = append(args, fields(revision, w)...)
	keys = append(keys, name)
	shard := w.Key.Shard()
	sets := make(map[string]*ranks)
	put := func(key, member string, score int64, in bool) {
		r := sets[key]
		if r == nil {
			r = &ranks{in: make(map[string]int64), out: make(map[string]bool)}
			sets[key] = r
			keys = append(keys, key)
		}
		r.put(member, score, in)
	}
	for _, l := range w.Lines {
		put(s.keys.due(shard), l.Name, store.Millis(l.At), !l.At.IsZero())
	}
	for _, i := range w.Index {
		put(s.keys.list(shard, i.Name), i.Member, i.Score, i.In)
	}
	for _, key := range keys[1:] {
		args = sets[key].args(args)
	}
	return keys, args
}

// fields is a group of what is written into the record's hash. The revision is
// always among it.
func fields(revision string, w store.Write) []any {
	group := []any{0, fieldRevision, revision}
	if w.Head != nil {
		group = append(group, fieldHead, w.Head)
	}
	for entry, value := range w.Entries {
		if value != nil {
			group = append(group, fieldEntry+entry, value)
		}
	}
	group[0] = len(group) - 1
	return group
}

// newRevision is a revision that nobody has had: see the package comment.
func newRevision(old uint64) string {
	for {
		if r := rand.Uint64(); r != 0 && r != old {
			return strconv.FormatUint(r, 10)
		}
	}
}

// ranks is what changes in one sorted set: a member is put in or taken out,
// whichever was said last.
type ranks struct {
	in  map[string]int64
	out map[string]bool
}

func (r *ranks) put(member string, score int64, in bool) {
	if in {
		delete(r.out, member)
		r.in[member] = score
	} else {
		delete(r.in, member)
		r.out[member] = true
	}
}

// args appends two groups: scores and members, and members.
func (r *ranks) args(args []any) []any {
	args = append(args, 2*len(r.in))
	for member, score := range r.in {
		args = append(args, score, member)
	}
	args = append(args, len(r.out))
	for member := range r.out {
		args = append(args, member)
	}
	return args
}

// commit runs the script. Where the server is to wait for its disk, it does so
// in the same round trip.
func (s *Store) commit(ctx context.Context, keys []string, args []any) (made bool, err error) {
	if s.durable {
		return s.commitDurably(ctx, keys, args)
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	n, err := commitScript.Run(ctx, s.client, keys, args...).Int()
	return n == 1, err
}
