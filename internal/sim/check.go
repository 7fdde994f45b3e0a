package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Outcome is how one booking ended, in what both flows must agree on.
type Outcome struct {
	Request  string
	Status   booking.Status
	Reason   booking.Reason
	Taken    int64    // minor units that the provider kept
	Seats    int      // seats sold
	Messages []string // what was told, by template
}

// String is the outcome on one line.
func (o Outcome) String() string {
	return fmt.Sprintf("%s %s %s, %d taken, %d seats, told %s", o.Request, o.Status, o.Reason, o.Taken, o.Seats, strings.Join(o.Messages, " "))
}

func load[E any](w *World, kind, id, entry string) (E, bool) {
	var e E
	row, err := w.records.Read(context.Background(), store.Key{Record: kind, ID: id}, entry)
	if err != nil {
		w.fail("read %s: %v", kind, err)
	}
	if len(row.Entry) == 0 {
		return e, false
	}
	if err := json.Unmarshal(row.Entry, &e); err != nil {
		w.fail("read %s: %v", kind, err)
	}
	return e, true
}

func (w *World) intake(r Request) (booking.Intake, bool) {
	id := w.BookingID(r)
	return load[booking.Intake](w, record.KindIntake, id, id)
}

// check holds the world against the promises, once nothing happens any more.
func (w *World) check() {
	taken := w.taken()
	sold := map[string]int{}
	for _, c := range w.clients {
		o := w.outcome(c, taken)
		w.judge(c, o)
		sold[c.Departure] += o.Seats
	}
	for _, d := range w.Departures {
		w.checkDeparture(d, sold[d.ID])
	}
	w.judgeMessages()
	for id := range taken {
		if !slices.ContainsFunc(w.clients, func(c *client) bool { return w.BookingID(c.Request) == id }) {
			w.fail("money was taken for a booking that nobody asked for: %s", id)
		}
	}
}

// Outcomes returns how each booking ended, in the order of the requests.
func (w *World) Outcomes() []Outcome {
	taken := w.taken()
	var all []Outcome
	for _, c := range w.clients {
		all = append(all, w.outcome(c, taken))
	}
	return all
}

func (w *World) outcome(c *client, taken map[string]int64) Outcome {
	id := w.BookingID(c.Request)
	rec, _ := load[saga.Record](w, record.KindSaga, id, id)
	seat, _ := load[booking.Seat](w, record.KindDeparture, c.Departure, id)
	o := Outcome{Request: c.ID, Status: rec.Status(), Reason: rec.Reason(), Taken: taken[id]}
	if seat.Sold != nil {
		o.Seats = seat.Taken()
	}
	for _, l := range w.lettersOf(id) {
		o.Messages = append(o.Messages, l.Template)
	}
	slices.Sort(o.Messages)
	o.Messages = slices.Compact(o.Messages)
	return o
}

// judge holds one booking against the promises.
func (w *World) judge(c *client, o Outcome) {
	id := w.BookingID(c.Request)
	rec, known := load[saga.Record](w, record.KindSaga, id, id)
	if !known {
		w.fail("%s: no saga knows of it", c.ID)
		return
	}
	book, _ := load[booking.Record](w, record.KindBooking, id, id)
	waits := rec.Armed.Step != "" && rec.Armed.Step != events.BookingComplete
	ended := o.Status.Closed() || o.Status == booking.StatusConfirmed || o.Status == booking.StatusCompleted
	if waits || !ended {
		w.fail("%s: has not ended: %s, waiting for %s", c.ID, o.Status, rec.Armed.Step)
	}
	want, seats := int64(0), 0
	switch {
	case book.Closed == nil:
		want, seats = book.Booking.Price.Amount, c.Seats
	case book.Confirmed != nil:
		want = book.Booking.Price.Amount - w.owed(c, book)
	}
	if o.Taken != want {
		w.fail("%s: %s, and %d was taken, want %d", c.ID, o.Status, o.Taken, want)
	}
	if o.Seats != seats {
		w.fail("%s: %s, and has %d seats, want %d", c.ID, o.Status, o.Seats, seats)
	}
	if o.Status == booking.StatusExpired && book.Closed.At.Before(book.Booking.ExpiresAt) {
		w.fail("%s: expired before its hold ended", c.ID)
	}
	if c.cancelled && !o.Status.Closed() && c.at.Before(book.Booking.StartsAt) {
		w.fail("%s: the customer cancelled, and it is %s", c.ID, o.Status)
	}
	w.judgeTelling(c, rec)
}

// owed is what is to be given back of a confirmed booking that was closed: by
// the policy, at the time the customer cancelled; else everything.
func (w *World) owed(c *client, book booking.Record) int64 {
	b := book.Booking
	if book.Closed.Reason != booking.ReasonCustomer {
		return b.Price.Amount
	}
	return b.Policy.Refund(b.Price, b.StartsAt, c.at).Amount
}

// judgeTelling holds how the customer was told of the ending, and what the
// keeper stated, against how the booking ended.
func (w *World) judgeTelling(c *client, rec saga.Record) {
	last := ""
	for _, l := range w.lettersOf(rec.Booking.ID) {
		if l.Category == booking.CategoryEnding {
			last = l.Template
		}
	}
	end := rec.Status()
	if end == booking.StatusCompleted {
		end = booking.StatusConfirmed // the last thing that was to be told
	}
	final := events.Occurrence(end)
	if mute := !w.canHear(c); last != final && !mute && !w.muted(c, final) || mute && last != "" {
		w.fail("%s: %s, and was told last: %q", c.ID, rec.Status(), last)
	}
	for _, l := range w.lettersOf(rec.Booking.ID) {
		early := end == booking.StatusCancelled && l.Template == string(events.BookingConfirmed)
		if l.Category == booking.CategoryEnding && l.Template != final && !early {
			w.fail("%s: %s, and was told: %s", c.ID, rec.Status(), l.Template)
		}
	}
	ends := map[string]int{}
	for _, e := range rec.Ends {
		ends[e.Occurrence]++
	}
	if ends[final] != 1 || len(rec.Untold) > 0 {
		w.fail("%s: the keeper stated %s %d times, gave up on %v", c.ID, final, ends[final], rec.Untold)
	}
}

// muted reports whether all that was to tell of an ending has failed: for the
// customer has become silent meanwhile; or for one message was put off, which
// answers the keeper, and refused later, and the others were lost on their way.
func (w *World) muted(c *client, final string) bool {
	t := telling{booking: w.BookingID(c.Request), departure: c.Departure, template: final, occurrence: final}
	asked, deferred := false, false
	for _, at := range w.anywhere(c.Person, c.ID) {
		n := w.notification(w.messageID(t, at))
		if n.Failed == nil && n.Occurrence != "" {
			return false
		}
		asked, deferred = asked || n.Occurrence != "", deferred || n.Deferred != nil
	}
	return deferred || asked && c.fragile()
}

// canHear reports whether there is an address at which the ending can be told.
func (w *World) canHear(c *client) bool {
	return slices.ContainsFunc(w.anywhere(c.Person, c.ID), func(at address) bool {
		return at.channel != booking.ChannelMail || !c.Silent && !c.Nobody
	})
}

func (w *World) checkDeparture(d Departure, sold int) {
	row, err := w.records.Read(context.Background(), store.Key{Record: record.KindDeparture, ID: d.ID}, "")
	if err != nil {
		w.fail("read departure: %v", err)
		return
	}
	var head booking.Departure
	if err := json.Unmarshal(row.Head, &head); err != nil {
		w.fail("read departure: %v", err)
	}
	if head.State == booking.DepartureCancelled && head.Sold != 0 {
		w.fail("departure %s is cancelled, and %d seats are sold", d.ID, head.Sold)
	}
	if head.Held != 0 || head.Sold != sold {
		w.fail("departure %s: held %d, sold %d; its bookings have %d", d.ID, head.Held, head.Sold, sold)
	}
}

// knows reports whether a booking's payment has the intent. One that was made
// under an answer of 500, which Stripe repeats for ever, is known to nobody: so
// nobody can have it take money.
func (w *World) knows(bookingID, intent string) bool {
	p, err := record.ReadPayment(context.Background(), w.records, bookingID)
	if err != nil {
		w.fail("%v", err)
	}
	return slices.ContainsFunc(p.Attempts, func(a booking.Attempt) bool { return a.Intent == intent })
}

// taken is what the provider kept, by booking.
func (w *World) taken() map[string]int64 {
	intents, err := w.books.Ledger(context.Background())
	if err != nil {
		w.fail("read ledger: %v", err)
	}
	taken := map[string]int64{}
	paid := map[string]int{}
	for _, i := range intents {
		taken[i.BookingID] += i.Taken()
		if i.Status == booking.WordSucceeded {
			paid[i.BookingID]++
		}
		if (i.Status == booking.WordUnconfirmed || i.Status == booking.WordProcessing) && w.knows(i.BookingID, i.ID) {
			w.fail("payment %s of %s is still %s", i.ID, i.BookingID, i.Status)
		}
		if paid[i.BookingID] > 1 {
			w.fail("%s was charged %d times", i.BookingID, paid[i.BookingID])
		}
	}
	return taken
}

// lettersOf is what the provider has sent about a booking, in the order in which
// it did.
func (w *World) lettersOf(bookingID string) (all []posted) {
	for _, l := range w.post.letters {
		if l.BookingID == bookingID {
			all = append(all, l)
		}
	}
	return all
}
