package store

import (
	"context"
	"errors"
	"hash/fnv"
	"time"
)

// The errors of a Store.
var (
	// ErrConflict is a commit on a revision that is no longer the newest:
	// load and decide again.
	ErrConflict = errors.New("record was written by another")
	// ErrUnavailable is a store that cannot be reached now.
	ErrUnavailable = errors.New("store is unavailable")
)

// Key names a record: its kind ("departure") and its id.
type Key struct{ Record, ID string }

// Shards is the number of shards, fixed for ever: a record's shard is part of
// its key in the store.
const Shards = 256

// Shard returns the record's shard, by its id alone: the records of one
// booking live together.
func (k Key) Shard() int {
	h := fnv.New32a()
	h.Write([]byte(k.ID))
	return int(h.Sum32() % Shards)
}

// Snapshot is a record as it was loaded. Revision 0 is a record that does not
// exist. Entries holds those that were asked for and exist.
type Snapshot struct {
	Revision uint64
	Head     []byte
	Entries  map[string][]byte
}

// Write is one atomic change of a record. What is nil or absent stays as it
// is; bytes that are empty but not nil are a value. Lines and Index are in the
// record's shard, and the last word on a name counts.
type Write struct {
	Key      Key
	Revision uint64 // as loaded
	Head     []byte
	Entries  map[string][]byte
	Lines    []Line
	Index    []Index
}

// Line is something that falls due. Written with a zero At it is removed;
// written again it is moved. At is kept in milliseconds, rounded up: a line may
// come a moment late and never comes early.
type Line struct {
	Name string
	At   time.Time
}

// Index puts a member into a named list, or takes it out (In false). A member
// is in a list once; Score orders the list, then the member's name, by its
// bytes. Scores are exact between -2^53 and 2^53.
type Index struct {
	Name   string
	Member string
	Score  int64
	In     bool
}

// Page is a part of a list; Next is the cursor of the one after it, empty at
// the end.
type Page struct {
	Members []string
	Next    string
}

// Store is a backend for records. All methods are safe for concurrent use;
// what they return or are given is never changed afterwards by either side.
//
// Commit answers [ErrConflict], and changes nothing, unless the record's
// revision is the one given; a commit that succeeds gives it a new one. A
// context that had ended is answered with its error, and nothing is changed.
//
// Due claims up to limit lines whose time is not after now, soonest first:
// each is returned as it was and moved to now plus claim, so that nobody else
// gets it meanwhile, and it comes again if nobody removes or moves it.
//
// List returns up to limit members by score, then name, over all shards,
// beginning after cursor; the empty cursor is the beginning. Members that come
// or go between pages may be missed or seen, others are seen once.
//
// Count returns how many members a list has; with commits under way it may be
// off by those.
//
// Await returns nil once the record may have another revision than the one
// given, at once where it has, or ctx's error. It may return early: who asks
// loads and looks, and asks again.
type Store interface {
	Load(ctx context.Context, key Key, entries ...string) (Snapshot, error)
	Commit(ctx context.Context, w Write) error
	Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]Line, error)
	List(ctx context.Context, index, cursor string, limit int) (Page, error)
	Count(ctx context.Context, index string) (int, error)
	Await(ctx context.Context, key Key, revision uint64) error
}

// Millis is t in whole milliseconds, rounded up: as a store keeps the time of a
// line. Nothing comes early.
func Millis(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }
