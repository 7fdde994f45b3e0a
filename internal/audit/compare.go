package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tourbillon/internal/booking"
)

// comparison is one booking's archive beside its records.
type comparison struct {
	full  *account // what the archive says, and what it will say in a moment
	rec   *written
	found []Finding
}

func (c *comparison) find(f Finding) { c.found = append(c.found, f) }

// completed tells what the records have said and the archive lacks, and takes
// it for said. seen tells whether the archive has a version of a record.
func (c *comparison) completed(seen func(fact) bool, now time.Time, grace time.Duration) {
	told := c.full.facts()
	for _, f := range c.rec.facts() {
		if seen(f) {
			continue
		}
		is := missing(f, now, grace)
		is.Overtaken = slices.ContainsFunc(told, f.overtakenBy)
		c.find(is)
		c.full.take(f)
	}
	c.full.seal()
}

// overtakenBy reports whether another fact of the booking was said after this
// one was committed: by the same record, or by whoever heard of the booking
// without its request.
func (f fact) overtakenBy(other fact) bool {
	same := other.record == f.record && other.id == f.id
	return same && other.said.Version > f.said.Version || f.record == intakes && other.said.At.After(f.said.At)
}

func missing(f fact, now time.Time, grace time.Duration) Finding {
	is := Finding{
		Kind: Lag, Record: f.record, ID: f.id, Field: string(f.name), Event: f.eventID(),
		Says: fmt.Sprintf("version %d, said at %s, is not in the archive", f.said.Version, f.said.At.Format(time.RFC3339Nano)),
	}
	switch {
	case f.data.Command != "":
		is.Entry = entryOf(f.data.Command)
	case f.record == departures:
		is.Entry = f.data.ID
	}
	if now.Sub(f.said.At) > grace {
		is.Kind = Missing
	}
	return is
}

// compare holds every record of the booking against what was said of it.
func (c *comparison) compare() {
	full, raw := c.full, c.rec.raw
	c.hold(departures, full.where(), full.id, full.seat, full.seat.Booking.ID != "", raw[departures])
	c.hold(bookings, full.id, "", full.own, full.own.Version > 0, raw[bookings])
	if full.payment.Version > 0 || raw[payments] != nil {
		c.hold(payments, full.id, "", c.expected(), true, raw[payments]) // it may have begun, and said nothing
	}
	c.messages()
	if keeper := raw[sagas]; keeper != nil || full.keeper.Version > 0 {
		c.hold(sagas, full.id, "", full.keeper, full.keeper.Version > 0, only(keeper, "v", "ends", "stuckOn", "stuckBy", "stuck"), "booking", "heard")
		c.known()
	}
	if in := raw[intakes]; in != nil && full.requested != nil { // one that is gone was erased, or never rebuilt
		c.hold(intakes, full.id, "", map[string]any{"booking": full.asked, "requested": full.requested}, true, only(in, "booking", "requested"))
	}
}

// hold compares one record, field by field; without are fields that are
// compared otherwise.
func (c *comparison) hold(kind, id, entry string, want any, said bool, got []byte, without ...string) {
	switch {
	case !said && got == nil:
		return
	case got == nil:
		c.find(Finding{Kind: Differs, Record: kind, ID: id, Entry: entry, Archive: brief(want), Store: nothing, Says: "the record is not there"})
		return
	case !said:
		if kind == sagas {
			want = keeper{} // it may have heard, and said nothing
			break
		}
		c.find(Finding{Kind: Differs, Record: kind, ID: id, Entry: entry, Archive: nothing, Store: shown(json.RawMessage(got)), Says: "the record has said nothing"})
		return
	}
	for _, d := range differ(want, got) {
		if first, _, _ := strings.Cut(d.path, "."); slices.Contains(without, first) {
			continue
		}
		c.find(Finding{Kind: Differs, Record: kind, ID: id, Entry: entry, Field: d.path, Archive: d.left, Store: d.right})
	}
}

// only is a JSON object with these of its fields alone.
func only(raw []byte, fields ...string) []byte {
	var all map[string]json.RawMessage
	if raw == nil || json.Unmarshal(raw, &all) != nil {
		return raw
	}
	some := map[string]json.RawMessage{}
	for _, f := range fields {
		if v, ok := all[f]; ok {
			some[f] = v
		}
	}
	out, err := json.Marshal(some)
	if err != nil {
		return raw
	}
	return out
}

// brief is a record on one line.
func brief(v any) string {
	text := shown(v)
	return text[:min(len(text), 200)]
}

// expected is the payment as it should stand. What no fact tells yet, because
// a charge or an undo is under way, is taken from the record, as far as it
// goes on from what was told.
func (c *comparison) expected() booking.Payment {
	want, is := c.full.payment, c.rec.payment
	want.Looks = is.Looks // nobody is told of those
	if n := len(is.Attempts); n > 0 && is.Attempts[n-1].State == booking.AttemptPending {
		want.Action = is.Action // for the customer alone: no fact tells it
	}
	if want.Version == 0 {
		want.Booking = c.full.own.Booking
		if want.Booking.ID == "" {
			want.Booking = is.Booking // closed before it was made, and being undone
		}
	}
	ended := want.Refunded != nil || want.Voided != nil
	if closed := c.full.own.Closed; want.Undo == nil && is.Undo != nil && closed != nil {
		want.Undo = &booking.Undo{Due: *closed.Amount, Status: closed.Status, Reason: closed.Reason}
	}
	if ended {
		return want
	}
	if want.Undo != nil && is.Refunds == want.Refunds+1 {
		want.Refunds, want.RefundFailed = is.Refunds, nil
	}
	settled := want.Succeeded != nil || want.Failed != nil && want.Undo == nil
	if !settled && goesOn(want.Attempts, is.Attempts) {
		want.Attempts = is.Attempts
	}
	return want
}

// goesOn reports whether attempts go on from what was told of them.
func goesOn(told, is []booking.Attempt) bool {
	if len(is) < len(told) {
		return false
	}
	for i, t := range told {
		newest := i == len(told)-1
		if !newest && is[i] != t || newest && t.State == booking.AttemptDeclined && is[i].Code != t.Code {
			return false
		}
	}
	return true
}

// known holds what the keeper knows of the booking against what was told.
func (c *comparison) known() {
	k := c.rec.keeper
	told := c.full.own.Booking
	for _, b := range []booking.Booking{c.full.seat.Booking, c.full.asked, c.full.payment.Booking} {
		told = merged(told, b)
	}
	for _, d := range differ(told, k.Booking) {
		if d.right != nothing { // what it has not heard yet it will
			c.find(Finding{Kind: Differs, Record: sagas, ID: c.full.id, Field: "booking." + d.path, Archive: d.left, Store: d.right})
		}
	}
}

// merged is a, and of b what a does not have.
func merged(a, b booking.Booking) booking.Booking {
	a.ID = cmp.Or(a.ID, b.ID)
	a.DepartureID = cmp.Or(a.DepartureID, b.DepartureID)
	a.TourID = cmp.Or(a.TourID, b.TourID)
	a.Seats = cmp.Or(a.Seats, b.Seats)
	a.Flow = cmp.Or(a.Flow, b.Flow)
	a.Price = cmp.Or(a.Price, b.Price)
	a.TimeZone = cmp.Or(a.TimeZone, b.TimeZone)
	if a.ExpiresAt.IsZero() {
		a.ExpiresAt = b.ExpiresAt
	}
	if a.StartsAt.IsZero() {
		a.StartsAt = b.StartsAt
	}
	if a.Policy == nil {
		a.Policy = b.Policy
	}
	return a
}
