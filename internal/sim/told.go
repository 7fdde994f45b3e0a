package sim

import (
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// telling is something that is to be told to somebody: by each of their
// addresses once. must is false where it hangs on who came first.
type telling struct {
	of         Person
	id         string // what they asked by
	booking    string // empty: to who watches
	departure  string
	template   string
	occurrence string
	fact       string // the event that leads to it
	must       bool
}

// settles is how long it takes until what was committed is known everywhere.
const settles = time.Minute

// judgeMessages holds what was told against what happened: who was to be told,
// by what, and nobody else; and each message against its own record.
func (w *World) judgeMessages() {
	asked := map[string]events.Event{}
	for _, e := range w.heard {
		if e.Name == events.Send {
			asked[record.MessageID(asksFor(e))] = e
		}
	}
	expected := map[string]bool{}
	for _, t := range w.tellings() {
		category, told := booking.CategoryOf(t.template), false
		either := t.of.fragile() && category.Rule().Critical
		all := w.reach(t.of, t.id, category)
		if either {
			all = w.anywhere(t.of, t.id)
		}
		for _, at := range all {
			key := w.messageID(t, at)
			expected[key] = true
			if e, ok := asked[key]; ok {
				told = true
				w.judgeMessage(t, at, key, e)
			} else if t.must && !either && !w.excused(t) {
				w.fail("%s: nobody asked for %s by %s, and nothing was lost", t.id, t.template, at.channel)
			}
		}
		if either && !told && t.must && !w.excused(t) {
			w.fail("%s: nobody asked for %s by anything, and nothing was lost", t.id, t.template)
		}
	}
	for key, e := range asked {
		if !expected[key] {
			w.fail("%s is told by %s to %q, and was not to be", e.Template, e.Channel, e.CustomerID)
		}
	}
	for _, l := range w.post.letters {
		if _, ok := asked[l.Key]; !ok {
			w.fail("%s was sent by %s, and nobody asked for it", l.Template, l.Channel)
		}
	}
	w.judgeTurns()
	w.judgeHooks()
}

// asksFor is the message that a command asks for, as far as its id goes.
func asksFor(e events.Event) booking.Notification {
	return booking.Notification{
		Booking: e.Data.Booking, Occurrence: e.Occurrence, Template: e.Template, Channel: e.Channel, Recipient: e.Recipient,
	}
}

func (w *World) messageID(t telling, at address) string {
	return record.MessageID(booking.Notification{
		Booking:    booking.Booking{ID: t.booking, DepartureID: t.departure},
		Occurrence: t.occurrence, Template: t.template, Channel: at.channel, Recipient: at.recipient,
	})
}

// judgeMessage holds one message that was asked for against its record, and that
// against what its customer wishes.
func (w *World) judgeMessage(t telling, at address, key string, e events.Event) {
	n := w.notification(key)
	if n.Sent == nil && n.Failed == nil {
		if !w.broken(link{"command-notify", e.ID}) {
			w.fail("%s: %s by %s was asked for, and is %s", t.id, t.template, at.channel, n.State())
		}
		return
	}
	sent, sure := 0, true
	for _, l := range w.post.letters {
		if l.Key != key {
			continue
		}
		sent++
		if t.of.Quiet > 0 && !n.Category.Rule().Critical && l.at.Sub(w.start) < t.of.Quiet {
			w.fail("%s: %s came in the quiet hours", t.id, t.template)
		}
	}
	for _, a := range w.post.tries[key] {
		sure = sure && !a.doubtful(w.now)
	}
	silent := at.channel == booking.ChannelMail && t.of.Silent
	switch {
	case n.Failed != nil:
		if !w.mayFail(t, at, n) {
			w.fail("%s: %s by %s has failed: %s", t.id, t.template, at.channel, n.Failed.Code)
		}
		if sent > 0 && sure {
			w.fail("%s: %s by %s has failed, and was sent", t.id, t.template, at.channel)
		}
	case n.Sent.Code == booking.Unconfirmed:
		if n.Category.Rule().Errs != booking.ErrOnce || sure {
			w.fail("%s: %s by %s is taken for sent, and that was known", t.id, t.template, at.channel)
		}
	case sent == 0:
		w.fail("%s: %s by %s is said to be sent, and was not", t.id, t.template, at.channel)
	}
	if sent > 0 && (silent || !slices.Contains(t.of.wants(n.Category), at.channel) && !n.Category.Rule().Critical) {
		w.fail("%s: %s by %s was not to be sent", t.id, t.template, at.channel)
	}
	if !w.Unkeyed && sent > 1 {
		w.fail("%s: %s by %s was sent %d times", t.id, t.template, at.channel, sent)
	}
}

// mayFail reports whether a message may have failed for the reason it did.
func (w *World) mayFail(t telling, at address, n booking.Notification) bool {
	mail := at.channel == booking.ChannelMail
	switch n.Failed.Code {
	case "suppressed":
		return mail && (t.of.Silent || t.of.Nobody || t.of.Returns) || at.channel == booking.ChannelText && t.of.Stops > 0
	case booking.BadAddress:
		return mail && t.of.Nobody && !t.of.Silent
	case "unwanted":
		return !slices.Contains(t.of.wants(n.Category), at.channel) && !n.Category.Rule().Critical
	case "superseded":
		if t.booking == "" {
			return t.template != string(events.DepartureCancelled) // there are no seats any more
		}
		is, _ := load[booking.Record](w, record.KindBooking, t.booking, t.booking)
		return is.Closed != nil && (t.template == string(events.BookingConfirmed) || t.template == string(events.DepartureChanged))
	}
	return false
}

// excused reports whether a loss explains that somebody was not told: only the
// ending has a keeper who says it again.
func (w *World) excused(t telling) bool {
	for _, e := range w.heard {
		var on bool
		switch e.Name {
		case events.FanoutNext:
			on = e.Template == t.template && (e.DepartureID == t.departure || e.TourID != "")
		case events.Announce:
			on = e.Data.ID == t.booking && e.Template == t.template && e.Occurrence == t.occurrence
		default:
			on = e.ID == t.fact
		}
		if !on {
			continue
		}
		for _, r := range w.Routes {
			if (r.To == "announce" || r.To == "fanout") && w.broken(link{r.Name, e.ID}) {
				return true
			}
		}
	}
	return false
}

// judgeTurns demands that no message took more than one turn each time that it
// was due.
func (w *World) judgeTurns() {
	most := map[string]int{}
	for key := range w.post.tries {
		n := w.notification(key)
		of := n.CustomerID + ":" + string(n.Category)
		if most[of]++; n.Deferred != nil {
			most[of] += n.Deferred.Attempt
		}
	}
	for of, n := range w.post.turns {
		if n > most[of] {
			w.fail("%d turns of %s were taken, for %d messages", n, of, most[of])
		}
	}
}
