package restore

import (
	"context"
	"fmt"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Again returns the fact that a finding says is missing, from the memory of its
// record; false where the record does not remember it, or not any more.
func Again(ctx context.Context, r *store.Records, f audit.Finding) (events.Event, bool, error) {
	entry := f.ID
	if f.Record == record.KindDeparture || f.Record == record.KindTour {
		entry = f.Entry
	}
	row, err := r.Read(ctx, store.Key{Record: f.Record, ID: f.ID}, entry)
	raw := row.Entry
	if f.Record == record.KindCustomer {
		raw = row.Head
	}
	if err != nil || len(raw) == 0 {
		return events.Event{}, false, err
	}
	all, err := Said(f.Record, f.ID, entry, raw)
	if err != nil {
		return events.Event{}, false, fmt.Errorf("say again: %w", err)
	}
	for _, e := range all {
		if e.ID == f.Event {
			return e, true, nil
		}
	}
	return events.Event{}, false, nil
}
