package store

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

// ErrCursor is a cursor that no page had.
var ErrCursor = errors.New("not a cursor")

// Place is where a member stands in a list: by score, then by the bytes of its
// name. A page's cursor is the text of its last member's place, the same for
// every backend, so that a page may also begin at a score: see [From].
type Place struct {
	Score int64
	Name  string
}

// From is the cursor of the page that begins with the first member whose score
// is at least the one given. (A member whose name is empty is passed over.)
func From(score int64) string { return Place{Score: score}.Cursor() }

// Cursor is the place as text that may stand in a URL.
func (p Place) Cursor() string {
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, uint64(p.Score)), p.Name...))
}

// ParseCursor reads a cursor, or answers [ErrCursor]. The empty one is the place
// before all.
func ParseCursor(cursor string) (Place, error) {
	if cursor == "" {
		return Place{Score: math.MinInt64}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 8 {
		return Place{}, ErrCursor
	}
	return Place{Score: int64(binary.BigEndian.Uint64(b)), Name: string(b[8:])}, nil
}
