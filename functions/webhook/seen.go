package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/store"
)

// kindSeen is the record that remembers what was published, and Remembered is
// for how long. No provider sends again after more than three days.
const (
	kindSeen   = "webhook"
	Remembered = 7 * 24 * time.Hour
)

// bucketDigits are the hexadecimal digits of an id's hash that name its bucket,
// of which there are [buckets] for each provider.
const (
	bucketDigits = 3
	buckets      = 1 << (4 * bucketDigits)
)

// memory is the head of a bucket's record: when each id was published, in Unix
// seconds, by the rest of its hash.
type memory struct {
	IDs map[string]int64 `json:"ids"`
}

// place is where an id is remembered.
func place(provider, id string) (store.Key, string) {
	sum := events.EffectID(kindSeen, provider, id)
	return store.Key{Record: kindSeen, ID: provider + "/" + sum[:bucketDigits]}, sum[bucketDigits:]
}

// since is the time before which what was published is forgotten.
func since(now time.Time) int64 { return now.Add(-Remembered).Unix() }

// seen tells which of the ids were remembered, and not too long ago.
func (d *desk) seen(ctx context.Context, provider string, ids ...string) (map[string]bool, error) {
	read := make(map[store.Key]memory)
	seen := make(map[string]bool)
	for _, id := range ids {
		key, rest := place(provider, id)
		m, ok := read[key]
		if !ok {
			row, err := d.Records.Read(ctx, key, "")
			if err == nil {
				m, err = recall(row)
			}
			if err != nil {
				return nil, fmt.Errorf("look for what was seen: %w", err)
			}
			read[key] = m
		}
		if at, ok := m.IDs[rest]; ok && at >= since(d.Now()) {
			seen[id] = true
		}
	}
	return seen, nil
}

// remember keeps the ids from now on, and forgets what has been kept for long
// enough in the same records.
func (d *desk) remember(ctx context.Context, provider string, ids ...string) error {
	parts := make(map[store.Key][]string)
	for _, id := range ids {
		key, rest := place(provider, id)
		parts[key] = append(parts[key], rest)
	}
	for key, rests := range parts {
		now := d.Now()
		err := d.Records.Update(ctx, key, "", func(row store.Row) (store.Change, error) {
			m, err := recall(row)
			if err != nil {
				return store.Change{}, err
			}
			kept := memory{IDs: make(map[string]int64)}
			for id, at := range m.IDs {
				if at >= since(now) {
					kept.IDs[id] = at
				}
			}
			for _, id := range rests {
				kept.IDs[id] = now.Unix()
			}
			head, err := json.Marshal(kept)
			return store.Change{Head: head}, err
		})
		if err != nil {
			return fmt.Errorf("remember what was seen: %w", err)
		}
	}
	return nil
}

func recall(row store.Row) (m memory, err error) {
	if len(row.Head) > 0 {
		err = json.Unmarshal(row.Head, &m)
	}
	return m, err
}
