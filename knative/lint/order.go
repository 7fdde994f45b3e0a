package lint

import "time"

const (
	orderAnnotation       = "kafka.eventing.knative.dev/delivery.order"
	parallelismAnnotation = "rabbitmq.eventing.knative.dev/parallelism"
	ordered               = "ordered"
	partitionKey          = "partitionkey"
)

var orderRules = []Rule{
	{
		Name: "order-value", Severity: Error,
		About:  "an order that is neither ordered nor unordered",
		Why:    "The controller does not take it, and the Trigger or source is never ready.",
		Source: "eventing-kafka-broker control-plane/pkg/reconciler/trigger",
		check:  orderValue,
	},
	{
		Name: "order-not-kept", Severity: Error,
		About:  "order asked of a Broker that does not keep it",
		Why:    "Kafka's Brokers alone look at delivery.order. RabbitMQ's keeps the order of a Trigger with parallelism 1, the channel-based one keeps none.",
		Source: "eventing-rabbitmq pkg/dispatcher/dispatcher.go",
		check:  orderNotKept,
	},
	{
		Name: "ordered-without-partition-key", Severity: Warning,
		About:  "events for a Trigger with delivery.order ordered that have no partitionkey",
		Why:    "Order is kept within a partition, and the partition is chosen by the extension partitionkey: without it, events about one thing are spread over all of them.",
		Source: "eventing-kafka-broker data-plane PartitionKeyExtensionInterceptor",
		check:  unkeyed,
	},
	{
		Name: "partition-key-unordered", Severity: Warning,
		About:  "events with a partitionkey for a Trigger of a Kafka Broker that does not say which order it wants",
		Why:    "A Trigger is unordered unless it says otherwise: events about one thing are delivered at the same time, although they are in one partition.",
		Source: "eventing-kafka-broker data-plane dispatcher impl/consumer",
		check:  keyedUnordered,
	},
	{
		Name: "ordered-delivery-blocks", Severity: Warning,
		About:  "order on a Kafka Broker with tries and waits of five minutes or more together",
		Why:    "One event that fails holds up all behind it in its partition, waits included; a rebalance meanwhile begins its tries anew.",
		Source: "knative-extensions/eventing-kafka-broker#3746",
		check:  blocks,
	},
	{
		Name: "parallelism-value", Severity: Error,
		About:  "a parallelism that is no whole number from 1 to 1000",
		Why:    "The webhook of the RabbitMQBroker refuses it.",
		Source: "eventing-rabbitmq pkg/apis/eventing/v1alpha1/trigger_validation.go",
		check:  parallelismValue,
	},
	{
		Name: "parallelism-ignored", Severity: Warning,
		About:  "a parallelism on a Trigger of another class than RabbitMQBroker",
		Why:    "No other class looks at the annotation.",
		Source: "eventing-rabbitmq pkg/apis/eventing/v1alpha1/trigger_validation.go",
		check:  parallelismIgnored,
	},
}

func metaAnnotation(o *object, key string) field { return o.at("metadata", "annotations", key) }

func orderValue(p *pass) {
	check := func(o *object, f field) {
		if f.is() && f.text() != ordered && f.text() != "unordered" {
			p.report(o, f, "write ordered or unordered", "the order is neither ordered nor unordered")
		}
	}
	for _, t := range p.of(eventing, "Trigger") {
		check(t, metaAnnotation(t, orderAnnotation))
	}
	for _, s := range p.of(sources, "KafkaSource") {
		check(s, s.at("spec", "ordering"))
	}
}

func orderNotKept(p *pass) {
	p.triggers(func(t, b *object) {
		f := metaAnnotation(t, orderAnnotation)
		parallel, _ := metaAnnotation(t, parallelismAnnotation).number()
		if f.text() != ordered || isKafka(b) || isRabbit(b) && parallel <= 1 {
			return
		}
		instead := "use a Broker of class Kafka, with partitionkey on the events"
		if isRabbit(b) {
			instead = "set parallelism to \"1\", or " + instead
		}
		p.report(t, f, instead, "%s does not keep the order", called(b))
	})
}

func unkeyed(p *pass) {
	p.triggers(func(t, b *object) {
		order := metaAnnotation(t, orderAnnotation)
		if !isKafka(b) || order.text() != ordered {
			return
		}
		told := false
		for _, e := range p.published(b) {
			if wanted(t, b, e.event) == never {
				continue
			}
			told = true
			if _, ok := e.attributes[partitionKey]; !ok && e.declared {
				p.report(e.by, e.by.at("spec"), e.mend(partitionKey), "its events have no %s, and %v is to have them in order", partitionKey, t)
			}
		}
		if !told {
			p.report(t, order, "have senders set "+partitionKey+", also on answers, and say so in an EventType of the Broker",
				"nothing here says that its events have a %s", partitionKey)
		}
	})
}

func keyedUnordered(p *pass) {
	p.triggers(func(t, b *object) {
		if !isKafka(b) || metaAnnotation(t, orderAnnotation).is() {
			return
		}
		for _, e := range p.published(b) {
			if _, ok := e.attributes[partitionKey]; ok && wanted(t, b, e.event) == always {
				p.report(t, t.at("metadata"), "annotate it with "+orderAnnotation+": ordered, or unordered where the order does not matter",
					"events of %v have a %s, and it does not say which order it wants", e.by, partitionKey)
				return
			}
		}
	})
}

func blocks(p *pass) {
	p.triggers(func(t, b *object) {
		order := metaAnnotation(t, orderAnnotation)
		d, _ := delivery(t, b)
		if long, ok := written(d).Longest(classOf(b)); ok && isKafka(b) && order.text() == ordered && long >= 5*time.Minute {
			p.report(t, order, "retry less, wait less, or shorten the timeout", "an event that fails may hold up its partition for %v", long)
		}
	})
}

func parallelismValue(p *pass) {
	p.triggers(func(t, b *object) {
		f := metaAnnotation(t, parallelismAnnotation)
		if n, ok := f.number(); f.is() && isRabbit(b) && (!ok || n < 1 || n > 1000) {
			p.report(t, f, `write a whole number from "1" to "1000", in quotes`, "the parallelism is no number from 1 to 1000")
		}
	})
}

func parallelismIgnored(p *pass) {
	p.triggers(func(t, b *object) {
		if f := metaAnnotation(t, parallelismAnnotation); f.is() && !isRabbit(b) {
			p.report(t, f, "leave it out", "%s does not look at it", called(b))
		}
	})
}
