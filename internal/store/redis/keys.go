package redis

import (
	"errors"
	"fmt"
	"strings"

	"tourbillon/internal/store"
)

// errKind is a record kind that has no key of its own.
var errKind = errors.New(`a record's kind is a word without a colon, and not "list"`)

// keys names all that is kept in the server. Each method is one kind of key.
type keys struct {
	prefix string               // "tourbillon"
	shards [store.Shards]string // "tourbillon:{s017}:"
}

// newKeys takes the part of all keys that comes before the shard. It must not
// have braces: the first ones in a key choose its slot.
func newKeys(prefix string) (*keys, error) {
	if strings.ContainsAny(prefix, "{}") {
		return nil, fmt.Errorf("prefix %q of keys has a brace: those are for the shard", prefix)
	}
	k := &keys{prefix: prefix}
	for i := range k.shards {
		k.shards[i] = fmt.Sprintf("%s:{s%03d}:", prefix, i)
	}
	return k, nil
}

// record is a hash: "r" is the revision, "h" the head, and "e" with an entry's
// name after it that entry. It is also the channel on which the record's
// commits are told. It lives for ever. An id may have any bytes: it comes last.
func (k *keys) record(key store.Key) (string, error) {
	if key.Record == "" || key.Record == "list" || strings.Contains(key.Record, ":") {
		return "", fmt.Errorf("record kind %q: %w", key.Record, errKind)
	}
	return k.shards[key.Shard()] + key.Record + ":" + key.ID, nil
}

// due is a sorted set: the names of the shard's lines, by the millisecond when
// they fall due. It lives while it has any.
func (k *keys) due(shard int) string { return k.shards[shard] + "due" }

// list is a sorted set: the members of a list that were put in by records of
// this shard, by score. It lives while it has any.
func (k *keys) list(shard int, name string) string { return k.shards[shard] + "list:" + name }

// turns is a number: when the turns of a name are all there again. It lives until
// then. The library puts "rate:" before it.
func (k *keys) turns(name string) string { return k.prefix + ":turns:" + name }

// The fields of a record.
const (
	fieldRevision = "r"
	fieldHead     = "h"
	fieldEntry    = "e" // and the entry's name
)
