package memory

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// Facts is how many events a [History] keeps; the oldest go first.
const Facts = 20_000

// History is a [Transport] that keeps what was published to it, for reading.
type History struct {
	*Transport
	most int
	name string // tells its cursors from those of the process before

	mu   sync.Mutex
	kept []event.Event // changed by nobody
	gone uint64        // events that went before kept[0]
}

var (
	_ events.Transport = (*History)(nil)
	_ events.History   = (*History)(nil)
)

// NewHistory returns an empty history that keeps [Facts] events. A nil log is
// [slog.Default].
func NewHistory(log *slog.Logger) *History {
	return &History{Transport: New(log), most: Facts, name: strings.ToLower(rand.Text()[:6])}
}

// Publish implements [events.Transport]: what it takes is kept, before what is
// published because of it.
func (h *History) Publish(ctx context.Context, ces ...event.Event) error {
	h.mu.Lock() // where who it is delivered to waits, with an answer
	defer h.mu.Unlock()
	if err := h.Transport.Publish(ctx, ces...); err != nil {
		return err
	}
	for _, ce := range ces {
		h.kept = append(h.kept, clone(ce))
	}
	if over := len(h.kept) - h.most; over > 0 {
		clear(h.kept[:over]) // let go of the events
		h.kept = h.kept[over:]
		h.gone += uint64(over)
	}
	return nil
}

// Read implements [events.History]. Where what follows the cursor is gone, it
// goes on with the oldest that is kept.
func (h *History) Read(ctx context.Context, cursor string, limit int) (ces []event.Event, next string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, cursor, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	after, ok := h.place(cursor)
	if !ok {
		return nil, cursor, fmt.Errorf("read history: %w", events.ErrCursor)
	}
	for limit > len(ces) && after-h.gone < uint64(len(h.kept)) {
		ces = append(ces, clone(h.kept[after-h.gone]))
		after++
	}
	return ces, h.cursor(after), nil
}

// place is how many events stand before what a cursor names, of those that are
// kept; false is a cursor that this history never gave.
func (h *History) place(cursor string) (after uint64, ok bool) {
	if cursor == "" {
		return h.gone, true
	}
	number, ours := strings.CutPrefix(cursor, h.name+"-")
	after, err := strconv.ParseUint(number, 10, 63)
	return max(after, h.gone), ours && err == nil && after <= h.gone+uint64(len(h.kept))
}

// Newest returns the cursor of what is published from now on.
func (h *History) Newest(ctx context.Context) (cursor string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cursor(h.gone + uint64(len(h.kept))), ctx.Err()
}

func (h *History) cursor(after uint64) string { return h.name + "-" + strconv.FormatUint(after, 10) }
