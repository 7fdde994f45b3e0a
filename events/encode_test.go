package events_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// full is an event of the name with every attribute set and its example's data.
func full(t testing.TB, n events.Name) events.Event {
	t.Helper()
	spec, _ := events.Lookup(n)
	e, err := events.Decode(bare(n, spec.Version, example(t, n, spec.Version)))
	if err != nil {
		t.Fatal(err)
	}
	e.ID, e.Source, e.Subject = events.EffectID("test", string(n)), "/tourbillon/"+spec.Record, e.Data.ID
	e.Time = time.Date(2026, 5, 2, 8, 30, 0, 123456789, time.UTC)
	e.CausationID, e.Trace = "cause", trace
	if spec.Kind == events.Fact && spec.Record != "" {
		e.Record, e.RecordVersion = spec.Record, 7
	}
	return e
}

func encode(t testing.TB, e events.Event) event.Event {
	t.Helper()
	ce, err := events.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return ce
}

func decode(t testing.TB, ce event.Event) events.Event {
	t.Helper()
	e, err := events.Decode(ce)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEncode_RoundTrip(t *testing.T) {
	for _, s := range events.Vocabulary() {
		t.Run(string(s.Name)+" comes back as it was written", func(t *testing.T) {
			want := full(t, s.Name)
			ce := encode(t, want)
			if err := ce.Validate(); err != nil {
				t.Errorf("not a valid CloudEvent: %v", err)
			}
			if diff := cmp.Diff(want, decode(t, ce)); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
		})
	}
}

func TestEncode_Attributes(t *testing.T) {
	t.Run("a step of a booking has them all", func(t *testing.T) {
		ce := encode(t, full(t, events.SpotsReserved))
		want := map[string]any{
			"name": "tour.spots.reserved", "kind": "fact", "flow": "orchestration", "saga": "step",
			"record": "departure", "recordversion": "7", "correlationid": "q7Xw2LrT9vKcMz4J",
			"causationid": "cause", "partitionkey": "q7Xw2LrT9vKcMz4J", "traceparent": trace, "trace": trace,
		}
		if diff := cmp.Diff(want, ce.Extensions()); diff != "" {
			t.Errorf("extensions (-want +got):\n%s", diff)
		}
		got := []string{ce.Type(), ce.Source(), ce.Subject(), ce.DataContentType(), ce.DataSchema(), ce.SpecVersion()}
		wantCore := []string{
			"tourbillon.tour.spots.reserved.v1", "/tourbillon/departure", "q7Xw2LrT9vKcMz4J", "application/json",
			"urn:tourbillon:tour.spots.reserved:v1", "1.0",
		}
		if diff := cmp.Diff(wantCore, got); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
	})
	t.Run("a command has only what it needs", func(t *testing.T) {
		ce := encode(t, events.Event{ID: "1", Source: "/tourbillon/clock", Name: events.ClockTick, To: "clock"})
		want := map[string]any{"name": "clock.tick", "kind": "command", "to": "clock"}
		if diff := cmp.Diff(want, ce.Extensions()); diff != "" {
			t.Errorf("extensions (-want +got):\n%s", diff)
		}
		if ce.Subject() != "" {
			t.Errorf("subject %q, want none", ce.Subject())
		}
	})
	t.Run("an event without a time is written without one", func(t *testing.T) {
		ce := encode(t, events.Event{ID: "1", Source: "/tourbillon/clock", Name: events.ClockTick})
		if ctx := ce.Context.(*event.EventContextV1); ctx.Time != nil {
			t.Errorf("time %v, want none", ctx.Time)
		}
	})
}

// attributes are all attributes of a CloudEvent as they would travel.
func attributes(t testing.TB, ce event.Event) map[string]string {
	t.Helper()
	all := map[string]string{
		"id": ce.ID(), "source": ce.Source(), "type": ce.Type(), "subject": ce.Subject(),
		"datacontenttype": ce.DataContentType(), "dataschema": ce.DataSchema(), "time": types.FormatTime(ce.Time()),
	}
	for k, v := range ce.Extensions() {
		s, ok := v.(string)
		if !ok {
			t.Errorf("extension %s is a %T, want a string", k, v)
		}
		all[k] = s
	}
	return all
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func TestEncode_PrintableASCII(t *testing.T) {
	check := func(t *testing.T, ce event.Event) {
		t.Helper()
		for k, v := range attributes(t, ce) {
			if !printable(v) {
				t.Errorf("%s is %q", k, v)
			}
		}
	}
	for _, s := range events.Vocabulary() {
		t.Run(string(s.Name)+" has plain attributes", func(t *testing.T) { check(t, encode(t, full(t, s.Name))) })
	}
	t.Run("a stranger's id, trace and names are percent-encoded", func(t *testing.T) {
		e := full(t, events.BookingRequest)
		e.ID, e.Subject, e.Source = "réservation 1", "naïve", "/boutique/é"
		e.CausationID, e.Trace, e.Record = "ünder\r\nx: y", "00\n\xff", "récord"
		ce := encode(t, e)
		check(t, ce)
		if got, want := ce.ID(), "r%C3%A9servation%201"; got != want {
			t.Errorf("id %q, want %q", got, want)
		}
		if got, want := ce.Extensions()["causationid"], "%C3%BCnder%0D%0Ax:%20y"; got != want {
			t.Errorf("causationid %q, want %q", got, want)
		}
	})
}

// CloudEvents wants names of lower-case letters and digits, of 20 at most, and
// keeps "data" for itself.
func TestEncode_AttributeNames(t *testing.T) {
	good := regexp.MustCompile(`^[a-z0-9]{1,20}$`)
	for _, s := range events.Vocabulary() {
		for name := range encode(t, full(t, s.Name)).Extensions() {
			if !good.MatchString(name) || name == "data" {
				t.Errorf("%s has the attribute %q", s.Name, name)
			}
		}
	}
}

func TestEncode_Errors(t *testing.T) {
	t.Run("a name that is not of the vocabulary is unknown", func(t *testing.T) {
		_, err := events.Encode(events.Event{ID: "1", Source: "/x", Name: "booking.made"})
		if !errors.Is(err, events.ErrUnknown) {
			t.Errorf("got %v, want ErrUnknown", err)
		}
	})
	for _, source := range []string{"", "http://[", "%zz"} {
		t.Run("the source "+source+" is an error, not a panic", func(t *testing.T) {
			if _, err := events.Encode(events.Event{ID: "1", Source: source, Name: events.ClockTick}); err == nil {
				t.Error("got no error")
			}
		})
	}
	t.Run("a time that JSON cannot hold is an error", func(t *testing.T) {
		e := events.Event{ID: "1", Source: "/x", Name: events.BookingCreated}
		e.ExpiresAt = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
		if _, err := events.Encode(e); err == nil || !strings.HasPrefix(err.Error(), "encode booking.created: ") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDecode_Attributes(t *testing.T) {
	tick := func(set func(*event.EventContextV1)) event.Event {
		ctx := &event.EventContextV1{ID: "1", Source: *types.ParseURIRef("/x"), Type: "tourbillon.clock.tick.v1"}
		set(ctx)
		return event.Event{Context: ctx, DataEncoded: []byte("{}")}
	}
	at := time.Date(2026, 6, 14, 9, 0, 0, 0, time.FixedZone("", 2*60*60))
	for _, tt := range []struct {
		name string
		set  func(*event.EventContextV1)
		want events.Event
	}{
		{"a time is read as UTC", func(c *event.EventContextV1) { c.Time = &types.Timestamp{Time: at} },
			events.Event{Time: at.UTC()}},
		{"a time in year 1 counts as absent", func(c *event.EventContextV1) {
			c.Time = &types.Timestamp{Time: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)}
		}, events.Event{}},
		{"no time is no time", func(*event.EventContextV1) {}, events.Event{}},
		{"traceparent is the trace", func(c *event.EventContextV1) {
			c.Extensions = map[string]any{"traceparent": trace, "trace": "old"}
		}, events.Event{Trace: trace}},
		{"where traceparent was stripped, trace stands in", func(c *event.EventContextV1) {
			c.Extensions = map[string]any{"trace": trace}
		}, events.Event{Trace: trace}},
		{"a recordversion that is no number is none", func(c *event.EventContextV1) {
			c.Extensions = map[string]any{"record": "booking", "recordversion": "seven"}
		}, events.Event{Record: "booking"}},
		{"extensions of another type are passed over", func(c *event.EventContextV1) {
			c.Extensions = map[string]any{"record": int32(1), "causationid": true, "traceparent": []byte("x")}
		}, events.Event{}},
		{"to and step are the vocabulary's, whatever the event says", func(c *event.EventContextV1) {
			c.Extensions = map[string]any{"to": "charge", "saga": "step", "kind": "fact"}
		}, events.Event{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			want.ID, want.Source, want.Name, want.To = "1", "/x", events.ClockTick, "clock"
			got := decode(t, tick(tt.set))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Time.Location() != time.UTC {
				t.Errorf("time is in %v, want UTC", got.Time.Location())
			}
		})
	}
}

// unknown are types that are none of ours.
var unknown = map[string]string{
	"nothing":                         "",
	"somebody else's event":           "com.example.booking.created.v1",
	"a name without our prefix":       "booking.created.v1",
	"a name without a version":        "tourbillon.booking.created",
	"an unknown name":                 "tourbillon.booking.made.v1",
	"an empty name":                   "tourbillon..v1",
	"a version that is newer":         "tourbillon.booking.created.v2",
	"version 0":                       "tourbillon.booking.created.v0",
	"a negative version":              "tourbillon.booking.created.v-1",
	"a version with a leading zero":   "tourbillon.booking.created.v01",
	"a version with a sign":           "tourbillon.booking.created.v+1",
	"a version that is no number":     "tourbillon.booking.created.vx",
	"a version that does not fit":     "tourbillon.booking.created.v99999999999999999999",
	"capital letters":                 "tourbillon.Booking.created.v1",
	"something after the version":     "tourbillon.booking.created.v1.",
	"a type that ends in the version": "tourbillon.booking.created.v",
}

func TestParseType(t *testing.T) {
	ever(func(n events.Name, v int, _ string) {
		name, version, err := events.ParseType(n.Type(v))
		if name != n || version != v || err != nil {
			t.Errorf("ParseType(%q) = %q, %d, %v", n.Type(v), name, version, err)
		}
	})
	t.Run("a PingSource's event is a tick of the clock", func(t *testing.T) {
		if n, v, err := events.ParseType("dev.knative.sources.ping"); n != events.ClockTick || v != 1 || err != nil {
			t.Errorf("got %q, %d, %v", n, v, err)
		}
	})
	for name, typ := range unknown {
		t.Run(name+" is unknown", func(t *testing.T) {
			if n, v, err := events.ParseType(typ); !errors.Is(err, events.ErrUnknown) || n != "" || v != 0 {
				t.Errorf("ParseType(%q) = %q, %d, %v", typ, n, v, err)
			}
			if _, err := events.Decode(bareType(typ)); !errors.Is(err, events.ErrUnknown) {
				t.Errorf("Decode: %v", err)
			}
		})
	}
}

func bareType(typ string) event.Event {
	return event.Event{Context: &event.EventContextV1{Type: typ}, DataEncoded: []byte("{}")}
}
