package lint_test

import (
	"slices"
	"strings"
	"testing"

	"tourbillon/knative"
	"tourbillon/knative/lint"
)

// ours are our own manifests.
func ours(t *testing.T) []lint.File {
	t.Helper()
	files, err := lint.FromFS(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestBase holds that our own manifests have nothing wrong.
func TestBase(t *testing.T) {
	if got := lines(lint.Check(ours(t), lint.Options{})); got != "" {
		t.Errorf("our own manifests:\n%s", got)
	}
}

// more is a manifest beside ours, in their namespace.
func more(kind, name, rest string) string {
	version, kind, _ := strings.Cut(kind, " ")
	return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: tourbillon}\n" + rest + "\n"
}

const (
	archived = "filter:\n    attributes: {kind: fact}"
	sink     = "ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead-letters}"
	trigger  = "eventing.knative.dev/v1 Trigger"
	pod      = "spec: {template: {spec: {containers: [{name: a, image: a, "
	patient  = "spec: {rabbitmq: {additionalConfig: consumer_timeout = 43200000}}"
	first    = "env: [{name: FUNCTION_TARGET, value: request}]"
)

// TestBase_Gotchas plants each gotcha that a manifest can show into ours.
func TestBase_Gotchas(t *testing.T) {
	planted := map[int]bool{}
	for _, c := range []struct {
		gotcha         int
		file, from, to string // file empty: to is a file of its own
		rules          string
	}{
		{1, "", "", more(trigger, "t", "spec: {broker: bookings, filter: {attributes: {kind: fact}}, subscriber: {uri: https://a.example.com}}"), "rabbitmq-refusal-lost"},
		{2, "archive.yaml", archived, "filters: [{exact: {kind: fact}}]", "rabbitmq-filters-ignored"},
		{5, "archive.yaml", "  broker: bookings", "  broker: bookings\n  delivery: {retry: 3}", "delivery-drops-dead-letter-sink"},
		{6, "brokers.yaml", "deadLetterSink:\n      " + sink, "", "rabbitmq-no-dead-letter-sink"},
		{7, "", "", more(trigger, "t", "spec: {broker: history, filter: {attributes: {kind: fact}}, subscriber: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: bookings}}}"), "broker-circle"},
		{8, "brokers.yaml", "retry: 8", "retry: 40", "delivery-outlasts-acknowledgement"},
		{9, "archive.yaml", archived, "filter: {attributes: {kind: fact, knativeerrordata: x}}", "rabbitmq-attribute-never-matches"},
		{10, "brokers.yaml", sink, "ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: audit}", "dead-letter-sink-may-be-down"},
		{12, "rabbitmq.yaml", "consumer_timeout =", "# consumer_timeout =", "rabbitmq-ahead-outlasts-acknowledgement"},
		{13, "audit.yaml", "  namespace: tourbillon\n", "  namespace: tourbillon\n  annotations: {kafka.eventing.knative.dev/delivery.order: ordered}\n", "ordered-delivery-blocks ordered-without-partition-key"},
		{14, "audit.yaml", "  namespace: tourbillon\n", "  namespace: tourbillon\n  annotations: {kafka.eventing.knative.dev/delivery.order: ordered}\n", "ordered-delivery-blocks ordered-without-partition-key"},
		{15, "brokers.yaml", "timeout: PT30S", "timeout: PT30S\n    retryAfterMax: PT30S", "retry-after-max"},
		{16, "brokers.yaml", "retry: 8", "retry: 7", "immutable-changed"},
		{17, "", "", more(trigger, "t", "spec: {broker: history, filter: {attributes: {kind: fact}}, subscriber: {uri: http://a.b.svc}}"), "kafka-trigger-new"},
		{18, "brokers.yaml", `factor: "1"`, `factor: "3"`, "replication-factor"},
		{19, "brokers.yaml", "  config: {apiVersion: v1, kind: ConfigMap", "  # config: {apiVersion: v1, kind: ConfigMap", "broker-config-missing"},
		{20, "brokers.yaml", "{name: rabbitmq, namespace: tourbillon}", "{name: r, namespace: other}\n---\n" + strings.Replace(more("rabbitmq.com/v1beta1 RabbitmqCluster", "r", patient), "tourbillon", "other", 1) + "---\n#", "rabbitmq-topology-namespace"},
		{21, "brokers.yaml", "{name: rabbitmq, namespace: tourbillon}", "{connectionSecret: {name: s}}\n---\n" + more("v1 Secret", "s", "stringData: {password: 'a@b'}") + "---\n#", "rabbitmq-credentials"},
		{22, "archive.yaml", archived, "filter: {attributes: {kind: fact, urgent: 'true'}}", "rabbitmq-typed-attribute"},
		{23, "services.yaml", first, first + "\n          readinessProbe: {httpGet: {path: /}}", "function-probe"},
		{24, "", "", more("apps/v1 Deployment", "d, labels: {function.knative.dev: 'true'}", pod+"env: [{name: PORT, value: '1'}]}]}}}"), "func-loopback"},
		{25, "services.yaml", `min-scale: "0"`, "min-scale: 0", "autoscaling-not-a-string"},
		{26, "services.yaml", first, first + "\n          args: [--websocket]", "websocket-on-service"},
		{27, "services.yaml", "timeoutSeconds: 90", "timeoutSeconds: 900", "service-timeout-too-long"},
		{28, "brokers.yaml", "spec: # lint: allow rabbitmq-dispatcher-requests", "spec: # as the patches say", "rabbitmq-dispatcher-requests"},
		{29, "", "", more("apps/v1 StatefulSet", "kafka-broker-dispatcher", pod+"resources: {requests: {cpu: 1}}}]}}}"), "kafka-dispatcher-requests"},
		{31, "brokers.yaml", "  delivery:\n", "  left:\n", "delivery-defaulted rabbitmq-no-dead-letter-sink unknown-field"},
		{32, "services.yaml", first, "env: [{name: FUNCTION_TARGET, value: request}, {name: TO, value: 'http://bookings-broker-ingress.tourbillon'}]", "ingress-hard-coded"},
		{33, "", "", more("serving.knative.dev/v1beta1 DomainMapping", "a.example.com", "spec: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: bookings}}"), "rabbitmq-ingress-exposed"},
		{34, "services.yaml", first, "env: [{name: FUNCTION_TARGET, value: request}, {name: K_SINK, value: 'http://a'}]", "k-sink-by-hand"},
		{35, "", "", more("eventing.knative.dev/v1alpha1 EventPolicy", "p", "spec: {}"), "event-policy-without-oidc"},
		{36, "", "", more("messaging.knative.dev/v1 Channel", "c", "spec: {}"), "in-memory-channel"},
		{37, "audit.yaml", archived, "filters: [{cesql: kind + 1}]", "cesql-not-boolean"},
	} {
		planted[c.gotcha] = true
		files, options := ours(t), lint.Options{KafkaBrokers: 1}
		if c.gotcha == 16 || c.gotcha == 17 {
			options.Against = ours(t)
		}
		if i := slices.IndexFunc(files, func(f lint.File) bool { return f.Name == c.file }); i >= 0 {
			text := strings.Replace(string(files[i].Text), c.from, c.to, 1)
			if text == string(files[i].Text) {
				t.Errorf("%d: %s has no %q", c.gotcha, c.file, c.from)
			}
			files[i].Text = []byte(text)
		} else {
			files = append(files, lint.File{Name: "planted.yaml", Text: []byte(c.to)})
		}
		found := lint.Check(files, options)
		var rules []string
		for _, f := range found.Findings {
			rules = append(rules, f.Rule)
		}
		slices.Sort(rules)
		if !slices.ContainsFunc(strings.Fields(gotchas[c.gotcha-1].rules), func(rule string) bool { return slices.Contains(rules, rule) }) {
			t.Errorf("%d: none of its own rules finds it: %v", c.gotcha, rules)
		}
		if got := strings.Join(slices.Compact(rules), " "); got != c.rules {
			t.Errorf("%d: it finds %q, want %q:\n%s", c.gotcha, got, c.rules, lines(found))
		}
	}
	for i, g := range gotchas {
		if planted[i+1] != (g.rules != "") {
			t.Errorf("%d has rules %q, and is planted: %v", i+1, g.rules, planted[i+1])
		}
	}
}
