package knative_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/knative"
)

// sound is manifests that are right, which the tests below spoil.
const sound = `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: work
  annotations: {eventing.knative.dev/broker.class: RabbitMQBroker}
spec:
  config: {apiVersion: eventing.knative.dev/v1alpha1, kind: RabbitmqBrokerConfig, name: work}
  delivery:
    retry: 3
    deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: RabbitmqBrokerConfig
metadata: {name: work}
spec: {rabbitmqClusterReference: {name: rabbitmq}}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: past
  annotations: {eventing.knative.dev/broker.class: Kafka}
spec:
  config: {apiVersion: v1, kind: ConfigMap, name: topics}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: topics}
data: {bootstrap.servers: kafka, default.topic.partitions: "1", default.topic.replication.factor: "1"}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: dead}
spec: {topic: dead, bootstrapServers: [kafka]}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: book}
spec:
  template:
    spec:
      containers:
        - image: ko://tourbillon/cmd/tourbillon
          env: [{name: FUNCTION_TARGET, value: book}]
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: one
  annotations: {rabbitmq.eventing.knative.dev/parallelism: "4"}
spec:
  broker: work
  filter: {attributes: {to: book}}
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: two}
spec:
  broker: past
  filters: [{prefix: {type: tourbillon.}}]
  subscriber: {uri: "http://localhost:9/"}
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: book}
spec:
  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: work}}
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: tick}
spec:
  schedule: "*/5 * * * *"
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: work}}
`

// spoilt reads the sound manifests with one place changed.
func spoilt(t *testing.T, old, new string) (*knative.Manifests, error) {
	t.Helper()
	text := strings.Replace(sound, old, new, 1)
	if text == sound && old != new {
		t.Fatalf("the sound manifests have no %q", old)
	}
	return knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
}

func TestRead_Refuses(t *testing.T) {
	for _, c := range []struct{ says, old, new, want string }{
		{"an unknown kind", "kind: KafkaSink\n", "kind: KafkaSource\n", "KafkaSource dead: kind: the runner knows"},
		{"a kind of another version", "sources.knative.dev/v1\nkind: Ping", "sources.knative.dev/v1beta2\nkind: Ping", "PingSource tick: apiVersion: write sources.knative.dev/v1"},
		{"no kind", "kind: KafkaSink\nm", "m", "dead: kind: is missing"},
		{"no apiVersion", "apiVersion: v1\nkind: C", "kind: C", "ConfigMap topics: apiVersion: is missing"},
		{"no name", "metadata: {name: two}", "metadata: {}", "metadata.name: is missing"},
		{"a bad name", "metadata: {name: two}", "metadata: {name: Two_}", "metadata.name: write small letters"},
		{"a document that is a list", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: topics}\ndata: ", "[1, 2]\n---\n", "a manifest is a mapping"},
		{"an unknown field", "  broker: work", "  brokers: work", "Trigger one: spec.brokers: no such field here; there are broker, filter, filters, subscriber, delivery"},
		{"a missing field", "  broker: work\n", "", "Trigger one: spec.broker: is missing"},
		{"null for a missing field", "  broker: work\n", "  broker: ~\n", "Trigger one: spec.broker: is missing"},
		{"a field that is there twice", "  broker: work\n", "  broker: work\n  broker: work\n", "spec.broker: is there twice"},
		{"a number for a string", `parallelism: "4"`, `parallelism: 4`, "has the wrong type; write a string (in quotes"},
		{"a string for a number", "retry: 3", `retry: "3"`, "spec.delivery.retry: has the wrong type; write a whole number"},
		{"a truth for a string", "{attributes: {to: book}}", "{attributes: {to: yes}}", "spec.filter.attributes.to: has the wrong type; write a string (in quotes"},
		{"an attribute without a value", "{attributes: {to: book}}", "{attributes: {to: }}", "spec.filter.attributes.to: has no value"},
		{"a list for a mapping", "filter: {attributes: {to: book}}", "filter: [1]", "spec.filter: has the wrong type; write a mapping"},
		{"a mapping for a list", "[{prefix: {type: tourbillon.}}]", "{prefix: {type: tourbillon.}}", "spec.filters: has the wrong type; write a list"},
		{"a string for a truth", "image: ko", "image: x\n          env: [{name: X, valueFrom: {secretKeyRef: {name: a, key: b, optional: nope}}}]\n          workingDir: ko", "optional: has the wrong type; write true or false"},
		{"an alias", "metadata: {name: two}", "metadata: &x {name: two, labels: *x}", "labels: is an alias; write it out"},
		{"a number out of range", "retry: 3", "retry: 5000000000", "retry: is out of range"},
		{"a number in octal", "retry: 3", "retry: 010", "retry: is out of range; write a whole number in decimal"},
		{"negative retries", "retry: 3", "retry: -1", "spec.delivery.retry: is -1; write a whole number from 0 to 1000"},
		{"an unknown backoff", "retry: 3", "backoffPolicy: quadratic", "backoffPolicy: write one of exponential, linear"},
		{"a duration of Go", "retry: 3", "backoffDelay: 200ms", "backoffDelay: is no ISO 8601 duration"},
		{"no timeout at all", "retry: 3", "timeout: PT0S", "timeout: must be longer than nothing"},
		{"retries beyond RabbitMQ's patience", "retry: 3", "retry: 100\n    timeout: PT30S", "an event may be on its way for"},
		{"a dead-letter sink that is not there", "KafkaSink, name: dead}}", "KafkaSink, name: gone}}", `spec.delivery.deadLetterSink.ref.name: there is no KafkaSink "gone"`},
		{"an unknown class", "RabbitMQBroker", "RabbitMq", "broker.class: the runner knows RabbitMQBroker, Kafka and MTChannelBasedBroker"},
		{"no config", "  config: {apiVersion: v1, kind: ConfigMap, name: topics}", "  {}", "Broker past: spec.config: is missing"},
		{"a config of another kind", "kind: RabbitmqBrokerConfig, name: work", "kind: RabbitmqCluster, name: work", "spec.config.kind: a RabbitMQBroker Broker is configured by a RabbitmqBrokerConfig"},
		{"a config that is not there", "RabbitmqBrokerConfig, name: work", "RabbitmqBrokerConfig, name: gone", "spec.config.name: there is no RabbitmqBrokerConfig"},
		{"a topic without partitions", `default.topic.partitions: "1"`, `default.topic.partitions: "0"`, "data.default.topic.partitions: write a whole number"},
		{"a Kafka without servers", "bootstrap.servers: kafka, ", "", "ConfigMap topics: data.bootstrap.servers: is missing"},
		{"a Trigger of no Broker", "  broker: past", "  broker: gone", `Trigger two: spec.broker: there is no Broker "gone"`},
		{"a Trigger to no Service", "subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}}", "subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: look}}", `subscriber.ref.name: there is no Service "look"`},
		{"a Trigger to a Service of Kubernetes", "subscriber: {ref: {apiVersion: serving.knative.dev/v1, ", "subscriber: {ref: {apiVersion: v1, ", "the runner knows the Service of serving.knative.dev/v1"},
		{"a Trigger to something else", "subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service", "subscriber: {ref: {apiVersion: messaging.knative.dev/v1, kind: Channel", "subscriber.ref.kind: the runner knows Service, Broker here"},
		{"a Trigger to nowhere", `{uri: "http://localhost:9/"}`, "{}", "Trigger two: spec.subscriber.uri: write an absolute http or https URL"},
		{"a relative address alone", `"http://localhost:9/"`, "/here", "spec.subscriber.uri: write an absolute http or https URL"},
		{"an absolute address with a reference", "name: book}}\n---\napiVersion: eventing", "name: book}, uri: 'http://a/'}\n---\napiVersion: eventing", "spec.subscriber.uri: with ref, write the path"},
		{"another namespace", "metadata: {name: two}", "metadata: {name: two, namespace: other}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n---\napiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: x, namespace: third}", "metadata.namespace: everything is in one namespace here"},
		{"a reference to another namespace", "kind: Service, name: book}}\n---\napiVersion: eventing", "kind: Service, name: book, namespace: other}}\n---\napiVersion: eventing", "ref.namespace: everything is in one namespace"},
		{"a Broker of another namespace", "  broker: past", "  broker: past\n  brokerRef: {name: x}", "spec.brokerRef: a Broker of another namespace is an alpha feature"},
		{"two of one name", "metadata: {name: two}", "metadata: {name: one}", "Trigger one: metadata.name: there is a Trigger of this name at a.yaml:45"},
		{"a typing error in an annotation", "parallelism", "paralelism", "no such annotation here"},
		{"too much parallelism", `"4"`, `"1001"`, `write a whole number from "1" to "1000"`},
		{"a capital in an attribute", "{to: book}", "{To: book}", "Trigger one: spec.filter.attributes.To: name attributes with small letters"},
		{"any value on RabbitMQ", "{to: book}", `{to: ""}`, "spec.filter.attributes.to: a RabbitMQBroker takes it for the empty string"},
		{"an attribute that RabbitMQ loses", "{to: book}", "{traceparent: x}", "a RabbitMQBroker does not keep this attribute"},
		{"filters on RabbitMQ", "filter: {attributes: {to: book}}", "filters: [{exact: {to: book}}]", "spec.filters: a RabbitMQBroker ignores it and delivers every event"},
		{"cesql", "{prefix: {type: tourbillon.}}", "{cesql: \"type = 'a'\"}", "spec.filters[0].cesql: the brokers' engines differ"},
		{"two dialects in one", "{prefix: {type: tourbillon.}}", "{prefix: {type: a}, suffix: {type: b}}", "spec.filters[0]: write one of exact"},
		{"an empty value in filters", "{prefix: {type: tourbillon.}}", `{not: {any: [{exact: {type: ""}}]}}`, "spec.filters[0].not.any[0].exact.type: is empty, and a cluster skips it"},
		{"an empty list in filters", "{prefix: {type: tourbillon.}}", "{all: []}", "spec.filters[0].all: is empty"},
		{"an empty dialect", "{prefix: {type: tourbillon.}}", "{exact: {}}", "spec.filters[0].exact: is empty; name an attribute"},
		{"a capital in filters", "{prefix: {type: tourbillon.}}", "{suffix: {Type: a}}", "spec.filters[0].suffix.Type: name attributes"},
		{"a delivery that loses the Broker's sink", "  broker: work\n", "  broker: work\n  delivery: {retry: 1}\n", "Trigger one: spec.delivery: replaces its Broker's as a whole, and has no deadLetterSink"},
		{"no dead-letter sink anywhere on RabbitMQ", "    deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}\n", "", "Trigger one: neither it nor Broker work has a deadLetterSink"},
		{"Brokers in a circle", `{uri: "http://localhost:9/"}`, "{ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: past}}", "Broker past leads back to Broker past"},
		{"two containers", "- image", "- image: x\n        - image", "containers: has 2 containers"},
		{"volumes", "      containers:", "      volumes: []\n      containers:", "spec.template.spec.volumes: the runner mounts nothing"},
		{"a long exchange", "      containers:", "      timeoutSeconds: 601\n      containers:", "timeoutSeconds: is 601; write a whole number from 1 to 600"},
		{"too much concurrency", "      containers:", "      containerConcurrency: 1001\n      containers:", "containerConcurrency: is 1001"},
		{"a variable twice", "[{name: FUNCTION_TARGET,", "[{name: FUNCTION_TARGET, value: x}, {name: FUNCTION_TARGET,", "FUNCTION_TARGET is there twice"},
		{"two sources of a variable", "[{name", "[{name: X, value: y, valueFrom: {}}, {name", "write either value or valueFrom"},
		{"two ports", "          env:", "          ports: [{containerPort: 1}, {containerPort: 2}]\n          env:", "ports: has 2 ports"},
		{"a port of no name", "          env:", "          ports: [{containerPort: 0, name: web}]\n          env:", "name: write one of http1, h2c"},
		{"a public Service, by label", "metadata: {name: book}\nspec:\n  template", "metadata: {name: book, labels: {networking.knative.dev/visibility: public}}\nspec:\n  template", "visibility: write cluster-local"},
		{"an annotation in the wrong place", "    spec:\n      containers", "    metadata: {annotations: {autoscaling.knative.dev/minscale: \"1\"}}\n    spec:\n      containers", "autoscaling.knative.dev/minscale: no such annotation here"},
		{"a binding of nothing", "  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}", "  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: look}", `spec.subject.name: there is no Service "look"`},
		{"a binding by labels", "  subject: {", "  subject: {selector: {matchLabels: {a: b}}, ", "spec.subject.selector: the runner binds by name"},
		{"a sink that is not there", "name: work}}\n---\napiVersion: sources", "name: gone}}\n---\napiVersion: sources", `spec.sink.ref.name: there is no Broker "gone"`},
		{"no schedule", "*/5 * * * *", "whenever", "spec.schedule: is no schedule"},
		{"@every", "*/5 * * * *", "@every 5s", "spec.schedule: Knative takes no @every"},
		{"a schedule with a zone", "*/5 * * * *", "TZ=UTC", "spec.schedule: Knative takes no @every and no time zone"},
		{"a schedule that never comes", "*/5 * * * *", "0 0 30 2 *", "spec.schedule: never comes"},
		{"no zone", "  schedule:", "  timezone: Europe/Atlantis\n  schedule:", "spec.timezone: is no time zone"},
		{"data that is no object", "  schedule:", "  contentType: application/json\n  data: '[1]'\n  schedule:", "spec.data: must be a JSON object"},
		{"data twice", "  schedule:", "  data: a\n  dataBase64: YQ==\n  schedule:", "spec.dataBase64: write either data or dataBase64"},
		{"no base64", "  schedule:", "  dataBase64: '!'\n  schedule:", "spec.dataBase64: is no base64"},
		{"an extension of no name", "  schedule:", "  ceOverrides: {extensions: {Kind: a}}\n  schedule:", "spec.ceOverrides.extensions.Kind: name extensions"},
		{"a queue of no type", "{rabbitmqClusterReference: {name: rabbitmq}}", "{rabbitmqClusterReference: {name: rabbitmq}, queueType: lazy}", "spec.queueType: write one of quorum, classic"},
		{"a cluster by name and by secret", "{name: rabbitmq}", "{name: rabbitmq, connectionSecret: {name: x}}", "write either name or connectionSecret"},
		{"a topic without servers", "bootstrapServers: [kafka]", "bootstrapServers: []", "spec.bootstrapServers: is empty"},
		{"OIDC", "subscriber: {uri:", "subscriber: {audience: x, uri:", "spec.subscriber.audience: the runner has no OIDC"},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, err := spoilt(t, c.old, c.new)
			if err == nil {
				t.Fatal("it is taken")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestRead_SaysWhere(t *testing.T) {
	fsys := fstest.MapFS{
		"b.yml":  {Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: B\n")},
		"a.yaml": {Data: []byte("# first\napiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: t}\nspec:\n  broker: x\n  filter:\n    attributes:\n      Kind: fact\n  subscriber: {uri: x}\n---\n{\n")},
		"c.txt":  {Data: []byte("not read")},
	}
	_, err := knative.Read(fsys)
	want := strings.Join([]string{
		`a.yaml:6: Trigger t: spec.broker: there is no Broker "x"; write its manifest, or mend the name`,
		`a.yaml:10: Trigger t: spec.subscriber.uri: write an absolute http or https URL, or name something by ref`,
		`a.yaml:12: not YAML: did not find expected node content`,
		`b.yml:4: ConfigMap B: metadata.name: write small letters, digits and dashes, 63 at most`,
	}, "\n")
	if err == nil || cmp.Diff(want, err.Error()) != "" {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, err.Error()))
	}
}

func TestRead_Takes(t *testing.T) {
	for says, c := range map[string][2]string{
		"it as it is":                              {"", ""},
		"one namespace for all":                    {"metadata: {name: two}", "metadata: {name: two, namespace: tours}"},
		"ConfigMaps of one name in two namespaces": {"---\napiVersion: v1\nkind: C", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: topics, namespace: other}\n---\napiVersion: v1\nkind: C"},
		"a config that is elsewhere":               {"ConfigMap, name: topics}", "ConfigMap, name: gone, namespace: knative-eventing}"},
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := spoilt(t, c[0], c[1]); err != nil {
				t.Error(err)
			}
		})
	}
	for says, fsys := range map[string]fs.FS{
		"no folder without manifests": fstest.MapFS{"a.txt": {}, "deep/a.yaml": {Data: []byte(sound)}},
		"no folder that is not there": os.DirFS("testdata/gone"),
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := knative.Read(fsys); err == nil {
				t.Error("it is taken")
			}
		})
	}
}

func TestRead_QuotesNoSecret(t *testing.T) {
	const secret = "hunter2"
	for says, spoil := range map[string][2]string{
		"a value of the wrong type":      {"value: book}", "value: {a: " + secret + "}}"},
		"an alias":                       {"value: book}", "value: *" + secret + "}"},
		"a broken file":                  {"value: book}", `value: "` + secret + `\q"}`},
		"credentials in an address":      {"http://localhost:9/", "http://me:" + secret + "@localhost:9/"},
		"a Secret":                       {"kind: ConfigMap\nmetadata: {name: topics}\ndata: {", "kind: Secret\nmetadata: {name: topics}\nstringData: {password: " + secret + ", "},
		"data that is no object":         {"  schedule:", "  contentType: application/json\n  data: " + secret + "\n  schedule:"},
		"data that is no base64":         {"  schedule:", "  dataBase64: " + secret + "!\n  schedule:"},
		"a variable that is there twice": {"[{name: F", "[{name: P, value: " + secret + "}, {name: P, value: " + secret + "}, {name: F"},
	} {
		t.Run(says, func(t *testing.T) {
			_, err := spoilt(t, spoil[0], spoil[1])
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRead_FillsIn(t *testing.T) {
	dead := "deadLetterSink: {ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}"
	sink := knative.Destination{Kind: "KafkaSink", Name: "dead"}
	const ms = time.Millisecond
	for _, c := range []struct {
		says, class, ofBroker, ofTrigger string
		want                             knative.Delivery
	}{
		{"the cluster's, where there is none", "Kafka", "", "", knative.Delivery{Retry: 10, BackoffPolicy: "exponential", BackoffDelay: 200 * ms, Timeout: 10 * time.Minute}},
		{"the cluster's, whatever the class", "MTChannelBasedBroker", "", "", knative.Delivery{Retry: 10, BackoffPolicy: "exponential", BackoffDelay: 200 * ms}},
		{"RabbitMQ's figures", "RabbitMQBroker", "{" + dead + "}", "", knative.Delivery{Retry: 5, BackoffPolicy: "exponential", BackoffDelay: 50 * ms, DeadLetter: sink}},
		{"Kafka's figures", "Kafka", "{" + dead + "}", "", knative.Delivery{BackoffPolicy: "exponential", BackoffDelay: 200 * ms, Timeout: 10 * time.Minute, DeadLetter: sink}},
		{"the channel's figures", "MTChannelBasedBroker", "{" + dead + "}", "", knative.Delivery{BackoffPolicy: "exponential", DeadLetter: sink}},
		{"what is written counts", "Kafka", "{retry: 0, backoffPolicy: linear, backoffDelay: PT1M0.5S, timeout: P1D, retryAfterMax: PT9S, " + dead + "}", "",
			knative.Delivery{BackoffPolicy: "linear", BackoffDelay: 60500 * ms, Timeout: 24 * time.Hour, DeadLetter: sink}},
		{"a Trigger's replaces it as a whole", "RabbitMQBroker", "{retry: 7, timeout: PT1S, " + dead + "}", "{retry: 2, " + dead + "}",
			knative.Delivery{Retry: 2, BackoffPolicy: "exponential", BackoffDelay: 50 * ms, DeadLetter: sink}},
	} {
		t.Run(c.says, func(t *testing.T) {
			ofBroker, ofTrigger := "", ""
			if c.ofBroker != "" {
				ofBroker = "  delivery: " + c.ofBroker
			}
			if c.ofTrigger != "" {
				ofTrigger = "delivery: " + c.ofTrigger
			}
			m, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(broker(c.class, ofBroker) + service("a") + to("t", "a", "", ofTrigger))}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, m.Triggers[0].Delivery); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
