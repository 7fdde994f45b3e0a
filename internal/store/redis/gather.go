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

// part is what one shard was found to have.
type part struct {
	found []found
	more  bool  // there may be more, after
	seen  found // the last that was seen, found or not
}

// gather reads the first places after one, up to a score, from the sorted sets
// of all shards, in order. It asks each shard for a few and then those for the
// rest that may have more of the first: at most two round trips.
func (s *Store) gather(ctx context.Context, key func(shard int) string, after store.Place, most string, limit int) ([]found, error) {
	var parts [store.Shards]part
	few := min(limit, 3+3*limit/store.Shards)
	if err := s.peek(ctx, &parts, key, after, most, few); err != nil {
		return nil, err
	}
	first := merge(&parts, limit)
	var shards []int
	for shard, p := range parts {
		if p.more && (len(first) < limit || p.seen.compare(first[limit-1]) < 0) {
			shards = append(shards, shard)
		}
	}
	if len(shards) == 0 {
		return first, nil
	}
	if err := s.read(ctx, &parts, shards, key, after, most, limit); err != nil {
		return nil, err
	}
	return merge(&parts, limit), nil
}

// merge returns the first places of all shards, up to limit.
func merge(parts *[store.Shards]part, limit int) (first []found) {
	for _, p := range parts {
		first = append(first, p.found...)
	}
	slices.SortFunc(first, found.compare)
	return first[:min(limit, len(first))]
}

// peek reads a few places from every shard, by score: that is one command, and
// all there is where few have the score of the place. Those not after it are
// left out.
func (s *Store) peek(ctx context.Context, parts *[store.Shards]part, key func(shard int) string, after store.Place, most string, few int) error {
	cmds := make([]goredis.Cmder, store.Shards)
	answers := make([]*goredis.ZSliceCmd, store.Shards)
	for shard := range cmds {
		answers[shard] = goredis.NewZSliceCmd(ctx, "zrangebyscore", key(shard), after.Score, most, "withscores", "limit", 0, few)
		cmds[shard] = answers[shard]
	}
	if err := s.pipe(ctx, cmds...); err != nil {
		return err
	}
	for shard, answer := range answers {
		p := part{more: len(answer.Val()) == few}
		for _, z := range answer.Val() {
			name, _ := z.Member.(string)
			p.seen = found{store.Place{Score: int64(z.Score), Name: name}, shard}
			if p.seen.compare(found{after, shard}) > 0 {
				p.found = append(p.found, p.seen)
			}
		}
		parts[shard] = p
	}
	return nil
}

// read reads up to limit places from each of some shards.
func (s *Store) read(ctx context.Context, parts *[store.Shards]part, shards []int, key func(shard int) string, after store.Place, most string, limit int) error {
	cmds := make([]goredis.Cmder, len(shards))
	answers := make([]*goredis.StringSliceCmd, len(shards))
	for i, shard := range shards {
		args := call(pageScript, []string{key(shard)}, after.Score, after.Name, most, limit)
		answers[i] = goredis.NewStringSliceCmd(ctx, args...)
		cmds[i] = answers[i]
	}
	if err := s.pipe(ctx, cmds...); err != nil {
		return err
	}
	for i, shard := range shards {
		parts[shard].found = nil
		for flat := answers[i].Val(); len(flat) >= 2; flat = flat[2:] {
			score, err := strconv.ParseFloat(flat[1], 64)
			if err != nil {
				return fmt.Errorf("score in a list: %w", err)
			}
			parts[shard].found = append(parts[shard].found, found{store.Place{Score: int64(score), Name: flat[0]}, shard})
		}
	}
	return nil
}
