package lint

import (
	"cmp"
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"

	"tourbillon/knative"
)

// kafkaNamespaced is Kafka with a data plane of its own in each namespace.
const kafkaNamespaced = "KafkaNamespaced"

// classOf is the class of a Broker.
func classOf(b *object) string {
	return cmp.Or(b.annotation("eventing.knative.dev/broker.class"), b.class, knative.ClassChannel)
}

// setClasses gives Brokers without a class the one that a ConfigMap among the
// manifests has for their namespace, or for the cluster.
func (s *set) setClasses() {
	for _, c := range s.of(core, "ConfigMap") {
		var n yaml.Node
		text := c.at("data", "default-br-config").text()
		if c.name != "config-br-defaults" || yaml.Unmarshal([]byte(text), &n) != nil || len(n.Content) == 0 {
			continue
		}
		top := field{n.Content[0], c.line}
		for _, b := range s.of(eventing, "Broker") {
			if b.annotation("eventing.knative.dev/broker.class") != "" {
				continue
			}
			b.class = cmp.Or(top.at("namespaceDefaults", b.namespace, "brokerClass").text(), top.at("clusterDefault", "brokerClass").text())
		}
	}
}

// called is what a person calls a Broker of that class.
func called(b *object) string {
	switch class := classOf(b); class {
	case knative.ClassRabbitMQ:
		return "a RabbitMQBroker"
	case knative.ClassChannel:
		return "the channel-based broker"
	default:
		return "a Broker of class " + class
	}
}

func isRabbit(b *object) bool { return b != nil && classOf(b) == knative.ClassRabbitMQ }

func isKafka(b *object) bool {
	return b != nil && (classOf(b) == knative.ClassKafka || classOf(b) == kafkaNamespaced)
}

// chance is whether something is so, as far as manifests tell.
type chance int

// The chances, in their order.
const (
	never chance = iota
	perhaps
	always
)

// event is what is known of an event. A value with braces stands for many.
type event struct {
	attributes map[string]string
	optional   map[string]bool // of those, the ones that it may not have
	whole      bool            // it has no other attributes
}

// with is the event with more attributes.
func (e event) with(more map[string]string) event {
	e.attributes = maps.Clone(e.attributes)
	if e.attributes == nil {
		e.attributes = map[string]string{}
	}
	maps.Copy(e.attributes, more)
	return e
}

// has says whether the attribute is so that test holds.
func (e event) has(name string, test func(string) bool) chance {
	value, known := e.attributes[name]
	switch {
	case known && strings.Contains(value, "{"), known && e.optional[name] && test(value):
		return perhaps
	case known && test(value):
		return always
	case known, e.whole:
		return never
	}
	return perhaps
}

// wanted says whether a Trigger of that Broker wants the event.
func wanted(t, b *object, e event) chance {
	filters := t.at("spec", "filters").items()
	if len(filters) > 0 && !isRabbit(b) {
		return every(filters, e, newBudget(nested))
	}
	result := always
	for _, a := range t.at("spec", "filter", "attributes").pairs() {
		want := a.text()
		one := e.has(a.key, func(got string) bool { return got == want })
		if want == "" && !isRabbit(b) {
			one = e.has(a.key, func(got string) bool { return got != "" })
		}
		result = min(result, one)
	}
	return result
}

func every(filters []field, e event, left *budget) chance {
	result := always
	for _, f := range filters {
		result = min(result, matches(f, e, left))
	}
	return result
}

// matches says whether one filter of a Trigger's filters lets the event pass.
func matches(f field, e event, left *budget) chance {
	if left.spent() {
		return perhaps
	}
	switch {
	case f.at("cesql").is():
		return perhaps
	case f.at("not").is():
		return always - matches(f.at("not"), e, left)
	case f.at("all").is():
		return every(f.at("all").items(), e, left)
	case f.at("any").is():
		result := never
		for _, one := range f.at("any").items() {
			result = max(result, matches(one, e, left))
		}
		return result
	}
	result := always
	for name, test := range tests {
		for _, a := range f.at(name).pairs() {
			if want := a.text(); want != "" { // an empty one is skipped
				result = min(result, e.has(a.key, func(got string) bool { return test(got, want) }))
			}
		}
	}
	return result
}

var tests = map[string]func(got, want string) bool{
	"exact":  func(got, want string) bool { return got == want },
	"prefix": strings.HasPrefix,
	"suffix": strings.HasSuffix,
}

// exact are the attributes that every event that the Trigger wants has, with
// their values.
func exact(t, b *object) map[string]string {
	all := map[string]string{}
	filters := t.at("spec", "filters").items()
	if len(filters) > 0 && !isRabbit(b) {
		for _, f := range filters {
			for _, a := range f.at("exact").pairs() {
				all[a.key] = a.text()
			}
		}
		return all
	}
	for _, a := range t.at("spec", "filter", "attributes").pairs() {
		if a.text() != "" {
			all[a.key] = a.text()
		}
	}
	return all
}
