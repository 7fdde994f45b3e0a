package lint

import (
	"regexp"
	"strconv"
	"time"
)

// ahead is how many events a dispatcher of a RabbitMQBroker takes at once,
// whatever its parallelism. RabbitMQ counts from then.
const ahead = 100

var acknowledgementRules = []Rule{
	{
		Name: "delivery-outlasts-acknowledgement", Severity: Error,
		About:  "tries and waits on a RabbitMQBroker that together are longer than RabbitMQ waits for an acknowledgement",
		Why:    "RabbitMQ waits 30 minutes, unless its consumer_timeout says otherwise: then it closes the channel, and the tries begin anew. The first wait is twice the backoffDelay.",
		Source: "knative-extensions/eventing-rabbitmq#592, #832, #1287",
		check:  outlasts,
	},
	{
		Name: "rabbitmq-ahead-outlasts-acknowledgement", Severity: Warning,
		About:  "Triggers of a RabbitMQBroker whose hundredth event may wait longer than RabbitMQ does for an acknowledgement",
		Why:    "A dispatcher takes 100 events ahead. While each is tried to the end, the last of them waits for all: RabbitMQ closes the channel, and whatever was not acknowledged comes again.",
		Source: "knative-extensions/eventing-rabbitmq#592, #832, #1175, #1287",
		check:  aheadOutlasts,
	},
}

func outlasts(p *pass) {
	p.deliveries(func(o, b *object, d field) {
		if !isRabbit(b) {
			return
		}
		most := p.patience(b)
		if long, ok := written(d).Longest(classOf(b)); ok && long >= most {
			p.report(o, d, "retry less, wait less, or shorten the timeout", "an event may be on its way for %v, and RabbitMQ waits %v", long, most)
		}
	})
}

var consumerTimeout = regexp.MustCompile(`(?m)^\s*consumer_timeout\s*=\s*(\d{1,12})\s*$`)

// patience is how long RabbitMQ waits for an acknowledgement, as far as the
// RabbitmqCluster of a Broker is here to say.
func (p *pass) patience(b *object) time.Duration {
	cluster := p.cluster(b)
	if cluster == nil {
		return 30 * time.Minute
	}
	m := consumerTimeout.FindStringSubmatch(cluster.at("spec", "rabbitmq", "additionalConfig").text())
	if m == nil {
		return 30 * time.Minute
	}
	ms, _ := strconv.Atoi(m[1])
	return time.Duration(ms) * time.Millisecond
}

// cluster is the RabbitmqCluster of a Broker, nil where it is not here.
func (p *pass) cluster(b *object) *object {
	cluster := p.to(refer(b, b.at("spec", "config")))
	if cluster == nil || !cluster.isA(eventing, "RabbitmqBrokerConfig") {
		return cluster
	}
	r := refer(cluster, cluster.at("spec", "rabbitmqClusterReference"))
	r.group, r.kind = rabbitmq, "RabbitmqCluster"
	return p.to(r)
}

// aheadOutlasts looks at Brokers whose RabbitmqCluster is here: of another it
// is not known how long it waits.
func aheadOutlasts(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		if !isRabbit(b) || p.cluster(b) == nil {
			continue
		}
		most := p.patience(b)
		var worst time.Duration
		var slowest *object
		for _, t := range p.triggersOf(b) {
			d, _ := delivery(t, b)
			long, _ := written(d).Longest(classOf(b))
			parallel, _ := metaAnnotation(t, parallelismAnnotation).number()
			if long >= most {
				continue // which is another rule's
			}
			if all := long * ahead / time.Duration(max(parallel, 1)); all > worst {
				worst, slowest = all, t
			}
		}
		if worst >= most {
			p.report(b, b.at("spec", "delivery"), "raise consumer_timeout in spec.rabbitmq.additionalConfig of the RabbitmqCluster, or parallelism, or try less",
				"an event for %v may wait for %v while those before it fail, and RabbitMQ waits %v", slowest, worst.Round(time.Minute), most)
		}
	}
}
