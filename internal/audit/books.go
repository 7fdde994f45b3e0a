package audit

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// Books is what the archive says of every record, folded from its facts. Facts
// may come in any order, and more than once. Not safe for concurrent use.
//
// It keeps at most a bounded number of bookings: those of one share. With more
// in the archive the others are passed over, and the archive is read again for
// the next share. Tours and departures are in every share.
type Books struct {
	tours      map[string]*stock
	departures map[string]*stock
	accounts   map[string]*account
	apart      map[string]*account // what is of no booking, by its record's id
	share      uint32              // of shares
	shares     uint32
	most       int
	facts      int
	causes     bool      // what each fact was said on is kept too
	wrong      []Finding // what the facts themselves have wrong
}

// MostBookings is how many bookings are held in memory at once. Each takes
// some 5 kB.
const MostBookings = 25_000

// NewBooks are empty books, for one share of the bookings: of all, until there
// are more than most.
func NewBooks(share, shares, most int) *Books {
	return &Books{
		tours: map[string]*stock{}, departures: map[string]*stock{}, accounts: map[string]*account{}, apart: map[string]*account{},
		share: uint32(share), shares: uint32(max(1, shares)), most: most,
	}
}

// Shares returns how many shares it takes to hold all bookings.
func (b *Books) Shares() int { return int(b.shares) }

// Facts returns how many facts were taken, repetitions included.
func (b *Books) Facts() int { return b.facts }

// chunk is how many facts are read at once.
const chunk = 1000

// Read takes what the archive has beyond the cursor, and returns the cursor of
// what comes later.
func (b *Books) Read(ctx context.Context, h events.History, cursor string) (string, error) {
	for {
		ces, next, err := h.Read(ctx, cursor, chunk)
		if err != nil {
			return cursor, fmt.Errorf("read archive: %w", err)
		}
		for _, ce := range ces {
			b.Take(ce)
		}
		if cursor = next; len(ces) == 0 {
			return cursor, nil
		}
	}
}

func (b *Books) has(bookingID string) bool {
	h := fnv.New32a()
	h.Write([]byte(bookingID))
	return h.Sum32()%b.shares == b.share
}

// Take folds one event of the archive in. What is no fact is passed over.
func (b *Books) Take(ce event.Event) {
	if kind, _ := events.Attribute(ce, "kind"); kind != string(events.Fact) {
		return
	}
	b.facts++
	kind, _ := events.Attribute(ce, "record")
	// A notification's subject is its booking, or a departure, which is in no share.
	perBooking := kind != tours && kind != departures && kind != notifications
	if kind == "" || perBooking && !b.has(ce.Subject()) {
		return
	}
	e, err := events.Decode(ce)
	if err != nil {
		b.broken(kind, ce.Subject(), RuleReadable, fmt.Sprintf("fact %s: %v", ce.ID(), err))
		return
	}
	f, ours := factOf(e)
	if !ours || kind == notifications && !b.has(f.of()) {
		return
	}
	if f.said.Version == 0 || f.said.Version > mostVersions {
		b.broken(f.record, f.id, RuleReadable, fmt.Sprintf("fact %s has the version %d", e.ID, f.said.Version))
		return
	}
	b.enter(f, e)
}

// enter folds a fact into the record that said it.
func (b *Books) enter(f fact, e events.Event) {
	v := b.versionsOf(f)
	fresh, clash := v.see(f.said.Version, digest(e))
	if clash {
		b.broken(f.record, f.id, RuleOnce, fmt.Sprintf("version %d is two facts, or one that was said in two ways: %s", f.said.Version, e.ID))
	}
	if !fresh {
		return
	}
	for _, no := range Check(e) {
		b.broken(f.record, f.id, no.Rule, no.Says)
	}
	switch f.record {
	case tours:
		b.tour(f.id).takeTour(f)
		return
	case departures:
		d := b.departure(f.id)
		d.takeDeparture(f)
		d.write(f)
		if f.data.ID == "" || !b.has(f.data.ID) {
			return
		}
	}
	a := b.account(f)
	a.take(f)
	if b.causes {
		a.cause(e.ID, e.CausationID)
	}
}

// versionsOf are those of the record that said the fact.
func (b *Books) versionsOf(f fact) *versions {
	switch f.record {
	case tours:
		return &b.tour(f.id).versions
	case departures:
		return &b.departure(f.id).versions
	}
	a, place := b.account(f), f.place()
	if a.versions[place] == nil {
		a.versions[place] = new(versions)
	}
	return a.versions[place]
}

func (b *Books) tour(id string) *stock      { return open(b.tours, id, newStock) }
func (b *Books) departure(id string) *stock { return open(b.departures, id, newStock) }

// account is that of the booking that a fact is of, or of its record alone.
func (b *Books) account(f fact) *account {
	all, id := b.accounts, f.of()
	if f.data.ID == "" {
		all = b.apart
	}
	if all[id] == nil && len(b.accounts)+len(b.apart) >= b.most {
		b.halve()
	}
	if !b.has(id) {
		return newAccount(id) // of another share, and forgotten
	}
	return open(all, id, func() *account { return newAccount(id) })
}

// halve gives every other booking of the share up, to a share of its own.
func (b *Books) halve() {
	b.shares *= 2
	for _, all := range []map[string]*account{b.accounts, b.apart} {
		for id := range all {
			if !b.has(id) {
				delete(all, id)
			}
		}
	}
}

func open[T any](all map[string]*T, id string, anew func() *T) *T {
	if all[id] == nil {
		all[id] = anew()
	}
	return all[id]
}

func (b *Books) broken(record, id string, r Rule, says string) {
	b.wrong = append(b.wrong, Finding{Kind: Broken, Record: record, ID: id, Rule: string(r), Says: says})
}
