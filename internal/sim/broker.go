package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// message is one event on its way to one route's function.
type message struct {
	route saga.Route
	ce    event.Event
	ready time.Time
	tries int
}

// Tries is how often the simulated broker delivers before it gives an event up.
const Tries = 12

// link is an event on one route.
type link struct{ route, event string }

// broken reports whether an event never came to where a route leads.
func (w *World) broken(l link) bool { return w.lost[l] && !w.handled[l] }

// publish is the broker: it has the event, safely, for every route that
// matches. Duplicates and losses are what it does to single deliveries.
func (w *World) publish(by string, ce event.Event) {
	w.said = append(w.said, ce)
	w.witness(by, ce)
	for _, r := range w.Routes {
		if !r.Filter.Matches(ce) {
			continue
		}
		if w.chance(w.Faults.Loss) {
			w.logf("LOST %s on its way to %s", name(ce), r.To)
			w.lost[link{r.Name, ce.ID()}] = true
			continue
		}
		w.queue = append(w.queue, &message{route: r, ce: ce, ready: w.now.Add(w.delay())})
		if w.chance(w.Faults.Duplicate) {
			w.queue = append(w.queue, &message{route: r, ce: ce, ready: w.now.Add(w.delay())})
		}
	}
}

// again puts a message back after a failure, with backoff, or gives it up.
func (w *World) again(m *message) {
	m.tries++
	if m.tries >= Tries {
		w.logf("DEAD LETTER %s for %s", name(m.ce), m.route.To)
		w.lost[link{m.route.Name, m.ce.ID()}] = true
		return
	}
	m.ready = w.now.Add(min(time.Second<<m.tries, 30*time.Second))
	w.queue = append(w.queue, m)
}

// land takes what a flight ended with.
func (w *World) land(f *flight) {
	f.replica.flight = nil
	switch code, _ := arrow.Status(f.err); {
	case f.given:
		w.logf("%-12s is done with %s, and nobody listens", f.to, name(f.in.ce))
	case f.err != nil && f.client != nil:
		w.logf("door refuses %s: %v", f.client.ID, f.err)
		f.client.dropped(w)
	case code == 500:
		w.fail("%s could not handle %s at all: %v", f.to, name(f.in.ce), f.err)
	case f.err != nil:
		w.logf("%s heard %s: %v", f.to, name(f.in.ce), f.err)
		w.again(f.in)
	default:
		w.tell(f)
		w.handled[link{f.in.route.Name, f.in.ce.ID()}] = true
		if f.reply != nil {
			w.publish(f.to, *f.reply)
		}
		if f.client != nil {
			f.client.accepted = true
		} else if w.chance(w.Faults.LostReply) {
			w.logf("LOST the acknowledgement of %s by %s", name(f.in.ce), f.to)
			w.again(f.in)
		}
	}
}

func (w *World) tell(f *flight) {
	if w.Log == nil || f.in.ce.Type() == events.ClockTick.Type(1) {
		return
	}
	if f.reply == nil {
		w.logf("%-12s hears %-24s", f.to, name(f.in.ce))
		return
	}
	w.logf("%-12s hears %-24s says %s", f.to, name(f.in.ce), describe(*f.reply))
}

func describe(ce event.Event) string {
	e, err := events.Decode(ce)
	if err != nil {
		return err.Error()
	}
	s := string(e.Name)
	if e.Template != "" {
		s += " of " + e.Template
	}
	if e.Reason != "" {
		s += " (" + string(e.Reason) + ")"
	}
	if e.Amount != nil {
		s += " " + e.Amount.String()
	}
	return s
}

func name(ce event.Event) events.Name {
	n, _, err := events.ParseType(ce.Type())
	if err != nil {
		return events.Name(ce.Type())
	}
	return n
}

// replayer is who says again what another said.
const replayer = "somebody"

// witness holds what is said against what was said before: the same fact is
// the same, word for word, whoever asked for it; no version is two facts; it is
// said by who may say it; and
// what is published passes its schema and holds nobody's address.
func (w *World) witness(by string, ce event.Event) {
	e, err := events.Decode(ce)
	if err != nil {
		w.fail("%s said what nobody can hear: %v", by, err)
		return
	}
	w.heard = append(w.heard, e)
	if e.Name == events.SagaStuck && by == "saga" {
		w.calls(e)
	}
	spec, _ := events.Lookup(e.Name)
	if spec.Kind == events.Command {
		if by == "saga" {
			w.remind(e)
		}
		return
	}
	if said := strings.Split(spec.Says, ", "); by != replayer && !slices.Contains(said, by) {
		w.fail("%s says %s, which by the vocabulary only %s may say", by, e.Name, spec.Says)
	}
	content := fmt.Sprint(ce.Source(), " ", ce.Type(), " ", ce.Subject(), " ", ce.Time(), " ",
		e.Flow, " ", e.Step, " ", e.Record, " ", e.RecordVersion, " ", string(ce.Data()))
	if before, ok := w.facts[ce.ID()]; ok && before != content {
		w.fail("fact %s was said in two ways:\n  %s\n  %s", e.Name, before, content)
	}
	w.facts[ce.ID()] = content
	if e.Record == "" {
		return
	}
	version := fmt.Sprint(e.Record, " ", recordOf(e), " ", e.RecordVersion)
	if id, ok := w.versions[version]; ok && id != ce.ID() {
		w.fail("version %s is two facts", version)
	}
	w.versions[version] = ce.ID()
}

// recordOf is the id of the record that a fact is about.
func recordOf(e events.Event) string {
	switch e.Record {
	case "departure":
		return e.DepartureID
	case "notification":
		return e.Data.ID + e.DepartureID + e.Occurrence + e.Template + e.Channel + e.Recipient
	}
	return e.Subject
}

// remind notes what the keeper says in a choreographed booking: without a loss
// there is nothing to remind of.
func (w *World) remind(e events.Event) {
	if e.Flow == booking.Choreography {
		w.reminded = append(w.reminded, string(e.Name))
	}
}
