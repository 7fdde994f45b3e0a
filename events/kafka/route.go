package kafka

import (
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// The topics, without their prefix.
const (
	bookings      = "bookings"      // facts of booking and intake records, and facts that fit nowhere else
	payments      = "payments"      // facts of payment records
	tours         = "tours"         // facts of tours and departures
	notifications = "notifications" // facts of messages and customers
	sagas         = "sagas"         // facts of the keeper and of operators
	commands      = "commands"      // commands, and all that is no fact: what outsiders say
	deadLetters   = "dead-letters"  // what was given up, of one broker or several
	retries       = "retries"       // what was put off, of every subscription
)

// history are the topics that hold facts.
var history = []string{bookings, payments, tours, notifications, sagas}

// traffic are the topics that events are published to.
var traffic = append(slices.Clone(history), commands)

// ofRecord is where the facts of a kind of record are.
var ofRecord = map[string]string{
	"booking": bookings, "intake": bookings, "payment": payments, "tour": tours, "departure": tours,
	"notification": notifications, "customer": notifications, "saga": sagas,
}

// ofWord is where the facts are whose name begins with a word, where no record
// spoke.
var ofWord = map[string]string{
	"booking": bookings, "payment": payments, "tour": tours, "notification": notifications, "customer": notifications,
	"saga": sagas, "operator": sagas,
}

// ofName is where the names of the vocabulary are.
var ofName = func() map[string]string {
	m := make(map[string]string)
	for _, spec := range events.Vocabulary() {
		m[string(spec.Name)] = home(spec)
	}
	return m
}()

func home(spec events.Spec) string {
	if spec.Kind == events.Command {
		return commands
	}
	if topic, ok := ofRecord[spec.Record]; ok && spec.Name != events.OperatorIntervened {
		return topic
	}
	word, _, _ := strings.Cut(string(spec.Name), ".")
	return ofWord[word]
}

// route returns the topics that an event is written to: everywhere where
// somebody who knows its kind, its name or its record alone would look for it.
// With events that the vocabulary agrees with that is one topic. Where they
// say nothing, a fact goes to bookings and all else to commands.
func route(ce event.Event) []string {
	var all [3]string
	to := all[:0]
	add := func(topic string) {
		if topic != "" && !slices.Contains(to, topic) {
			to = append(to, topic)
		}
	}
	kind, _ := events.Attribute(ce, "kind")
	name, _ := events.Attribute(ce, "name")
	record, _ := events.Attribute(ce, "record")
	if kind == string(events.Command) {
		add(commands)
	}
	add(ofName[name])
	add(ofRecord[record])
	if kind == string(events.Fact) && (len(to) == 0 || len(to) == 1 && to[0] == commands) {
		add(bookings)
	}
	if len(to) == 0 {
		add(commands)
	}
	return to
}

// topicsOf returns the topics where all that a filter wants is found.
func topicsOf(f events.Filter) []string {
	if f["kind"] == string(events.Command) {
		return []string{commands}
	}
	if topic := ofName[f["name"]]; topic != "" {
		return []string{topic}
	}
	if topic := ofRecord[f["record"]]; topic != "" {
		return []string{topic}
	}
	if f["kind"] == string(events.Fact) {
		return history
	}
	return traffic
}

// keyOf is what keeps events in order.
func keyOf(ce event.Event) string {
	for _, attribute := range []string{"partitionkey", "subject"} {
		if key, _ := events.Attribute(ce, attribute); key != "" {
			return key
		}
	}
	return ce.ID()
}
