package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var againstRules = []Rule{
	{
		Name: "immutable-changed", Severity: Error,
		About:  "a field that cannot be changed, changed against the version before",
		Why:    "The webhook refuses the change. Whoever deletes the thing and makes it anew loses the events that wait in its queues.",
		Source: "knative/eventing and eventing-rabbitmq, CheckImmutableFields",
		check:  immutable,
	},
	{
		Name: "rabbitmq-trigger-gone", Severity: Warning,
		About:  "a Trigger of a RabbitMQBroker that was there before and is not now",
		Why:    "Its queue is deleted with it, and every event that waits there.",
		Source: "eventing-rabbitmq pkg/reconciler/trigger",
		check:  rabbitGone,
	},
	{
		Name: "kafka-trigger-new", Severity: Warning,
		About:  "a Trigger of a Kafka Broker that was not there before, while the Broker was",
		Why:    "It begins at the end of the topic: what came before it is ready it never sees.",
		Source: "knative/eventing#6984, knative-extensions/eventing-kafka-broker#3249",
		check:  kafkaNew,
	},
}

// fixed says which fields of a kind cannot be changed.
func fixed(s *set, o *object) [][]string {
	var all [][]string
	switch {
	case o.isA(eventing, "Broker") && isRabbit(o):
		all = [][]string{{"metadata", "annotations", "eventing.knative.dev/broker.class"}, {"spec"}}
	case o.isA(eventing, "Broker"):
		all = [][]string{{"metadata", "annotations", "eventing.knative.dev/broker.class"}, {"spec", "config"}}
	case o.isA(eventing, "Trigger"):
		all = [][]string{{"spec", "broker"}}
		if b := s.broker(o); isRabbit(b) {
			all = append(all, []string{"spec", "filter"})
		}
	case o.isA(eventing, "RabbitmqBrokerConfig"), o.isA(sources, "RabbitmqSource"), o.isA(eventing, "EventType"):
		all = [][]string{{"spec"}}
	case o.isA(eventing, "KafkaSink"):
		all = [][]string{{"spec", "topic"}, {"spec", "numPartitions"}, {"spec", "replicationFactor"}}
	case o.isA(messaging, "Channel"):
		all = [][]string{{"spec", "channelTemplate"}}
	case o.isA(messaging, "Subscription"):
		all = [][]string{{"spec", "channel"}}
	}
	return all
}

// earlier is what a manifest was in the version before, nil where it was not.
func (p *pass) earlier(o *object) *object {
	if p.before == nil {
		return nil
	}
	return p.before.find(o.group, o.kind, o.namespace, o.name)
}

func immutable(p *pass) {
	for _, o := range p.objects {
		was := p.earlier(o)
		if was == nil {
			continue
		}
		for _, path := range fixed(p.before, was) {
			now, then := o.at(path...), was.at(path...)
			if !equal(plain(now.node), plain(then.node), newBudget(compared)) {
				p.report(o, now, "leave it as it was, or give the new one another name, as "+o.name+"-v2, and let the old one run dry",
					"%s was another in the version before (%s:%d)", strings.Join(path, "."), was.file, then.line)
			}
		}
	}
}

// equal reports whether two nodes say the same, whatever the order of fields.
func equal(a, b *yaml.Node, left *budget) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case left.spent():
		return true // as far as was looked
	case a.Kind != b.Kind:
		return false
	case a.Kind == yaml.ScalarNode:
		return a.Value == b.Value && a.ShortTag() == b.ShortTag()
	case a.Kind == yaml.SequenceNode:
		return slices.EqualFunc(a.Content, b.Content, func(x, y *yaml.Node) bool { return equal(plain(x), plain(y), left) })
	}
	x, y := field{node: a}.pairs(), field{node: b}
	for _, one := range x {
		if !equal(plain(one.node), plain(y.at(one.key).node), left) {
			return false
		}
	}
	return len(x) == len(y.pairs())
}

func rabbitGone(p *pass) {
	if p.before == nil {
		return
	}
	p.before.triggers(func(t, b *object) {
		here := p.find(eventing, "Broker", b.namespace, b.name)
		if isRabbit(b) && here != nil && p.find(eventing, "Trigger", t.namespace, t.name) == nil {
			p.report(here, here.at("metadata", "name"), "first have nothing published that it wants, and wait until its queue is empty",
				"%v was there before and is gone", t)
		}
	})
}

func kafkaNew(p *pass) {
	p.triggers(func(t, b *object) {
		if p.before != nil && isKafka(b) && p.earlier(b) != nil && p.earlier(t) == nil {
			p.report(t, t.at("metadata", "name"), "have it Ready before what it waits for is published, or read the topic for what came before",
				"it is new on %v, and begins at the end", b)
		}
	})
}
