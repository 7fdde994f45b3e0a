package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// ErrUnknown is a type that is not of the vocabulary, or a version of it that
// is newer than ours.
var ErrUnknown = errors.New("unknown event type")

// Type returns a name's CloudEvents type, as tourbillon.booking.created.v1.
func (n Name) Type(version int) string {
	return "tourbillon." + string(n) + ".v" + strconv.Itoa(version)
}

// Ping is the type that a Knative PingSource gives its events, whatever it
// overrides besides: here it is a tick of the clock.
const Ping = "dev.knative.sources.ping"

// ParseType takes a CloudEvents type apart; [Ping] is the clock's tick. It
// answers [ErrUnknown] where the vocabulary has no such name, or not that
// version of it.
func ParseType(t string) (Name, int, error) {
	if t == Ping {
		return ClockTick, 1, nil
	}
	rest, ours := strings.CutPrefix(t, "tourbillon.")
	i := strings.LastIndex(rest, ".v")
	if !ours || i < 0 {
		return "", 0, fmt.Errorf("%w %q", ErrUnknown, t)
	}
	name := Name(rest[:i])
	v, err := strconv.Atoi(rest[i+2:])
	spec, ok := byName[name]
	if err != nil || !ok || v < 1 || v > spec.Version || name.Type(v) != t {
		return "", 0, fmt.Errorf("%w %q", ErrUnknown, t)
	}
	return name, v, nil
}

// Encode writes the event as a CloudEvent of its newest version, every
// attribute in printable ASCII. It fails only on a name that is not of the
// vocabulary, a source that is no URI reference, or data that JSON cannot hold.
func Encode(e Event) (event.Event, error) {
	spec, ok := byName[e.Name]
	if !ok {
		return event.Event{}, fmt.Errorf("%w %q", ErrUnknown, e.Name)
	}
	from, ok := speakers[e.Source]
	if !ok {
		if from = types.ParseURIRef(e.Source); from == nil {
			return event.Event{}, fmt.Errorf("encode %s: source %q is not a URI reference", e.Name, e.Source)
		}
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return event.Event{}, fmt.Errorf("encode %s: %w", e.Name, err)
	}
	ctx := &event.EventContextV1{
		ID: ascii(e.ID), Type: spec.newest, Source: *from, Extensions: extensions(&e, spec),
		DataSchema: spec.schema, DataContentType: new("application/json"),
	}
	if !e.Time.IsZero() {
		ctx.Time = &types.Timestamp{Time: e.Time}
	}
	if e.Subject != "" {
		ctx.Subject = new(ascii(e.Subject))
	}
	return event.Event{Context: ctx, DataEncoded: data}, nil
}

// extensions are the attributes of ours.
func extensions(e *Event, spec written) map[string]any {
	ext := make(map[string]any, 12)
	put := func(value string, keys ...string) {
		if value == "" {
			return
		}
		v, ok := words[value]
		if !ok {
			v = ascii(value)
		}
		for _, key := range keys {
			ext[key] = v
		}
	}
	put(string(e.Name), "name")
	put(string(spec.Kind), "kind")
	put(e.To, "to")
	put(string(e.Flow), "flow")
	if e.Step {
		put("step", "saga")
	}
	if put(e.Record, "record"); e.Record != "" {
		put(strconv.FormatUint(e.RecordVersion, 10), "recordversion")
	}
	put(e.CausationID, "causationid")
	if e.Data.ID == e.Subject {
		put(e.Subject, "correlationid", "partitionkey")
	} else {
		put(e.Data.ID, "correlationid")
		put(e.Subject, "partitionkey")
	}
	put(e.Trace, "traceparent", "trace") // Knative's RabbitMQ broker strips traceparent
	return ext
}

// ascii percent-encodes whatever is not printable ASCII. Ours all is; an id or
// a trace that a stranger chose need not be, and could not travel in a header.
func ascii(s string) string {
	odd := 0
	for odd < len(s) && s[odd] > ' ' && s[odd] <= '~' {
		odd++
	}
	if odd == len(s) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if c > ' ' && c <= '~' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Decode reads a CloudEvent of the vocabulary: it checks the data against the
// schema of its version, once, and brings an older version up to the newest.
// Its errors ([ErrUnknown], *[SchemaError]) are final: asked again it fails
// again.
func Decode(ce event.Event) (Event, error) {
	name, version, err := ParseType(ce.Type())
	if err != nil {
		return Event{}, err
	}
	data, err := read(name, version, ce)
	if err != nil {
		return Event{}, err
	}
	e := Event{
		ID: ce.ID(), Source: Source(ce), Subject: ce.Subject(), Name: name, Time: when(ce.Time()),
		To: byName[name].To, Data: data,
	}
	e.Step = byName[name].Step
	if byName[name].Aside {
		step, _ := Attribute(ce, "saga")
		e.Step = step == "step"
	}
	e.Record, _ = Attribute(ce, "record")
	e.CausationID, _ = Attribute(ce, "causationid")
	if v, ok := Attribute(ce, "recordversion"); ok {
		e.RecordVersion, _ = strconv.ParseUint(v, 10, 64)
	}
	e.Trace = Trace(ce)
	return e, nil
}

// Source returns an event's source as it is written. Who speaks most often is
// one of ours, whose source is a path and nothing else.
func Source(ce event.Event) string {
	if v1, ok := ce.Context.(*event.EventContextV1); ok {
		path := v1.Source.Path
		if ours := speakers[path]; ours != nil && v1.Source.URL == ours.URL {
			return path
		}
	}
	return ce.Source()
}

// Trace returns an event's W3C traceparent, or its copy where a broker strips
// that, or "".
func Trace(ce event.Event) string {
	t, _ := Attribute(ce, "traceparent")
	if t == "" {
		t, _ = Attribute(ce, "trace")
	}
	return t
}

// when reads a CloudEvent's time; year 1 counts as absent, for one broker
// makes it up where there was none.
func when(t time.Time) time.Time {
	if t.Year() <= 1 {
		return time.Time{}
	}
	return t.UTC()
}
