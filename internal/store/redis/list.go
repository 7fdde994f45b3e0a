package redis

import (
	"context"
	"fmt"
	"math"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// List returns a page of a list: see [store.Store]. A cursor that no page had
// is an error. One round trip, or two where few shards have most of the page.
func (s *Store) List(ctx context.Context, index, cursor string, limit int) (store.Page, error) {
	if err := ctx.Err(); err != nil {
		return store.Page{}, err
	}
	from, err := store.ParseCursor(index, cursor)
	if err != nil {
		return store.Page{}, fmt.Errorf("list %q: %w", index, err)
	}
	if limit <= 0 {
		return store.Page{}, nil
	}
	limit = min(limit, math.MaxInt32)
	key := func(shard int) string { return s.keys.list(shard, index) }
	members, err := s.gather(ctx, key, from, "+inf", limit+1) // the one too many says that there is more
	if err != nil {
		return store.Page{}, explain(ctx, "list", err)
	}
	var page store.Page
	for _, m := range members[:min(limit, len(members))] {
		page.Members = append(page.Members, m.Name)
	}
	if len(members) > limit {
		page.Next = members[limit-1].Cursor(index)
	}
	return page, nil
}

// Count returns how many members a list has: see [store.Store]. One round trip.
func (s *Store) Count(ctx context.Context, index string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	cmds := make([]goredis.Cmder, store.Shards)
	sizes := make([]*goredis.IntCmd, store.Shards)
	for shard := range cmds {
		sizes[shard] = goredis.NewIntCmd(ctx, "zcard", s.keys.list(shard, index))
		cmds[shard] = sizes[shard]
	}
	if err := s.pipe(ctx, cmds...); err != nil {
		return 0, explain(ctx, "count", err)
	}
	n := int64(0)
	for _, size := range sizes {
		n += size.Val()
	}
	return int(n), nil
}
