package knative_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// archive is a Broker beside main, and the Trigger that hands facts on to it.
const archive = `
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: archive}
spec: {}`

func handOn(name, wanted string) string {
	return trigger(name, "ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: archive}", wanted, "")
}

// ofArchive is a Trigger of the Broker archive.
func ofArchive(wanted string) string {
	return strings.Replace(to("listen", "a", wanted, ""), "broker: main", "broker: archive", 1)
}

// oneTransport has all Brokers share one.
func oneTransport(o *knative.Options) {
	one := memory.New(o.Log)
	for name := range o.Transports {
		o.Transports[name] = one
	}
}

func TestRunner_SharedTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := new(heard)
		m := read(t, broker("Kafka", delivery("retry: 1"))+archive+handOn("keep", wants("kind: fact"))+service("a")+ofArchive(wants("kind: fact")))
		var one events.Transport
		s := play(t, m, map[string]arrow.Receiver{"a": h.nothing}, oneTransport, func(o *knative.Options) { one = o.Transports["main"] })
		s.publish("main", said("1", "kind", "fact"), said("2"))
		synctest.Wait()
		s.stop()
		if got := h.ids(); !slices.Equal(got, []string{"1"}) {
			t.Errorf("what listens to the archive heard %q; want each fact once", got)
		}
		if err := one.Consume(t.Context(), "keep", nil); err == nil || !strings.Contains(err.Error(), "not declared") {
			t.Errorf("what would hand on is there: %v", err)
		}
		if err := one.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestNew_RefusesToShare(t *testing.T) {
	all := broker("Kafka", delivery("retry: 1")) + archive + service("a")
	facts := wants("kind: fact")
	for says, c := range map[string]struct{ yaml, want string }{
		"Brokers of which neither hands on":    {all, "no Trigger hands events"},
		"what two Triggers hand on":            {all + handOn("keep", facts) + handOn("too", wants("kind: command")), "Trigger too hands events on"},
		"a Trigger that would hear more":       {all + handOn("keep", facts) + ofArchive(wants("name: x")), "does not filter by kind fact"},
		"a Broker with a source of its own":    {all + handOn("keep", facts) + pingTo("archive"), "PingSource tick sends to Broker archive"},
		"a Broker that a Service publishes to": {all + handOn("keep", facts) + bound("a", "archive"), "Service a publishes to Broker archive"},
		"a Broker that dead letters go to": {
			all + handOn("keep", facts) + to("fails", "a", facts, deadToArchive), "Trigger fails gives dead letters to Broker archive",
		},
		"what a filter of more than attributes": {all + handOn("keep", "filters: [{prefix: {type: a}}]"), "not all of what its attributes match"},
	} {
		t.Run("it refuses "+says, func(t *testing.T) {
			o := knative.Options{
				Manifests: read(t, c.yaml), Transports: map[string]events.Transport{"main": nil, "archive": nil},
				Functions: map[string]arrow.Receiver{"a": answers("2")},
			}
			oneTransport(&o)
			if _, err := knative.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something of %q", err, c.want)
			}
		})
	}
}

const deadToArchive = "delivery: {deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: archive}}}"

func pingTo(broker string) string {
	return `
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: ` + broker + `}}`
}

func bound(service, broker string) string {
	return `
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: ` + service + `}
spec:
  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: ` + service + `}
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: ` + broker + `}}`
}
