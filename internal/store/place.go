package store

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
)

// ErrCursor is a cursor that no page of the list had.
var ErrCursor = errors.New("not a cursor")

// Place is where a member stands in a list: by score, then by the bytes of its
// name. A page's cursor is the text of its last member's place, the same for
// every backend, so that a page may also begin at a score: see [From].
type Place struct {
	Score int64
	Name  string
}

// From is the cursor of the page of a list that begins with the first member
// whose score is at least the one given. (A member whose name is empty is
// passed over.)
func From(index string, score int64) string { return Place{Score: score}.Cursor(index) }

// Cursor is the place in a list as text that may stand in a URL. It is of that
// list alone: at another it would skip what nobody saw.
func (p Place) Cursor(index string) string {
	b := append(binary.BigEndian.AppendUint64(make([]byte, sumSize), uint64(p.Score)), p.Name...)
	copy(b, sum(index, b[sumSize:]))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads a list's cursor, or answers [ErrCursor]. The empty one is
// the place before all.
func ParseCursor(index, cursor string) (Place, error) {
	if cursor == "" {
		return Place{Score: math.MinInt64}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < sumSize+8 || !bytes.Equal(b[:sumSize], sum(index, b[sumSize:])) {
		return Place{}, ErrCursor
	}
	b = b[sumSize:]
	return Place{Score: int64(binary.BigEndian.Uint64(b)), Name: string(b[8:])}, nil
}

const sumSize = 4

// sum tells a cursor that was cut, or is another list's. It is no secret.
func sum(index string, place []byte) []byte {
	h := fnv.New32a()
	h.Write([]byte(index))
	h.Write([]byte{0})
	h.Write(place)
	return h.Sum(nil)
}
