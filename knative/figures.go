package knative

import (
	"slices"
	"time"
)

// The classes of Broker whose figures are known, as the annotation
// eventing.knative.dev/broker.class has them.
const (
	ClassRabbitMQ = "RabbitMQBroker"
	ClassKafka    = "Kafka"
	ClassChannel  = "MTChannelBasedBroker" // where no class is named
)

// Written is a delivery as a manifest has it; nil and "" are left out.
type Written struct {
	Retry                 *int
	BackoffPolicy         BackoffPolicy
	BackoffDelay, Timeout *time.Duration
}

// Longest is how long an event may be on its way with that delivery on a
// Broker of the class, from its first delivery until it is given up; nil is no
// delivery at all, where a cluster gives its own. A delivery without a timeout
// counts as instant. It reports false where the class is not known.
func (w *Written) Longest(name string) (time.Duration, bool) {
	i := slices.IndexFunc(classes, func(c *class) bool { return c.name == name })
	if i < 0 {
		return 0, false
	}
	var m *deliveryManifest
	if w != nil {
		m = &deliveryManifest{
			Retry: w.Retry, BackoffPolicy: string(w.BackoffPolicy), BackoffDelay: w.BackoffDelay, Timeout: w.Timeout,
		}
	}
	return classes[i].longest(m.fill(classes[i])), true
}

// ParseDuration reads an ISO 8601 duration of days, hours, minutes and
// seconds, as manifests have them.
func ParseDuration(s string) (time.Duration, bool) { return parseDuration(s) }
