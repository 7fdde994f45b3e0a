package events_test

import (
	"maps"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func TestFilter_Matches(t *testing.T) {
	ce := encode(t, full(t, events.PaymentSucceeded))
	odd := event.Event{Context: &event.EventContextV1{Extensions: map[string]any{"n": int32(1), "empty": ""}}}
	old := event.Event{Context: &event.EventContextV03{Extensions: map[string]any{"flow": "choreography"}}}
	for _, tt := range []struct {
		name   string
		event  event.Event
		filter events.Filter
		want   bool
	}{
		{"no filter wants everything", ce, nil, true},
		{"the empty filter wants everything", ce, events.Filter{}, true},
		{"a name is wanted", ce, events.Filter{"name": "payment.succeeded"}, true},
		{"another name is not", ce, events.Filter{"name": "payment.failed"}, false},
		{"half a name is not", ce, events.Filter{"name": "payment"}, false},
		{"a name in capitals is not", ce, events.Filter{"name": "Payment.Succeeded"}, false},
		{"all of the attributes must be so", ce, events.Filter{"kind": "fact", "saga": "step", "flow": "orchestration"}, true},
		{"one that differs is enough", ce, events.Filter{"kind": "fact", "saga": "step", "flow": "choreography"}, false},
		{"one that is absent is enough", ce, events.Filter{"kind": "fact", "to": "charge"}, false},
		{"absent is not empty", ce, events.Filter{"to": ""}, false},
		{"the type is an attribute", ce, events.Filter{"type": "tourbillon.payment.succeeded.v1"}, true},
		{"the source is an attribute", ce, events.Filter{"source": "/tourbillon/payment"}, true},
		{"the id is an attribute", ce, events.Filter{"id": ce.ID()}, true},
		{"the subject is an attribute", ce, events.Filter{"subject": "q7Xw2LrT9vKcMz4J"}, true},
		{"the data is not", ce, events.Filter{"status": "ON_HOLD"}, false},
		{"a subject that is absent is not empty", odd, events.Filter{"subject": ""}, false},
		{"an extension that is no string does not count", odd, events.Filter{"n": "1"}, false},
		{"an extension that is empty is there", odd, events.Filter{"empty": ""}, true},
		{"an event of an older specification has extensions too", old, events.Filter{"flow": "choreography"}, true},
		{"an event without anything has none", event.Event{}, events.Filter{"name": "x"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.filter.Matches(tt.event); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFilter_Clone(t *testing.T) {
	f := events.Filter{"kind": "fact"}
	c := f.Clone()
	c["kind"] = "command"
	if f["kind"] != "fact" {
		t.Error("changing the copy changed the filter")
	}
	if events.Filter(nil).Clone() != nil {
		t.Error("the copy of nothing is something")
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("name", "payment.succeeded", "kind", "fact")
	f.Add("type", "tourbillon.clock.tick.v1", "subject", "")
	f.Add("id", "", "source", "/x")
	f.Add("to", "", "", "")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		ext := map[string]any{"kind": "fact", "name": "payment.succeeded"}
		ext[k1] = v1
		ce := event.Event{Context: &event.EventContextV1{ID: v2, Type: v1, Subject: &k2, Extensions: ext}}
		one, two := events.Filter{k1: v1}, events.Filter{k2: v2}
		both := maps.Clone(one)
		maps.Copy(both, two)

		if k1 != k2 && both.Matches(ce) != (one.Matches(ce) && two.Matches(ce)) {
			t.Errorf("%v together does not want what each of its parts wants", both)
		}
		if both.Clone().Matches(ce) != both.Matches(ce) {
			t.Errorf("%v wants what its copy does not", both)
		}
		for key, want := range both {
			got, ok := events.Attribute(ce, key)
			if (events.Filter{key: got}).Matches(ce) != ok {
				t.Errorf("the event's own %s=%q is not wanted", key, got)
			}
			if ok && (events.Filter{key: got + "x"}).Matches(ce) {
				t.Errorf("%s=%q is wanted as %q", key, got, got+"x")
			}
			if both.Matches(ce) && got != want {
				t.Errorf("%v wants an event whose %s is %q", both, key, got)
			}
		}
	})
}
