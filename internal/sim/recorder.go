package sim

import (
	"context"
	"encoding/json"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// recorder is the store as the world sees it: it knows what falls due when,
// and looks at every departure as it is committed.
type recorder struct {
	store.Store
	world *World
	lines map[string]time.Time
}

// Commit notes the due lines and holds departures against their capacity.
func (s *recorder) Commit(ctx context.Context, w store.Write) error {
	if err := s.Store.Commit(ctx, w); err != nil {
		return err
	}
	for _, l := range w.Lines {
		if l.At.IsZero() {
			delete(s.lines, l.Name)
		} else {
			s.lines[l.Name] = l.At
		}
	}
	if w.Key.Record == "departure" && w.Head != nil {
		var d booking.Departure
		if err := json.Unmarshal(w.Head, &d); err != nil {
			return err
		}
		if d.Held < 0 || d.Sold < 0 || d.Held+d.Sold > d.Terms.Capacity && d.State != "" {
			s.world.fail("departure %s is oversold: held %d, sold %d of %d", w.Key.ID, d.Held, d.Sold, d.Terms.Capacity)
		}
	}
	return nil
}

// Due notes the claims.
func (s *recorder) Due(ctx context.Context, now time.Time, claim time.Duration, limit int) ([]store.Line, error) {
	lines, err := s.Store.Due(ctx, now, claim, limit)
	for _, l := range lines {
		s.lines[l.Name] = now.Add(claim)
	}
	return lines, err
}

// next is when the next line falls due before the horizon, or zero.
func (s *recorder) next(horizon time.Time) time.Time {
	var at time.Time
	for _, t := range s.lines {
		if t.Before(horizon) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}
