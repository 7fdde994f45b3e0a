package redis

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// Due claims lines that have fallen due: see [store.Store]. One round trip where
// nothing is due: all shards are looked at together. One more claims what was
// seen; lines that another claimed in between are made up for by looking again.
func (s *Store) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit = min(limit, math.MaxInt32)
	by := now.UnixMilli()
	// Even a claim of nothing hides a line from the rest of this call.
	until := max(store.Millis(now.Add(claim)), by+1)
	var got []found
	for len(got) < limit {
		seen, err := s.gather(ctx, s.keys.due, before, strconv.FormatInt(by, 10), limit-len(got))
		if err != nil {
			return nil, explain(ctx, "look for what is due", err)
		}
		mine, err := s.claim(ctx, seen, until)
		if err != nil {
			return nil, explain(ctx, "claim what is due", err)
		}
		got = append(got, mine...)
		if len(mine) == len(seen) {
			break
		}
	}
	slices.SortFunc(got, found.compare)
	lines := make([]store.Line, 0, len(got))
	for _, f := range got {
		lines = append(lines, store.Line{Name: f.Name, At: time.UnixMilli(f.Score).UTC()})
	}
	return lines, nil
}

// claim moves lines that were seen, and returns those that nobody had moved.
func (s *Store) claim(ctx context.Context, seen []found, until int64) ([]found, error) {
	args := make(map[int][]any)
	for _, f := range seen {
		args[f.shard] = append(args[f.shard], f.Score, f.Name)
	}
	var cmds []goredis.Cmder
	claims := make(map[int]*goredis.StringSliceCmd, len(args))
	for shard, lines := range args {
		cmd := goredis.NewStringSliceCmd(ctx, call(claimScript, []string{s.keys.due(shard)}, append([]any{until}, lines...)...)...)
		claims[shard] = cmd
		cmds = append(cmds, cmd)
	}
	if len(cmds) == 0 {
		return nil, nil
	}
	if err := s.pipe(ctx, cmds...); err != nil {
		return nil, err
	}
	type line struct {
		shard int
		name  string
	}
	mine := make(map[line]bool, len(seen))
	for shard, claim := range claims {
		for _, name := range claim.Val() {
			mine[line{shard, name}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(seen), func(f found) bool { return !mine[line{f.shard, f.Name}] }), nil
}
