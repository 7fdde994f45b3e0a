package lint

import (
	"encoding/base64"
	"slices"
	"strings"

	"tourbillon/knative"
)

var brokerRules = []Rule{
	{
		Name: "broker-class", Severity: Error,
		About:  "a class of Broker that is spelled otherwise than the classes that there are",
		Why:    "No controller feels responsible: the Broker is never ready, and nothing says why. The class cannot be changed later.",
		Source: "knative/eventing pkg/apis/eventing/v1/broker_validation.go",
		check:  classes,
	},
	{
		Name: "broker-config-missing", Severity: Error,
		About:  "a Broker of Kafka or RabbitMQ without spec.config",
		Why:    "The cluster fills in the configuration of its default class, which this class cannot read: the Broker is never ready.",
		Source: "knative/eventing pkg/apis/eventing/v1/broker_defaults.go",
		check:  noConfig,
	},
	{
		Name: "broker-config-kind", Severity: Error,
		About:  "a Broker that is configured by a kind that its class cannot read",
		Why:    "The webhook of the class refuses it, or the Broker is never ready.",
		Source: "eventing-kafka-broker control-plane/pkg/apis/eventing/v1/broker_validation.go",
		check:  configKind,
	},
	{
		Name: "rabbitmq-classic-queue", Severity: Warning,
		About:  "a RabbitMQBroker with classic queues",
		Why:    "A classic queue is on one node: what was acknowledged is gone with it. A Broker that names a RabbitmqCluster as its config gets them without being asked.",
		Source: "eventing-rabbitmq pkg/brokerconfig/service.go",
		check:  classic,
	},
	{
		Name: "rabbitmq-cluster-reference", Severity: Error,
		About:  "a rabbitmqClusterReference with name and connectionSecret, or neither",
		Why:    "One of them says where RabbitMQ is. The webhook refuses both and neither.",
		Source: "eventing-rabbitmq pkg/apis/eventing/v1alpha1/rabbitmq_validation.go",
		check:  clusterReference,
	},
	{
		Name: "rabbitmq-topology-namespace", Severity: Error,
		About:  "a RabbitmqCluster of another namespace that does not let this one in",
		Why:    "The topology operator makes no exchange and no queue for a namespace that the cluster's annotation does not name.",
		Source: "rabbitmq/messaging-topology-operator rabbitmq.com/topology-allowed-namespaces",
		check:  topology,
	},
	{
		Name: "rabbitmq-credentials", Severity: Error,
		About:  "a user or password for RabbitMQ with a character that means something in a URL",
		Why:    "The address is put together without escaping: the broker connects to something else, or not at all.",
		Source: "eventing-rabbitmq pkg/rabbit/service.go",
		check:  credentials,
	},
}

func classes(p *pass) {
	known := []string{knative.ClassRabbitMQ, knative.ClassKafka, kafkaNamespaced, knative.ClassChannel}
	for _, b := range p.of(eventing, "Broker") {
		f, have := metaAnnotation(b, "eventing.knative.dev/broker.class"), classOf(b)
		if slices.Contains(known, have) {
			continue
		}
		small := strings.ToLower(have)
		for part, meant := range map[string]string{"rabbit": known[0], "kafka": known[1], "channelbased": known[3], "mtchannel": known[3]} {
			if strings.Contains(small, part) {
				p.report(b, f, "write "+meant, "there is no class %q", have)
				break
			}
		}
	}
}

// configs are the kinds that a class can be configured by.
func configs(b *object) []string {
	switch {
	case isRabbit(b):
		return []string{"RabbitmqBrokerConfig", "RabbitmqCluster"}
	case isKafka(b):
		return []string{"ConfigMap"}
	}
	return nil
}

func noConfig(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		byDefault := b.class != "" // and so is what it is filled in with
		if kinds := configs(b); kinds != nil && !byDefault && !b.at("spec", "config").is() {
			p.report(b, b.at("spec"), "name a "+kinds[0]+" in spec.config", "%s has no config", called(b))
		}
	}
}

func configKind(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		kinds, f := configs(b), b.at("spec", "config", "kind")
		if kinds != nil && f.is() && !slices.Contains(kinds, f.text()) {
			p.report(b, f, "name a "+kinds[0], "%s cannot be configured by a %s", called(b), f.text())
		}
	}
}

func classic(p *pass) {
	for _, b := range p.of(eventing, "Broker") {
		if f := b.at("spec", "config"); isRabbit(b) && f.at("kind").text() == "RabbitmqCluster" {
			p.report(b, f, "name a RabbitmqBrokerConfig with queueType quorum", "the config is a RabbitmqCluster, and its queues are classic")
		}
	}
	for _, c := range p.of(eventing, "RabbitmqBrokerConfig") {
		if f := c.at("spec", "queueType"); f.text() == "classic" {
			p.report(c, f, "write quorum", "the queues are classic")
		}
	}
}

// clusterReferences calls do with each place that names a RabbitmqCluster.
func (p *pass) clusterReferences(do func(o *object, f field)) {
	for _, o := range p.objects {
		if f := o.at("spec", "rabbitmqClusterReference"); f.is() {
			do(o, f)
		}
	}
}

func clusterReference(p *pass) {
	p.clusterReferences(func(o *object, f field) {
		if knativeGroup(o.group) && f.at("name").is() == f.at("connectionSecret").is() {
			p.report(o, f, "write name or connectionSecret", "it has both, or neither")
		}
	})
}

func topology(p *pass) {
	allowed := func(cluster *object, namespace string) bool {
		for _, one := range strings.Split(cluster.annotation("rabbitmq.com/topology-allowed-namespaces"), ",") {
			if one = strings.TrimSpace(one); one == "*" || one == namespace {
				return true
			}
		}
		return near(cluster.namespace, namespace)
	}
	check := func(o *object, f field) {
		r := refer(o, f)
		cluster := p.find(rabbitmq, "RabbitmqCluster", r.namespace, r.name)
		if cluster != nil && !allowed(cluster, o.namespace) {
			p.report(o, f, "annotate the RabbitmqCluster with rabbitmq.com/topology-allowed-namespaces: "+o.namespace,
				"%v is in namespace %s, and does not let %s in", cluster, cluster.namespace, o.namespace)
		}
	}
	p.clusterReferences(check)
	for _, b := range p.of(eventing, "Broker") {
		if f := b.at("spec", "config"); isRabbit(b) && f.at("kind").text() == "RabbitmqCluster" {
			check(b, f)
		}
	}
}

func credentials(p *pass) {
	p.clusterReferences(func(o *object, f field) {
		secret := p.find(core, "Secret", o.namespace, f.at("connectionSecret", "name").text())
		if secret == nil {
			return
		}
		for _, key := range []string{"username", "password"} {
			at := secret.at("stringData", key)
			value := at.text()
			if !at.is() {
				at = secret.at("data", key)
				decoded, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(at.text()))
				value = string(decoded)
			}
			if strings.ContainsAny(value, "@:/%?#[] ") {
				p.report(secret, at, "choose letters and digits", "the %s of %v has a character that means something in a URL", key, o)
			}
		}
	})
}
