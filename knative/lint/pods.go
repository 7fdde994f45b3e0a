package lint

import (
	"strconv"
	"strings"
)

// manyPods is how many dispatchers of one Broker are worth a word.
const manyPods = 10

var podRules = []Rule{
	{
		Name: "rabbitmq-own-dead-letter-dispatcher", Severity: Warning,
		About:  "a Trigger of a RabbitMQBroker that repeats its Broker's dead-letter sink",
		Why:    "A Trigger with a dead-letter sink of its own is two pods: one dispatcher for its queue, one for its dead letters. The Broker's serves all Triggers with one.",
		Source: "eventing-rabbitmq pkg/reconciler/trigger",
		check:  ownDead,
	},
	{
		Name: "rabbitmq-many-dispatchers", Severity: Warning,
		About:  "many Triggers of a RabbitMQBroker with dead-letter sinks of their own",
		Why:    "Each of them is two pods that do not scale to zero.",
		Source: "eventing-rabbitmq pkg/reconciler/trigger",
		check:  manyDispatchers,
	},
	{
		Name: "rabbitmq-dispatcher-requests", Severity: Warning,
		About:  "many Triggers of a RabbitMQBroker that do not say what their dispatchers need",
		Why:    "Each dispatcher is a pod that does not scale to zero, and asks for 50m and 64Mi where nothing is said: the sum decides whether they are scheduled.",
		Source: "eventing-rabbitmq pkg/reconciler/trigger/resources/dispatcher.go",
		check:  dispatcherRequests,
	},
	{
		Name: "kafka-dispatcher-requests", Severity: Warning,
		About:  "a kafka-broker-dispatcher that asks for a whole CPU",
		Why:    "On a small node it is Pending for ever, and no Trigger of any Kafka Broker is called.",
		Source: "knative/eventing#8593",
		check:  kafkaDispatcher,
	},
}

// own reports whether a Trigger has a dead-letter sink of its own.
func own(t *object) field { return t.at("spec", "delivery", "deadLetterSink") }

func ownDead(p *pass) {
	p.triggers(func(t, b *object) {
		if isRabbit(b) && same(t, own(t), b, b.at("spec", "delivery", "deadLetterSink")) {
			p.report(t, own(t), "leave the Trigger's delivery out, and have the Broker's count", "its deadLetterSink is that of %v, with a pod of its own", b)
		}
	})
}

func manyDispatchers(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		many := 0
		for _, t := range p.triggersOf(b) {
			if own(t).is() {
				many++
			}
		}
		if isRabbit(b) && many >= manyPods {
			p.report(b, b.at("spec"), "give the Broker a deadLetterSink, and the Triggers none", "%d of its Triggers have a deadLetterSink of their own", many)
		}
	}
}

func dispatcherRequests(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		silent := 0
		for _, t := range p.triggersOf(b) {
			says := metaAnnotation(t, "rabbitmq.eventing.knative.dev/cpu-request").is() && metaAnnotation(t, "rabbitmq.eventing.knative.dev/memory-request").is()
			if !says {
				silent++
			}
		}
		if isRabbit(b) && silent >= manyPods {
			p.report(b, b.at("spec"), "annotate each Trigger with rabbitmq.eventing.knative.dev/cpu-request and .../memory-request",
				"%d of its Triggers have dispatchers of the default size, %dm of CPU in all", silent, silent*50)
		}
	}
}

func kafkaDispatcher(p *pass) {
	for _, o := range p.of(apps, "StatefulSet", "Deployment") {
		if !strings.HasPrefix(o.name, "kafka-broker-dispatcher") {
			continue
		}
		for _, c := range o.containers() {
			f := c.at("resources", "requests", "cpu")
			if n, ok := cpus(f.text()); ok && n >= 1 {
				p.report(o, f, "ask for 100m on a small cluster", "it asks for %s CPU", f.text())
			}
		}
	}
}

// cpus reads a quantity of CPU.
func cpus(s string) (float64, bool) {
	text, milli := strings.CutSuffix(s, "m")
	n, err := strconv.ParseFloat(text, 64)
	if milli {
		n /= 1000
	}
	return n, err == nil
}
