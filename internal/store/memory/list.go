package memory

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tourbillon/internal/store"
)

// List returns a page of a list: see [store.Store]. A cursor that no page had
// is an error.
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
	limit = min(limit, math.MaxInt-1)
	g := gathering{n: limit + 1} // the one too many says that there is more
	for i := range s.shards {
		s.shards[i].gather(&g, index, place{from.Score, from.Name})
	}
	found := g.first()
	var page store.Page
	for _, p := range found[:min(limit, len(found))] {
		page.Members = append(page.Members, p.name)
	}
	if len(found) > limit {
		last := found[limit-1]
		page.Next = store.Place{Score: last.score, Name: last.name}.Cursor(index)
	}
	return page, nil
}

// gathering is the first n places of those that were shown to it, in any order,
// and some that it has not thrown away yet.
type gathering struct {
	n     int
	found []place
	full  bool // then found[n-1] is the last that may be among the first
}

// take reports whether p may be among the first, and a later one too.
func (g *gathering) take(p place) bool {
	if g.full && p.compare(g.found[g.n-1]) >= 0 {
		return false
	}
	g.found = append(g.found, p)
	if len(g.found)-g.n >= g.n {
		g.found, g.full = g.first(), true
	}
	return true
}

func (g *gathering) first() []place {
	slices.SortFunc(g.found, place.compare)
	return g.found[:min(g.n, len(g.found))]
}

// Count returns how many members a list has: see [store.Store].
func (s *Store) Count(ctx context.Context, index string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n := 0
	for i := range s.shards {
		n += s.shards[i].count(index)
	}
	return n, nil
}
