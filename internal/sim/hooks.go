package sim

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// tidings is what a provider of messages is about to tell, as the webhooks' door
// says it.
type tidings struct {
	at   time.Time
	name events.Name
	data events.Data
}

// noMailbox is the code of mail that came back for good.
const noMailbox = "5.1.1"

// hook has it tell what became of a message, if it tells anything: that it came,
// or came back.
func (p *post) hook(m record.Message) {
	w := p.world
	n := w.notification(m.Key)
	if !w.Hooks {
		return
	}
	t := tidings{at: w.now.Add(time.Second), name: events.Delivered, data: events.Data{
		Booking: n.Booking, Occurrence: n.Occurrence, Template: n.Template, CustomerID: n.CustomerID,
		Channel: n.Channel, Recipient: n.Recipient, Reason: n.Reason, Amount: n.Amount,
	}}
	if w.returns[m.To] {
		t.name, t.data.Code = events.Bounced, noMailbox
	}
	w.tidings = append(w.tidings, t)
}

// wishes has a person say STOP by text, and START again.
func (w *World) wishes(p Person, id string) {
	d := events.Data{Channel: booking.ChannelText, Recipient: w.settings().PhoneID(phoneOf(id))}
	if p.Stops > 0 {
		w.tidings = append(w.tidings, tidings{w.start.Add(p.Stops), events.OptedOut, d})
	}
	if p.Starts > 0 {
		w.tidings = append(w.tidings, tidings{w.start.Add(p.Starts), events.OptedIn, d})
	}
}

// tidingsDue reports which of them could come now, if any.
func (w *World) tidingsDue() (i int, ok bool) {
	i = slices.IndexFunc(w.tidings, func(t tidings) bool { return !t.at.After(w.now) })
	return i, i >= 0
}

func (w *World) bring(i int) {
	t := w.tidings[i]
	w.tidings = slices.Delete(w.tidings, i, i+1)
	w.hooks++
	e := events.Note(t.name, t.data, "provider "+strconv.Itoa(w.hooks), t.at).Render(events.Speaker{Function: "webhook"}, events.Event{ID: "provider"})
	var door arrow.Sink = hooked{w}
	if err := door.Publish(context.Background(), e); err != nil {
		w.fail("what the provider tells cannot be said: %v", err)
	}
}

// judgeHooks demands that what a provider told of a message is known of it, and
// that an address from which mail came back is written to no more.
func (w *World) judgeHooks() {
	for _, e := range w.heard {
		if e.Name != events.Delivered && e.Name != events.Bounced {
			continue
		}
		n := w.notification(record.MessageID(asksFor(e)))
		known := n.Delivered != nil && e.Name == events.Delivered || n.Bounced != nil && e.Name == events.Bounced
		if !known && !w.dropped(e, "notify") {
			w.fail("%s by %s: it is not known that it %s", n.Template, n.Channel, e.Name)
		}
		if e.Name == events.Bounced && w.reader(e.Recipient).Suppressed == nil && !w.dropped(e, "customer") {
			w.fail("%s by %s came back, and who it was for is written to all the same", n.Template, n.Channel)
		}
	}
}

// dropped reports whether an event never came to a function.
func (w *World) dropped(e events.Event, to string) bool {
	return slices.ContainsFunc(w.Routes, func(r saga.Route) bool { return r.To == to && w.broken(link{r.Name, e.ID}) })
}
