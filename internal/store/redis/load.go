package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	goredis "github.com/redis/go-redis/v9"

	"tourbillon/internal/store"
)

// Load returns the record as it is: see [store.Store]. One round trip.
func (s *Store) Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return store.Snapshot{}, err
	}
	name, err := s.keys.record(key)
	if err != nil {
		return store.Snapshot{}, err
	}
	fields := append(make([]string, 0, 2+len(entries)), fieldRevision, fieldHead)
	for _, entry := range entries {
		fields = append(fields, fieldEntry+entry)
	}
	once, cancel := bounded(ctx)
	defer cancel()
	values, err := s.client.HMGet(once, name, fields...).Result()
	if err != nil {
		return store.Snapshot{}, explain(ctx, "load", err)
	}
	if len(values) != len(fields) {
		return store.Snapshot{}, fmt.Errorf("load: asked for %d fields and got %d", len(fields), len(values))
	}
	return snapshot(entries, values)
}

func snapshot(entries []string, values []any) (snap store.Snapshot, err error) {
	if revision, ok := values[0].(string); ok {
		if snap.Revision, err = parseRevision(revision); err != nil {
			return store.Snapshot{}, err
		}
	}
	snap.Head = value(values[1])
	for i, name := range entries {
		entry := value(values[2+i])
		if entry == nil {
			continue
		}
		if snap.Entries == nil {
			snap.Entries = make(map[string][]byte, len(entries))
		}
		snap.Entries[name] = entry
	}
	return snap, nil
}

// value is a field's bytes; nil is a field that is not there.
func value(v any) []byte {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	return append(make([]byte, 0, len(text)), text...)
}

// revision returns a record's revision, 0 where there is no record.
func (s *Store) revision(ctx context.Context, name string) (uint64, error) {
	once, cancel := bounded(ctx)
	defer cancel()
	text, err := s.client.HGet(once, name, fieldRevision).Result()
	if errors.Is(err, goredis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, explain(ctx, "look at a revision", err)
	}
	return parseRevision(text)
}

func parseRevision(text string) (uint64, error) {
	revision, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("revision of a record: %w", err)
	}
	return revision, nil
}
