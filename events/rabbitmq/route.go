package rabbitmq

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// Routing keys are of words with dots between them, and of 255 bytes at most.
const (
	absent   = "-"       // the word of an attribute that an event lacks
	anything = "*"       // one word, whichever; among commands the key that all of them have
	rest     = "#"       // any number of words
	ofName   = "name="   // before the key that a command has for its name
	ofType   = "type="   // before the key that an event has for its type
	ofKind   = "kind="   // and for its kind
	longest  = 255       // bytes of a short string
	longWord = 60        // bytes of a word that is kept as it is
	longName = 130       // and of a name
	hashed   = "sha256~" // before the hash that stands for what is too long
)

// binding is one way for events into a queue.
type binding struct {
	commands bool // from the exchange of commands, not from that of all else
	key      string
}

// address is where an event is published to: an exchange, its routing key, and
// the further keys, none of which a pattern with a dot matches.
type address struct {
	commands bool
	key      string
	more     []any
}

// addressOf returns where an event goes. A command goes by the function that
// it is for; all else by flow, saga and name, or where it has no name its type.
func addressOf(ce event.Event) address {
	name, named := events.Attribute(ce, "name")
	typed := ofType + one(ce.Type())
	kind, kinded := events.Attribute(ce, "kind")
	if kind == string(events.Command) {
		a := address{commands: true, key: wordOf(ce, "to"), more: []any{anything, typed}}
		if named {
			a.more = append(a.more, ofName+one(name))
		}
		return a
	}
	if !named {
		name = ce.Type()
	}
	a := address{key: wordOf(ce, "flow") + "." + wordOf(ce, "saga") + "." + words(name), more: []any{typed}}
	if kinded {
		a.more = append(a.more, ofKind+one(kind))
	}
	return a
}

func (a address) publishing(msg amqp.Publishing) amqp.Publishing {
	msg.Headers[headerBCC] = a.more
	return msg
}

// bindings returns how the events that match a filter get into its queue.
// Others may come too: whoever consumes compares.
func bindings(f events.Filter) (all []binding) {
	kind, kinded := f["kind"]
	if !kinded || kind != string(events.Command) {
		for _, key := range factKeys(f) {
			all = append(all, binding{false, key})
		}
	}
	if !kinded || kind == string(events.Command) {
		all = append(all, binding{true, commandKey(f)})
	}
	return all
}

func commandKey(f events.Filter) string {
	if to, ok := f["to"]; ok {
		return word(to)
	}
	if name, ok := f["name"]; ok {
		return ofName + one(name)
	}
	if typ, ok := f["type"]; ok {
		return ofType + one(typ)
	}
	return anything
}

// factKeys returns the one key, but for a type: strangers, who write no further
// keys, publish by the type where a name would be.
func factKeys(f events.Filter) []string {
	name, named := f["name"]
	typ, typed := f["type"]
	kind, kinded := f["kind"]
	flow, saga := patternOf(f, "flow"), patternOf(f, "saga")
	switch {
	case named:
		return []string{flow + "." + saga + "." + words(name)}
	case typed:
		return []string{ofType + one(typ), flow + "." + saga + "." + words(typ)}
	case flow != anything, saga != anything:
		return []string{flow + "." + saga + "." + rest}
	case kinded:
		return []string{ofKind + one(kind)}
	}
	return []string{rest}
}

func patternOf(f events.Filter, attribute string) string {
	if value, ok := f[attribute]; ok {
		return word(value)
	}
	return anything
}

func wordOf(ce event.Event, attribute string) string {
	s, ok := events.Attribute(ce, attribute)
	if !ok {
		return absent
	}
	return word(s)
}

// word makes a value one word that is neither absent nor a wildcard, and no
// other value's.
func word(s string) string { return fit(escape(s, false), s, longWord) }

// words keeps the dots between a name's words.
func words(s string) string { return fit(escape(s, true), s, longName) }

// one makes a name one word.
func one(s string) string { return fit(escape(s, false), s, longName) }

func fit(escaped, s string, most int) string {
	if len(escaped) > most {
		return hash(s)
	}
	return escaped
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hashed + hex.EncodeToString(sum[:16])
}

// escape writes whatever is not a letter, a digit or _ as ~ and two digits;
// hyphens stay where they cannot be taken for an absence, and dots where they
// are wanted. The empty value is a lone ~.
func escape(s string, dots bool) string {
	if s == "" {
		return "~"
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-' && len(s) > 1, c == '.' && dots:
			b.WriteByte(c)
		default:
			b.Write([]byte{'~', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// tell writes a filter for people, short enough for a routing key. It is kept
// with the queue, so that the server finds out when another wants to change it.
func tell(f events.Filter) string {
	if len(f) == 0 {
		return "everything"
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		parts = append(parts, escape(key, true)+"="+escape(f[key], true))
	}
	s := strings.Join(parts, ",")
	if len(s) > longest {
		return s[:longest-longWord] + "~" + hash(s)
	}
	return s
}

// clip makes s a short string, for properties that nothing goes by.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), longest)], "")
}
