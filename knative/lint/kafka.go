package lint

import "strings"

var kafkaRules = []Rule{
	{
		Name: "kafka-config-incomplete", Severity: Error,
		About:  "a ConfigMap of a Kafka Broker without partitions, replication factor or servers",
		Why:    "The controller cannot make the Broker's topic.",
		Source: "eventing-kafka-broker control-plane/pkg/kafka/topic.go",
		check:  kafkaConfig,
	},
	{
		Name: "replication-factor", Severity: Error,
		About:  "a replication factor larger than the number of Kafka's brokers",
		Why:    "Kafka refuses to make the topic, and the Broker or sink is never ready. The ConfigMap that is shipped says 3.",
		Source: "eventing-kafka-broker control-plane/config 100-kafka-broker-configmap.yaml",
		check:  replication,
	},
	{
		Name: "kafka-source-without-group", Severity: Warning,
		About:  "a KafkaSource without consumerGroup",
		Why:    "It gets a group by chance: when it is made anew it begins at the end of the topic, and what came meanwhile is missed.",
		Source: "eventing-kafka-broker control-plane/pkg/apis/sources/v1/kafka_defaults.go",
		check:  noGroup,
	},
}

// The keys of a ConfigMap for Kafka.
const (
	partitions        = "default.topic.partitions"
	replicationFactor = "default.topic.replication.factor"
	bootstrapServers  = "bootstrap.servers"
)

// kafkaConfigs are the ConfigMaps that Kafka's Brokers are configured by.
func (p *pass) kafkaConfigs(do func(c *object)) {
	for _, b := range p.of(eventing, "Broker") {
		if isKafka(b) {
			if c := p.to(refer(b, b.at("spec", "config"))); c != nil && c.isA(core, "ConfigMap") {
				do(c)
			}
		}
	}
}

func kafkaConfig(p *pass) {
	p.kafkaConfigs(func(c *object) {
		for _, key := range []string{partitions, replicationFactor} {
			f := c.at("data", key)
			if n, ok := f.number(); !ok || n < 1 {
				p.report(c, f, `write a whole number of at least "1", in quotes`, "%s is no such number", key)
			}
		}
		if f := c.at("data", bootstrapServers); f.text() == "" {
			p.report(c, f, "write Kafka's addresses, as kafka:9092", "%s is missing", bootstrapServers)
		}
	})
}

func replication(p *pass) {
	check := func(o *object, f field, servers string) {
		have := p.options.KafkaBrokers
		if have == 0 {
			have = p.kafkaBrokers(servers)
		}
		if n, ok := f.number(); ok && have > 0 && n > have {
			p.report(o, f, "write "+map[bool]string{true: "1", false: "as many as there are, or fewer"}[have == 1],
				"the replication factor is %d, and Kafka has %d", n, have)
		}
	}
	p.kafkaConfigs(func(c *object) { check(c, c.at("data", replicationFactor), c.at("data", bootstrapServers).text()) })
	for _, o := range p.objects {
		if !o.isA(eventing, "KafkaSink") && !o.isA(messaging, "KafkaChannel") {
			continue
		}
		servers := ""
		if first := o.at("spec", "bootstrapServers").items(); len(first) > 0 {
			servers = first[0].text()
		}
		check(o, o.at("spec", "replicationFactor"), servers)
	}
}

// kafkaBrokers is how many brokers are behind an address, as far as the
// manifests tell; 0: they do not.
func (p *pass) kafkaBrokers(servers string) int {
	host, _, _ := strings.Cut(strings.TrimSpace(servers), ":")
	labels := strings.Split(host, ".")
	for _, k := range p.of("kafka.strimzi.io", "Kafka") {
		if labels[0] == k.name+"-kafka-bootstrap" || labels[0] == k.name+"-kafka-brokers" {
			return p.strimzi(k)
		}
	}
	for i := range min(len(labels), 2) { // NAME.NAMESPACE, or POD.NAME.NAMESPACE
		service := p.find(core, "Service", "", labels[i])
		if service == nil {
			continue
		}
		for _, o := range p.of(apps, "StatefulSet", "Deployment") {
			if near(o.namespace, service.namespace) && selects(service, o) {
				if n, ok := o.at("spec", "replicas").number(); ok {
					return n
				}
				return 1
			}
		}
	}
	return 0
}

// strimzi is how many brokers a Kafka of Strimzi has.
func (p *pass) strimzi(k *object) int {
	total := 0
	for _, pool := range p.of("kafka.strimzi.io", "KafkaNodePool") {
		of := pool.at("metadata", "labels", "strimzi.io/cluster").text()
		for _, role := range pool.at("spec", "roles").items() {
			if n, ok := pool.at("spec", "replicas").number(); ok && of == k.name && role.text() == "broker" {
				total += n
			}
		}
	}
	if n, ok := k.at("spec", "kafka", "replicas").number(); ok && total == 0 {
		return n
	}
	return total
}

// selects reports whether a Service of Kubernetes is for the pods of a workload.
func selects(service, workload *object) bool {
	wants := service.at("spec", "selector").pairs()
	for _, l := range wants {
		if workload.at("spec", "template", "metadata", "labels", l.key).text() != l.text() {
			return false
		}
	}
	return len(wants) > 0
}

func noGroup(p *pass) {
	for _, s := range p.of(sources, "KafkaSource") {
		if f := s.at("spec", "consumerGroup"); f.text() == "" {
			p.report(s, s.at("spec"), "name a consumerGroup", "it has no consumerGroup")
		}
	}
}
