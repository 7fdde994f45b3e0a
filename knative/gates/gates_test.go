package gates

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folders are all that somebody might apply.
func folders(t *testing.T) []string {
	t.Helper()
	overlays, err := filepath.Glob("../overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	return append(overlays, "../base")
}

func built(t *testing.T, folder string) []Object {
	t.Helper()
	objects, err := Build(folder)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func opened(t *testing.T) *Gates {
	t.Helper()
	g, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEveryOverlay(t *testing.T) {
	g := opened(t)
	for _, folder := range folders(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			objects := built(t, folder)
			if len(objects) < 100 {
				t.Fatalf("%d objects: are the base's there?", len(objects))
			}
			for _, o := range objects {
				for _, no := range g.Check(o) {
					t.Errorf("%s: %s", o, no)
				}
			}
		})
	}
	if _, err := os.Stat("../overlays/kind"); err != nil {
		t.Error(err)
	}
}

func TestSchemas_HaveNoRulesBesides(t *testing.T) {
	for kind, s := range opened(t).schemas {
		if n := s.rules(); n > 0 {
			t.Errorf("%s: %d rules in CEL, which the gate does not evaluate", kind, n)
		}
	}
}

// TestCheck_Bites changes one thing in an object and demands that the gate which
// is for it refuses that.
func TestCheck_Bites(t *testing.T) {
	g, all := opened(t), map[string]Object{}
	for _, o := range built(t, "../overlays/kind") {
		all[o.String()] = o
	}
	for _, c := range []struct{ says, object, old, new, want string }{
		{"a field that is written wrong", "Service book", "containerConcurrency:", "containerConcurency:", "webhook: json: unknown field"},
		{"a field in the wrong place", "Trigger keeper", "  broker: bookings", "  brokers: bookings", `webhook: json: unknown field "brokers"`},
		{"a scale that is no number", "Service book", `max-scale: "4"`, `max-scale: lots`, "webhook: invalid value: lots"},
		{"a scale that is no text", "Service book", `max-scale: "4"`, `max-scale: 4`, "cannot unmarshal number"},
		{"a window that is too short", "Service book", "window: 30s", "window: 5s", "webhook: expected 6s <= 5s <= 1h0m0s"},
		{"a timeout above what a cluster allows", "Service book", "timeoutSeconds: 60", "timeoutSeconds: 900", "webhook: expected 0 <= 900 <= 600"},
		{"an init container", "Service book", "      enableServiceLinks: false", "      initContainers: [{image: x, name: x}]", "spec.template.spec.initContainers"},
		{"an image with capitals", "Service book", "ko://tourbillon/cmd", "ko://Tourbillon/cmd", "webhook: Failed to parse image reference"},
		{"the deprecated sidecar port", "Service book", "name: http1", "name: queue-port", "webhook: Port name queue-port is not allowed"},
		{"a Broker without a config", "Broker bookings", "  config:\n    apiVersion: eventing.knative.dev/v1alpha1\n    kind: RabbitmqBrokerConfig\n    name: bookings\n", "", "webhook:"},
		{"a policy of backoff that there is not", "Broker history", "backoffPolicy: exponential", "backoffPolicy: quadratic", "webhook: invalid value: quadratic: spec.delivery.backoffPolicy"},
		{"a wait that is no duration", "Broker history", "PT0.2S", "200ms", "webhook: invalid value: 200ms: spec.delivery.backoffDelay"},
		{"a feature that is not on", "Broker history", "    retry: 8", "    retry: 8\n    retryAfterMax: PT5S", "webhook: must not set the field(s): spec.delivery.retryAfterMax"},
		{"a queue that there is not", "RabbitmqBrokerConfig bookings", "queueType: quorum", "queueType: stream", "schema: spec.queueType: Unsupported value"},
		{"two at once that are not a number", "Trigger keeper", `parallelism: "32"`, `parallelism: "many"`, "webhook: invalid value: many"},
		{"less memory than asked for", "Trigger keeper", "memory-limit: ", "memory-limit: 1Ki # ", "webhook: request must be less"},
		{"a filter that is no attribute", "Trigger keeper", "      saga: step", "      Saga-Step: step", "webhook: invalid key name"},
		{"a schedule that never comes", "PingSource clock", "'*/5 * * * * *'", "every five seconds", "webhook: invalid value"},
		{"a schedule of macros", "PingSource clock", "'*/5 * * * * *'", "'@every 5s'", "webhook:"},
		{"data that is no JSON", "PingSource clock", "data: '{}'", "data: '['", "webhook: invalid value"},
		{"a sink that is nowhere", "SinkBinding clock", "    ref:\n      apiVersion: eventing.knative.dev/v1\n      kind: Broker\n      name: bookings\n", "    {}\n", "webhook:"},
		{"an event type without a type", "EventType tourbillon.saga.wake.v1", "name: type", "name: typ", "webhook: missing field(s): spec.attributes.type"},
		{"a sink without a topic", "KafkaSink dead-letters", "  topic: tourbillon.dead-letters\n", "", "webhook: missing field(s): spec.topic"},
		{"copies without partitions", "KafkaSink dead-letters", "  topic:", "  replicationFactor: 3\n  topic:", "webhook: expected exactly one"},
		{"a cluster of minus one", "RabbitmqCluster rabbitmq", "replicas: 1", "replicas: -1", "schema: spec.replicas"},
		{"a setting of RabbitMQ in no place", "RabbitmqCluster rabbitmq", "    additionalConfig:", "    aditionalConfig:", "schema: unknown field spec.rabbitmq.aditionalConfig"},
		{"a probe of Kubernetes' that there is not", "Deployment relay", "readinessProbe:", "readynessProbe:", `type: error unmarshaling JSON: while decoding JSON: json: unknown field "readynessProbe"`},
		{"a kind that nobody knows", "SinkBinding clock", "kind: SinkBinding", "kind: SinkBound", "no gate knows sources.knative.dev/v1 SinkBound"},
	} {
		t.Run(c.says, func(t *testing.T) {
			o, ok := all[c.object]
			if !ok {
				t.Fatalf("there is no %s", c.object)
			}
			text := strings.Replace(string(o.Text), c.old, c.new, 1)
			if text == string(o.Text) {
				t.Fatalf("%s has no %q:\n%s", c.object, c.old, text)
			}
			changed, err := Read([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if no := strings.Join(g.Check(changed), "\n"); !strings.Contains(no, c.want) {
				t.Errorf("got %q, want %q in it", no, c.want)
			}
		})
	}
}
