package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// checkStock holds a tour or a departure against the archive: its head, and
// the entries of the catalog's commands.
func (a *auditor) checkStock(ctx context.Context, s subject) ([]Finding, error) {
	told := a.books.stockOf(s)
	entries := map[string]bool{}
	for entry := range told.changes {
		entries[entry] = true
	}
	if err := listed(ctx, a.Records, a.Names.Commands(s.kind, s.id), func(e string) { entries[e] = true }); err != nil {
		return nil, err
	}
	snap, err := a.loadAll(ctx, store.Key{Record: s.kind, ID: s.id}, entries)
	if err != nil {
		return nil, err
	}
	c := comparison{rec: &written{}}
	full := told.clone()
	lacking := map[uint64]*booking.Stock{}
	for entry := range entries {
		var change booking.Change
		if raw := snap.Entries[entry]; raw != nil {
			if err := json.Unmarshal(raw, &change); err != nil {
				return nil, &unreadableError{s.kind, s.id, err}
			}
		}
		of := booking.Booking{}
		if s.kind == departures {
			of.DepartureID = s.id
		}
		for _, f := range facts(s.kind, s.id, of, changeFacts(s.kind, change)) {
			if told.versions.seen(f.said.Version) {
				continue
			}
			c.find(missing(f, a.Now(), a.Grace))
			lacking[f.said.Version] = f.said.Stock
			if s.kind == tours {
				full.takeTour(f)
			} else {
				full.takeDeparture(f)
			}
		}
	}
	for entry := range entries {
		want, said := full.changes[entry]
		c.hold(s.kind, s.id, entry, want, said, snap.Entries[entry])
	}
	for version, counters := range a.said[s.id] {
		if s.kind == departures && !told.versions.seen(version) {
			lacking[version] = counters
		}
	}
	if err := a.checkHead(&c, s, full, lacking, snap.Head); err != nil {
		return nil, err
	}
	if s.kind == departures {
		err = a.checkSeats(ctx, &c, s.id)
	}
	return c.found, err
}

func (b *Books) stockOf(s subject) *stock {
	told := b.departures[s.id]
	if s.kind == tours {
		told = b.tours[s.id]
	}
	if told == nil {
		return newStock()
	}
	return told
}

// checkHead compares the head, once it is no further on than all that is known.
func (a *auditor) checkHead(c *comparison, s subject, full *stock, lacking map[uint64]*booking.Stock, head []byte) error {
	for version, counters := range lacking {
		full.departure.Version = max(full.departure.Version, version)
		if counters != nil && version >= full.counters {
			full.counters, full.departure.Held, full.departure.Sold = version, counters.Held, counters.Sold
		}
	}
	var want any = full.departure
	newest := full.departure.Version
	if s.kind == tours {
		want, newest = full.tour, full.tour.Version
	}
	var is struct {
		Version uint64 `json:"v"`
	}
	if head != nil {
		if err := json.Unmarshal(head, &is); err != nil {
			return &unreadableError{s.kind, s.id, err}
		}
	}
	var gone []string
	for n := uint64(1); n <= max(newest, min(is.Version, newest+16)); n++ {
		if _, known := lacking[n]; !known && !full.versions.seen(n) {
			gone = append(gone, fmt.Sprint(n))
		}
	}
	if len(gone) > 0 {
		c.find(Finding{Kind: Broken, Record: s.kind, ID: s.id, Rule: string(RuleHoles), Says: "neither archive nor any entry that is listed have version " + strings.Join(gone[:min(len(gone), 16)], ", ")})
	}
	for _, at := range full.leaps() {
		c.find(Finding{Kind: Broken, Record: s.kind, ID: s.id, Rule: string(RuleLedger), Says: fmt.Sprintf("the counters at version %d do not follow from those before", at)})
	}
	c.hold(s.kind, s.id, "", want, newest > 0, head)
	return nil
}

// batch is how many entries are read at once.
const batch = 256

// loadAll reads a record's head and these of its entries.
func (a *auditor) loadAll(ctx context.Context, key store.Key, entries map[string]bool) (store.Snapshot, error) {
	names := make([]string, 0, len(entries))
	for e := range entries {
		names = append(names, e)
	}
	all := store.Snapshot{Entries: map[string][]byte{}}
	for some := range slices.Chunk(append(names, ""), batch) {
		snap, err := a.Records.Load(ctx, key, some...)
		if err != nil {
			return all, fmt.Errorf("read %s: %w", key.Record, err)
		}
		all.Revision, all.Head = snap.Revision, snap.Head
		for name, raw := range snap.Entries {
			all.Entries[name] = raw
		}
	}
	return all, nil
}

// checkSeats holds a departure's counters against the seats of its bookings,
// both as the records have them, unless it moves while they are read.
func (a *auditor) checkSeats(ctx context.Context, c *comparison, id string) error {
	key := store.Key{Record: departures, ID: id}
	before, err := a.Records.Load(ctx, key)
	if err != nil {
		return fmt.Errorf("read departure: %w", err)
	}
	members := map[string]bool{}
	if err := listed(ctx, a.Records, a.Names.Bookings(id), func(m string) { members[m] = true }); err != nil {
		return err
	}
	snap, err := a.loadAll(ctx, key, members)
	if err != nil || len(snap.Head) == 0 {
		return err
	}
	var head booking.Departure
	if err := json.Unmarshal(snap.Head, &head); err != nil {
		return &unreadableError{departures, id, err}
	}
	held, sold := 0, 0
	for _, raw := range snap.Entries {
		var s booking.Seat
		if err := json.Unmarshal(raw, &s); err != nil {
			return &unreadableError{departures, id, err}
		}
		switch {
		case s.Held == nil || s.Released != nil:
		case s.Sold != nil:
			sold += s.Held.Seats
		default:
			held += s.Held.Seats
		}
	}
	switch {
	case before.Revision != snap.Revision:
		c.find(Finding{Kind: Lag, Record: departures, ID: id, Rule: string(RuleSeats), Says: "its seats move, and were not counted"})
	case held != head.Held || sold != head.Sold:
		c.find(Finding{Kind: Broken, Record: departures, ID: id, Rule: string(RuleSeats), Says: fmt.Sprintf(
			"it counts %d held and %d sold, and its bookings have %d and %d", head.Held, head.Sold, held, sold)})
	}
	return nil
}
