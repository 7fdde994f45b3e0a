package redis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// found is a place in a sorted set, and the shard that has it.
type found struct {
	store.Place
	shard int
}

func (f found) compare(g found) int {
	return cmp.Or(cmp.Compare(f.Score, g.Score), strings.Compare(f.Name, g.Name), cmp.Compare(f.shard, g.shard))
}

// before is the place before all.
var before = store.Place{Score: math.MinInt64}

// gather reads the first places after one, up to a score, from the sorted sets
// of all shards, in order. It asks each shard for a few and then those for the
// rest that may have more of the first: at most two round trips.
func (s *Store) gather(ctx context.Context, key func(shard int) string, after store.Place, most string, limit int) ([]found, error) {
	few := min(limit, 8+2*limit/store.Shards)
	shards := make([]int, store.Shards)
	for i := range shards {
		shards[i] = i
	}
	all, err := s.ask(ctx, key, after, most, few, shards)
	if err != nil {
		return nil, err
	}
	first := merge(all, limit)
	if few == limit {
		return first, nil
	}
	shards = shards[:0]
	for shard, places := range all {
		// A shard that gave all it was asked for has more, and so that may be
		// before the last of the first.
		if len(places) == few && (len(first) < limit || places[few-1].compare(first[limit-1]) < 0) {
			shards = append(shards, shard)
		}
	}
	if len(shards) == 0 {
		return first, nil
	}
	rest, err := s.ask(ctx, key, after, most, limit, shards)
	if err != nil {
		return nil, err
	}
	for _, shard := range shards {
		all[shard] = rest[shard]
	}
	return merge(all, limit), nil
}

// ask reads up to n places from each of some shards, in one pipeline.
func (s *Store) ask(ctx context.Context, key func(shard int) string, after store.Place, most string, n int, shards []int) (all [store.Shards][]found, err error) {
	cmds := make([]goredis.Cmder, len(shards))
	pages := make([]*goredis.StringSliceCmd, len(shards))
	for i, shard := range shards {
		pages[i] = goredis.NewStringSliceCmd(ctx, call(pageScript, []string{key(shard)}, after.Score, after.Name, most, n)...)
		cmds[i] = pages[i]
	}
	if err := s.pipe(ctx, cmds...); err != nil {
		return all, err
	}
	for i, shard := range shards {
		if all[shard], err = places(shard, pages[i].Val()); err != nil {
			return all, err
		}
	}
	return all, nil
}

// places reads names and scores in turn.
func places(shard int, flat []string) ([]found, error) {
	out := make([]found, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		score, err := strconv.ParseFloat(flat[i+1], 64)
		if err != nil {
			return nil, fmt.Errorf("score in a list: %w", err)
		}
		out = append(out, found{store.Place{Score: int64(score), Name: flat[i]}, shard})
	}
	return out, nil
}

// merge returns the first places of all shards, up to limit.
func merge(all [store.Shards][]found, limit int) []found {
	first := slices.Concat(all[:]...)
	slices.SortFunc(first, found.compare)
	return first[:min(limit, len(first))]
}
