package post

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"tourbillon/internal/record"
)

// tell logs and counts what came of a message at a provider.
func (p *Post) tell(ctx context.Context, level slog.Level, m record.Message, provider, outcome string, more ...any) {
	p.count(m.Channel, provider, outcome)
	p.log.Log(ctx, level, "message", append([]any{
		"booking", m.BookingID, "channel", m.Channel, "provider", provider, "outcome", outcome,
	}, more...)...)
}

// trouble is what there was before somebody took the message, after these pairs:
// nobody else tells it.
func (r *round) trouble(pairs ...any) []any {
	if before := several(append(slices.Clone(r.notSent), r.unknown)); before != nil {
		pairs = append(pairs, "before", before)
	}
	return pairs
}

// several is all errors in one, on one line; nil if there are none.
func several(all []error) (err error) {
	for _, one := range all {
		switch {
		case err == nil:
			err = one
		case one != nil:
			err = fmt.Errorf("%w; %w", err, one)
		}
	}
	return err
}
