package knative_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// TestTrigger_Filter holds what each filter lets through, and that a transport
// is told as much of it as is sound.
func TestTrigger_Filter(t *testing.T) {
	all := []event.Event{
		said("1", "type", "tour.booked", "flow", "fast"),
		said("2", "type", "tour.paid", "flow", "slow"),
		said("3", "type", "car.paid"),
		said("4", "type", "tour.paid", "flow", "fast", "kind", "fact"),
	}
	all[2].SetDataSchema("urn:a")
	all[3].SetDataContentType("text/plain")
	for _, c := range []struct {
		says, class, filter string
		told                events.Filter
		want                []string
	}{
		{"no filter lets all through", "Kafka", "", nil, []string{"1", "2", "3", "4"}},
		{"an empty filter lets all through", "RabbitMQBroker", "filter: {attributes: {}}", nil, []string{"1", "2", "3", "4"}},
		{"attributes are compared exactly", "RabbitMQBroker", wants("type: tour.paid, flow: fast"), events.Filter{"type": "tour.paid", "flow": "fast"}, []string{"4"}},
		{"what a transport does not know is compared too", "Kafka", wants("dataschema: 'urn:a', specversion: '1.0'"), nil, []string{"3"}},
		{"an empty value is any value that is not empty", "Kafka", wants("type: tour.paid, kind: ''"), events.Filter{"type": "tour.paid"}, []string{"4"}},
		{"even of what a transport does not know", "MTChannelBasedBroker", wants("datacontenttype: ''"), nil, []string{"4"}},
		{"exact", "Kafka", "filters: [{exact: {type: tour.paid}}]", events.Filter{"type": "tour.paid"}, []string{"2", "4"}},
		{"prefix", "Kafka", "filters: [{prefix: {type: tour.}}]", nil, []string{"1", "2", "4"}},
		{"suffix", "Kafka", "filters: [{suffix: {type: .paid, flow: w}}]", nil, []string{"2"}},
		{"any", "Kafka", "filters: [{any: [{exact: {flow: slow}}, {prefix: {type: car}}]}]", nil, []string{"2", "3"}},
		{"all, as far as it is exact", "Kafka", "filters: [{all: [{exact: {type: tour.paid}}, {suffix: {flow: t}}]}]", events.Filter{"type": "tour.paid"}, []string{"4"}},
		{"all, inside of any", "Kafka", "filters: [{any: [{all: [{exact: {flow: slow}}, {exact: {type: tour.paid}}]}]}]", nil, []string{"2"}},
		{"not", "MTChannelBasedBroker", "filters: [{not: {exact: {flow: fast}}}]", nil, []string{"2", "3"}},
		{"a list is a conjunction", "Kafka", "filters: [{exact: {flow: fast}}, {not: {exact: {kind: fact}}}]", events.Filter{"flow": "fast"}, []string{"1"}},
		{"two values of one attribute are none", "Kafka", "filters: [{exact: {flow: fast}}, {exact: {flow: slow}}]", events.Filter{"flow": "fast"}, nil},
		{"filters replace filter", "Kafka", wants("type: nothing") + "\n  filters: [{exact: {flow: slow}}]", events.Filter{"flow": "slow"}, []string{"2"}},
		{"an empty list does not", "Kafka", wants("flow: slow") + "\n  filters: []", events.Filter{"flow": "slow"}, []string{"2"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := read(t, broker(c.class, delivery("retry: 1"))+service("a")+to("t", "a", c.filter, ""))
				if got := m.Triggers[0].Filter; len(got)+len(c.told) > 0 && !cmp.Equal(got, c.told) {
					t.Errorf("the transport is told %v, want %v", got, c.told)
				}
				var h heard
				s := play(t, m, map[string]arrow.Receiver{"a": h.nothing})
				s.publish("main", all...)
				synctest.Wait()
				if got := slices.Sorted(slices.Values(h.ids())); !slices.Equal(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
				s.stop()
			})
		})
	}
}
