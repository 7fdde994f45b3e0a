package memory

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
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
	after, err := parse(cursor)
	if err != nil {
		return store.Page{}, fmt.Errorf("list %q: %w", index, err)
	}
	if limit <= 0 {
		return store.Page{}, nil
	}
	limit = min(limit, math.MaxInt-1)
	g := gathering{n: limit + 1} // the one too many says that there is more
	for i := range s.shards {
		s.shards[i].gather(&g, index, after)
	}
	found := g.first()
	var page store.Page
	for _, p := range found[:min(limit, len(found))] {
		page.Members = append(page.Members, p.name)
	}
	if len(found) > limit {
		page.Next = found[limit-1].cursor()
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

var errCursor = errors.New("not a cursor")

// cursor is the place as text, to be sent around by others.
func (p place) cursor() string {
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(p.score)), p.name...))
}

// parse reads a cursor; the empty one is the place before all.
func parse(cursor string) (place, error) {
	if cursor == "" {
		return place{score: math.MinInt64}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 8 {
		return place{}, errCursor
	}
	return place{score: int64(binary.BigEndian.Uint64(b)), name: string(b[8:])}, nil
}
