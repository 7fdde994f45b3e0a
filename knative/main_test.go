package knative_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// read reads one file of manifests that must be right.
func read(tb testing.TB, yaml string) *knative.Manifests {
	tb.Helper()
	m, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(yaml)}})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// said is an event with its attributes as the pairs have them.
func said(id string, pairs ...string) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("/test")
	ce.SetType("test")
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "type" {
			ce.SetType(pairs[i+1])
			continue
		}
		ce.SetExtension(pairs[i], pairs[i+1])
	}
	return ce
}

// logbook keeps log lines, for looking at.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

// Write keeps a line.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}

// heard notes what functions hear.
type heard struct {
	mu  sync.Mutex
	all []event.Event
}

// nothing is a function that hears and says nothing.
func (h *heard) nothing(_ context.Context, ce event.Event) (*event.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, ce.Clone())
	return nil, nil
}

func (h *heard) ids() (ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, ce := range h.all {
		ids = append(ids, ce.ID())
	}
	return ids
}

// stage is a Runner over transports in memory.
type stage struct {
	*knative.Runner
	options    knative.Options
	tb         testing.TB
	transports map[string]*memory.History
	log        logbook
	stop       func()
}

// play runs the manifests with the functions until the test stops it.
func play(tb testing.TB, m *knative.Manifests, functions map[string]arrow.Receiver, change ...func(*knative.Options)) *stage {
	tb.Helper()
	s := &stage{tb: tb, transports: map[string]*memory.History{}}
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	o := knative.Options{Manifests: m, Transports: map[string]events.Transport{}, Functions: functions, Log: log}
	for _, b := range m.Brokers {
		s.transports[b.Name] = memory.NewHistory(log)
		o.Transports[b.Name] = s.transports[b.Name]
	}
	for _, f := range change {
		f(&o)
	}
	s.options = o
	var err error
	if s.Runner, err = knative.New(context.Background(), o); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	tb.Cleanup(func() {
		s.stop()
		for _, tr := range s.transports {
			if err := tr.Close(); err != nil {
				tb.Error(err)
			}
		}
	})
	return s
}

func (s *stage) publish(broker string, ces ...event.Event) {
	s.tb.Helper()
	if err := s.Publish(context.Background(), broker, ces...); err != nil {
		s.tb.Fatal(err)
	}
}

// letters lists a Broker's dead letters, as "id of subscription: reason".
func (s *stage) letters(broker string) (all []string) {
	s.tb.Helper()
	list, err := s.transports[broker].DeadLetters(context.Background())
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, l := range list {
		all = append(all, fmt.Sprintf("%s of %s: %s", l.Event.ID(), l.Subscription, l.Reason))
	}
	return all
}

// history lists what a Broker was given, by id.
func (s *stage) history(broker string) (ids []string) {
	s.tb.Helper()
	ces, _, err := s.transports[broker].Read(context.Background(), "", 1000)
	if err != nil {
		s.tb.Fatal(err)
	}
	for _, ce := range ces {
		ids = append(ids, ce.ID())
	}
	return ids
}

// broker is a Broker of a class, with delivery and what its class needs.
func broker(class, delivery string) string {
	config := map[string]string{
		"RabbitMQBroker": `
  config: {apiVersion: eventing.knative.dev/v1alpha1, kind: RabbitmqBrokerConfig, name: main}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: RabbitmqBrokerConfig
metadata: {name: main}
spec: {rabbitmqClusterReference: {name: rabbitmq}}`,
		"Kafka": "\n  config: {apiVersion: v1, kind: ConfigMap, name: kafka, namespace: knative-eventing}",
	}[class]
	return `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: dead}
spec: {topic: dead, bootstrapServers: [kafka]}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: main, annotations: {eventing.knative.dev/broker.class: ` + class + `}}
spec:
` + delivery + config
}

const toKafka = `
    deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}`

// delivery is a Broker's delivery, with a dead-letter sink.
func delivery(fields string) string { return "  delivery:\n    " + fields + toKafka }

// service is a Service that is the function of its name.
func service(name string) string {
	return `
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: ` + name + `}
spec: {template: {spec: {containers: [{image: i, env: [{name: FUNCTION_TARGET, value: ` + name + `}]}]}}}`
}

// to is a Trigger to a Service; more is further fields of its spec.
func to(name, service, filter, more string) string {
	return trigger(name, "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: "+service+"}", filter, more)
}

func trigger(name, subscriber, filter, more string) string {
	return `
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: ` + name + `}
spec:
  broker: main
  subscriber: {` + subscriber + `}
  ` + filter + `
  ` + more
}

// wants is a filter by exact attributes.
func wants(attributes string) string { return "filter: {attributes: {" + attributes + "}}" }

// annotated is a Trigger with an annotation.
func annotated(trigger, annotation string) string {
	return strings.Replace(trigger, "metadata: {", "metadata: {annotations: {"+annotation+"}, ", 1)
}
