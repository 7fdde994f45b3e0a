package lint

import (
	"strings"

	"tourbillon/knative"
)

var deliveryRules = []Rule{
	{
		Name: "delivery-drops-dead-letter-sink", Severity: Error,
		About:  "a Trigger whose delivery leaves out the dead-letter sink that its Broker has",
		Why:    "A Trigger's delivery replaces its Broker's as a whole: what fails is dropped.",
		Source: "knative/eventing#4654",
		check:  replaces,
	},
	{
		Name: "rabbitmq-no-dead-letter-sink", Severity: Error,
		About:  "a Trigger without delivery of a RabbitMQBroker without a dead-letter sink",
		Why:    "The dispatcher publishes what fails to an exchange that was never made: RabbitMQ closes the channel, what was fetched is delivered again, and the event is lost.",
		Source: "eventing-rabbitmq pkg/reconciler/trigger, pkg/dispatcher/dispatcher.go",
		check:  rabbitNoSink,
	},
	{
		Name: "no-dead-letter-sink", Severity: Warning,
		About:  "a delivery without a dead-letter sink",
		Why:    "What fails to the end is dropped.",
		Source: "knative/specs eventing/control-plane.md",
		check:  noSink,
	},
	{
		Name: "delivery-without-retry", Severity: Warning,
		About:  "a delivery without retry",
		Why:    "Where a delivery is set and retry is not, Kafka and the channel-based broker do not try again at all, and RabbitMQ tries five times.",
		Source: "eventing-kafka-broker control-plane/pkg/core/config/utils.go, eventing-rabbitmq pkg/reconciler/trigger",
		check:  noRetry,
	},
	{
		Name: "delivery-defaulted", Severity: Warning,
		About:  "a Broker without delivery",
		Why:    "The cluster fills in what its ConfigMap config-br-defaults has, for every class; as shipped ten retries, from 0.2 s, doubled. No manifest shows that.",
		Source: "knative/eventing pkg/apis/eventing/v1/broker_defaults.go",
		check:  defaulted,
	},
	{
		Name: "kafka-backoff-alone", Severity: Warning,
		About:  "a backoff on a Kafka Broker with neither retry, nor dead-letter sink, nor timeout",
		Why:    "Class Kafka looks at a backoff only where one of the others is set.",
		Source: "eventing-kafka-broker control-plane/pkg/core/config/utils.go",
		check:  backoffAlone,
	},
	{
		Name: "retry-after-max", Severity: Error,
		About:  "retryAfterMax",
		Why:    "The webhook refuses the field unless the feature delivery-retryafter is enabled, which it is not as shipped.",
		Source: "knative/eventing pkg/apis/duck/v1/delivery_types.go",
		check:  retryAfter,
	},
	{
		Name: "delivery-duration", Severity: Error,
		About:  "a timeout or backoffDelay that is no duration, or a timeout of nothing",
		Why:    "Durations are in ISO 8601, as PT2S; the webhook refuses anything else, and a timeout of zero.",
		Source: "knative/eventing pkg/apis/duck/v1/delivery_types.go",
		check:  durations,
	},
	{
		Name: "delivery-format-ignored", Severity: Warning,
		About:  "delivery.format on a Broker that does not look at it",
		Why:    "Only the channel-based broker sends events in another format than they came in.",
		Source: "knative/eventing pkg/kncloudevents/event_dispatcher.go",
		check:  formats,
	},
}

func replaces(p *pass) {
	p.triggers(func(t, b *object) {
		own := t.at("spec", "delivery")
		if own.is() && !own.at("deadLetterSink").is() && b.at("spec", "delivery", "deadLetterSink").is() && classOf(b) != kafkaNamespaced {
			p.report(t, own, "write the delivery whole, with deadLetterSink, or leave it out",
				"delivery has no deadLetterSink, and that of Broker %s does not count", b.name)
		}
	})
}

func rabbitNoSink(p *pass) {
	p.triggers(func(t, b *object) {
		if isRabbit(b) && !t.at("spec", "delivery").is() && !b.at("spec", "delivery", "deadLetterSink").is() {
			p.report(t, t.at("spec"), "give the Broker a deadLetterSink",
				"neither it nor Broker %s has a deadLetterSink", b.name)
		}
	})
}

func noSink(p *pass) {
	p.triggers(func(t, b *object) {
		d, of := delivery(t, b)
		if d.at("deadLetterSink").is() || of == b && isRabbit(b) || of == t && b.at("spec", "delivery", "deadLetterSink").is() {
			return // or another rule's
		}
		p.report(of, d, "name a deadLetterSink that keeps what it is given, as a KafkaSink", "there is no deadLetterSink")
	})
}

// deliveries calls do with each delivery of a Trigger or Broker, and the
// Broker that makes something of it.
func (p *pass) deliveries(do func(o, b *object, d field)) {
	for _, b := range p.of(eventing, "Broker") {
		if d := b.at("spec", "delivery"); d.is() {
			do(b, b, d)
		}
	}
	p.triggers(func(t, b *object) {
		if d := t.at("spec", "delivery"); d.is() {
			do(t, b, d)
		}
	})
}

func noRetry(p *pass) {
	p.deliveries(func(o, b *object, d field) {
		if d.at("retry").is() || classOf(b) == kafkaNamespaced && o != b || isKafka(b) && alone(d) {
			return // or another rule's
		}
		times := "none"
		if isRabbit(b) {
			times = "five"
		}
		p.report(o, d, "write retry, and how long to wait", "retry is left out: %s makes %s", called(b), times)
	})
}

func defaulted(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		if !b.at("spec", "delivery").is() {
			p.report(b, b.at("spec"), "write retry, backoffPolicy, backoffDelay, timeout and deadLetterSink",
				"delivery is left to the cluster's defaults")
		}
	}
}

func backoffAlone(p *pass) {
	p.deliveries(func(o, b *object, d field) {
		if isKafka(b) && alone(d) {
			p.report(o, d, "write retry as well", "the backoff is not looked at")
		}
	})
}

// alone reports whether a delivery has a backoff and nothing else.
func alone(d field) bool {
	backoff := d.at("backoffDelay").is() || d.at("backoffPolicy").is()
	return backoff && !d.at("retry").is() && !d.at("deadLetterSink").is() && !d.at("timeout").is()
}

// enabled reports whether a ConfigMap among the manifests sets a key so.
func (s *set) enabled(config, key, value string) bool {
	for _, o := range s.of(core, "ConfigMap") {
		if o.name == config && strings.EqualFold(o.at("data", key).text(), value) {
			return true
		}
	}
	return false
}

func retryAfter(p *pass) {
	if p.enabled("config-features", "delivery-retryafter", "enabled") {
		return
	}
	for _, o := range p.objects {
		if knativeGroup(o.group) {
			o.each(func(key string, f field) {
				if key == "retryAfterMax" {
					p.report(o, f, "leave it out", "retryAfterMax is refused as shipped")
				}
			})
		}
	}
}

func knativeGroup(group string) bool { return strings.HasSuffix(group, ".knative.dev") }

func durations(p *pass) {
	for _, o := range p.objects {
		if !o.isA(eventing, "Broker", "Trigger") && !o.isA(messaging, "Subscription") {
			continue
		}
		for _, key := range []string{"timeout", "backoffDelay"} {
			f := o.at("spec", "delivery", key)
			d, ok := knative.ParseDuration(f.text())
			switch {
			case !f.is():
			case !ok && !strings.HasPrefix(f.text(), "P"):
				p.report(o, f, "write it as PT2S or PT1M30S", "%s is no duration in ISO 8601", key)
			case ok && d == 0 && key == "timeout":
				p.report(o, f, "leave it out for the broker's own", "timeout is zero")
			}
		}
	}
}

func formats(p *pass) {
	p.deliveries(func(o, b *object, d field) {
		if f := d.at("format"); f.is() && (isRabbit(b) || isKafka(b)) {
			p.report(o, f, "leave it out", "%s does not look at format", called(b))
		}
	})
}

// written is a delivery with what could be read of it, nil where there is none.
func written(d field) *knative.Written {
	if !d.is() {
		return nil
	}
	w := &knative.Written{BackoffPolicy: knative.BackoffPolicy(d.at("backoffPolicy").text())}
	if n, ok := d.at("retry").number(); ok && n >= 0 {
		w.Retry = &n
	}
	if delay, ok := knative.ParseDuration(d.at("backoffDelay").text()); ok {
		w.BackoffDelay = &delay
	}
	if timeout, ok := knative.ParseDuration(d.at("timeout").text()); ok {
		w.Timeout = &timeout
	}
	return w
}
