package facts

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"tourbillon/internal/store"
)

// Epoch names the history that the records' versions count in. It is kept with
// them, so all replicas have the same; records that were lost lose it too, and
// the next relay makes another. A copy that is restored has the epoch of the
// records that it replaces: see docs/operations.md.
type Epoch struct {
	Records *store.Records

	mu   sync.Mutex
	is   string
	read time.Time
}

// key is where it is kept.
var key = store.Key{Record: "relay", ID: "epoch"}

// fresh is how long it is not read again.
const fresh = 5 * time.Second

// Now returns it, and makes it if there is none.
func (e *Epoch) Now(ctx context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.is != "" && time.Since(e.read) < fresh {
		return e.is, nil
	}
	var is string
	err := e.Records.Update(ctx, key, "", func(row store.Row) (store.Change, error) {
		if is = string(row.Head); is != "" {
			return store.Change{}, nil
		}
		is = strings.ToLower(rand.Text()[:10])
		return store.Change{Head: []byte(is)}, nil
	})
	if err != nil {
		return "", fmt.Errorf("read the epoch: %w", err)
	}
	e.is, e.read = is, time.Now()
	return is, nil
}
