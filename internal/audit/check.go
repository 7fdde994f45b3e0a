package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tourbillon/internal/booking"
)

// checkBooking holds one booking's records against the archive, and both
// against the rules.
func (a *auditor) checkBooking(ctx context.Context, id string) ([]Finding, error) {
	told := a.books.accounts[id]
	if told == nil {
		told = newAccount(id)
	}
	rec, err := load(ctx, a.Records, a.Names, id, cmp.Or(told.where(), a.at[id]), told.told)
	if err != nil {
		return nil, err
	}
	c := comparison{full: told.clone(), rec: rec}
	c.completed(func(f fact) bool { return a.archived(told, f) }, a.Now(), a.Grace)
	c.compare()
	c.holes()
	for _, no := range append(c.full.conserve(a.Now()), c.full.heardOf(rec.keeper)...) {
		c.find(Finding{Kind: Broken, Record: bookings, ID: id, Rule: string(no.Rule), Says: no.Says})
	}
	if rec.orphan(a.Now(), a.Grace) {
		c.find(Finding{Kind: Broken, Record: departures, ID: rec.where(), Entry: id, Rule: string(RuleOrphan), Says: "seats are held, and no saga knows of it"})
	}
	return c.found, nil
}

// archived reports whether the archive has the fact. Of a departure's, what it
// lacks is kept, for the departure's own comparison.
func (a *auditor) archived(told *account, f fact) bool {
	if f.record == departures {
		if s := a.books.departures[f.id]; s != nil && s.versions.seen(f.said.Version) {
			return true
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.said[f.id] == nil {
			a.said[f.id] = map[uint64]*booking.Stock{}
		}
		a.said[f.id][f.said.Version] = f.said.Stock
		return false
	}
	v := told.versions[f.place()]
	return v != nil && v.seen(f.said.Version)
}

// orphan reports whether seats are held that no keeper knows of, and that are
// not of this moment.
func (w *written) orphan(now time.Time, grace time.Duration) bool {
	s := w.seat
	holding := s.Held != nil && s.Sold == nil && s.Released == nil
	return holding && w.raw[sagas] == nil && now.Sub(s.Held.At) > grace
}

// holes tells the versions that neither archive nor record know any more.
func (c *comparison) holes() {
	remembered := map[string]map[uint64]bool{}
	for _, f := range c.rec.facts() {
		if remembered[f.place()] == nil {
			remembered[f.place()] = map[uint64]bool{}
		}
		remembered[f.place()][f.said.Version] = true
	}
	newest := map[string]uint64{bookings: c.full.own.Version, payments: c.full.payment.Version, sagas: c.full.keeper.Version}
	for id, n := range c.full.told {
		newest[notifications+" "+id] = n.Version
	}
	for _, place := range slices.Sorted(maps.Keys(newest)) {
		var gone []string
		for n := uint64(1); n <= newest[place]; n++ {
			if v := c.full.versions[place]; (v == nil || !v.seen(n)) && !remembered[place][n] {
				gone = append(gone, fmt.Sprint(n))
			}
		}
		if len(gone) == 0 {
			continue
		}
		kind, id, _ := strings.Cut(place, " ")
		f := Finding{Kind: Broken, Record: kind, ID: cmp.Or(id, c.full.id), Rule: string(RuleHoles), Says: "neither archive nor record have version " + strings.Join(gone, ", ")}
		if len(gone) <= c.full.overwritten(kind, id) {
			f.Kind = Noted
			f.Says += ": it was overtaken before it was heard"
		}
		c.find(f)
	}
}

// mostForgotten bounds how many facts of a payment may be gone from everywhere
// before that is a loss.
const mostForgotten = 4

// overwritten is how many facts a record may have said and forgotten, for they
// were overtaken.
func (a *account) overwritten(kind, id string) int {
	switch {
	case kind == bookings && a.own.Closed != nil && a.own.Confirmed != nil:
		return 1 // a refusal to close it
	case kind == payments:
		n := 2 * max(0, a.payment.Refunds-1) // refunds that were done, and refused after all
		if a.payment.RefundFailed != nil {
			n++ // the newest was done before
		}
		return min(n, mostForgotten)
	case kind == sagas && a.keeper.Stuck != nil:
		return a.keeper.Stuck.Attempt - 1
	case kind == notifications && a.told[id].Deferred != nil:
		return a.told[id].Deferred.Attempt - 1
	}
	return 0
}
