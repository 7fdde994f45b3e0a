package knative

import (
	"strconv"
	"time"
)

// The annotations that are acted on.
const (
	classAnnotation       = "eventing.knative.dev/broker.class"
	parallelismAnnotation = "rabbitmq.eventing.knative.dev/parallelism"
	orderAnnotation       = "kafka.eventing.knative.dev/delivery.order"
)

// podAnnotations size the pods that a cluster runs for a Broker or Trigger.
func podAnnotations(more ...string) map[string]bool {
	known := map[string]bool{
		"rabbitmq.eventing.knative.dev/cpu-request": false, "rabbitmq.eventing.knative.dev/cpu-limit": false,
		"rabbitmq.eventing.knative.dev/memory-request": false, "rabbitmq.eventing.knative.dev/memory-limit": false,
	}
	for _, key := range more {
		known[key] = true
	}
	return known
}

type brokerManifest struct {
	head
	Spec struct {
		Config   *reference        `f:"config"`
		Delivery *deliveryManifest `f:"delivery"`
	} `f:"spec"`
}

var brokerAnnotations = func() map[string]bool {
	known := podAnnotations(classAnnotation)
	known["kafka.eventing.knative.dev/external.topic"] = false
	return known
}()

func (b *brokerManifest) check() {
	b.checkHead(brokerAnnotations)
	b.Spec.Delivery.check(b.document)
}

type deliveryManifest struct {
	Retry         *int           `f:"retry"`
	BackoffPolicy string         `f:"backoffPolicy"`
	BackoffDelay  *time.Duration `f:"backoffDelay"`
	Timeout       *time.Duration `f:"timeout"`
	RetryAfterMax time.Duration  `f:"retryAfterMax,unused"`
	Format        string         `f:"format,unused"`
	DeadLetter    *destination   `f:"deadLetterSink"`
}

// mostRetries is a bound that no sensible policy meets.
const mostRetries = 1000

func (m *deliveryManifest) check(d *document) {
	if m == nil {
		return
	}
	d.within("spec.delivery.retry", m.Retry, 0, mostRetries)
	d.oneOf("spec.delivery.backoffPolicy", m.BackoffPolicy, string(Exponential), string(Linear))
	d.oneOf("spec.delivery.format", m.Format, "json", "binary")
	if m.Timeout != nil && *m.Timeout <= 0 {
		d.complain("spec.delivery.timeout", "must be longer than nothing; leave it out for the broker's own")
	}
}

type triggerManifest struct {
	head
	Spec struct {
		Broker    string  `f:"broker,required"`
		BrokerRef refused `f:"brokerRef" no:"a Broker of another namespace is an alpha feature; write broker"`
		Filter    *struct {
			Attributes map[string]string `f:"attributes"`
		} `f:"filter"`
		Filters    []dialect         `f:"filters"`
		Subscriber *destination      `f:"subscriber,required"`
		Delivery   *deliveryManifest `f:"delivery"`
	} `f:"spec,required"`
}

var triggerAnnotations = func() map[string]bool {
	known := podAnnotations(parallelismAnnotation, orderAnnotation)
	known["knative.dev/dependency"] = false
	return known
}()

func (t *triggerManifest) check() {
	t.checkHead(triggerAnnotations)
	t.Spec.Delivery.check(t.document)
	t.oneOf("metadata.annotations."+orderAnnotation, t.Metadata.Annotations[orderAnnotation], "ordered", "unordered")
	for i, x := range t.Spec.Filters {
		x.check(t.document, indexed("spec.filters", i))
	}
}

// parallelism is how many deliveries are under way at once, and whether each is
// over, with all its tries, before the next begins: RabbitMQ's dispatcher tries
// again where it stands, and so does Kafka's where order is kept.
func (t *triggerManifest) parallelism(c *class) (n int, ordered bool) {
	text, ok := t.Metadata.Annotations[parallelismAnnotation]
	at := "metadata.annotations." + parallelismAnnotation
	switch {
	case t.Metadata.Annotations[orderAnnotation] == "ordered" && c.name == kafka.name:
		return 1, true
	case ok && c.name != rabbit.name:
		t.idle(at)
		fallthrough
	case !ok:
		return c.parallelism, c.parallelism == 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		t.complain(at, `write a whole number from "1" to "1000", in quotes`)
		return 1, true
	}
	return n, n == 1
}

type kafkaSink struct {
	head
	Spec struct {
		Topic             string   `f:"topic,required"`
		BootstrapServers  []string `f:"bootstrapServers,required"`
		ContentMode       string   `f:"contentMode"`
		NumPartitions     *int     `f:"numPartitions"`
		ReplicationFactor *int     `f:"replicationFactor"`
		Auth              free     `f:"auth,unused"`
	} `f:"spec,required"`
}

func (k *kafkaSink) check() {
	k.checkHead(nil)
	k.oneOf("spec.contentMode", k.Spec.ContentMode, "binary", "structured")
	k.within("spec.numPartitions", k.Spec.NumPartitions, 1, 100_000)
	k.within("spec.replicationFactor", k.Spec.ReplicationFactor, 1, 100)
	if k.has("spec.bootstrapServers") && len(k.Spec.BootstrapServers) == 0 {
		k.complain("spec.bootstrapServers", "is empty; write at least one server")
	}
}
