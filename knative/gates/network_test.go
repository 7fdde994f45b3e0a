package gates

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

const home = "tourbillon"

// The ends of connections that are not in the manifests, by the labels that
// Knative and the operators give their pods.
var (
	gateway    = pod{"the gateway", "kourier-system", map[string]string{"app": "3scale-kourier-gateway"}, ""}
	activator  = pod{"the activator", "knative-serving", map[string]string{"app": "activator"}, ""}
	adapter    = pod{"PingSource's adapter", "knative-eventing", map[string]string{"sources.knative.dev/role": "adapter"}, ""}
	receiver   = pod{"Kafka's receiver", "knative-eventing", map[string]string{"app": "kafka-broker-receiver"}, ""}
	names      = pod{"DNS", "kube-system", map[string]string{"k8s-app": "kube-dns"}, ""}
	ingress    = pod{"the Broker's ingress", home, map[string]string{"eventing.knative.dev/broker": "bookings", "eventing.knative.dev/brokerRole": "ingress"}, ""}
	dispatcher = pod{"a dispatcher", home, map[string]string{"eventing.knative.dev/broker": "bookings", "eventing.knative.dev/brokerRole": "dispatcher"}, ""}
	letters    = pod{"the dead letters' dispatcher", home, map[string]string{"eventing.knative.dev/broker": "bookings", "eventing.knative.dev/brokerRole": "dispatcher-dlq"}, ""}
	queues     = pod{"RabbitMQ", home, map[string]string{"app.kubernetes.io/name": "rabbitmq", "app.kubernetes.io/component": "rabbitmq"}, ""}
	topology   = pod{"the topology operator", "rabbitmq-system", map[string]string{"app.kubernetes.io/name": "messaging-topology-operator"}, ""}
	server     = pod{"Kafka", "kafka", map[string]string{"app.kubernetes.io/name": "kafka"}, ""}
	world      = pod{"the world", "", nil, "0.0.0.0/0"}
	stranger   = pod{"another pod", "default", map[string]string{"app": "stranger"}, ""}
	beside     = pod{"another pod here", home, map[string]string{"app": "stranger"}, ""}
)

// functionPods are the pods of the functions, as Knative labels them.
func functionPods(objects []Object) map[string]pod {
	all := map[string]pod{}
	for _, o := range objects {
		if o.APIVersion == "serving.knative.dev/v1" {
			labels := map[string]string{"serving.knative.dev/service": o.Name}
			for k, v := range dig(o.Fields, "spec", "template", "metadata", "labels").(map[string]any) {
				labels[k] = v.(string)
			}
			all[o.Name] = pod{o.Name, o.Namespace, labels, ""}
		}
	}
	return all
}

// dig walks down by keys.
func dig(of any, keys ...string) any {
	for _, key := range keys {
		m, _ := of.(map[string]any)
		of = m[key]
	}
	return of
}

// bound are the functions that have a sink: they publish.
func bound(objects []Object) (all []string) {
	for _, o := range objects {
		if o.Kind == "SinkBinding" {
			all = append(all, dig(o.Fields, "spec", "subject", "name").(string))
		}
	}
	return all
}

// keyed are the functions that have the keys of providers.
func keyed(objects []Object) (all []string) {
	for _, o := range objects {
		if o.APIVersion == "serving.knative.dev/v1" && strings.Contains(string(o.Text), "name: providers\n") {
			all = append(all, o.Name)
		}
	}
	return all
}

func TestNetwork(t *testing.T) {
	objects := built(t, "../overlays/kind")
	n, err := networkOf(objects)
	if err != nil {
		t.Fatal(err)
	}
	redis := pod{"Redis", home, map[string]string{"app.kubernetes.io/name": "redis"}, ""}
	relay := pod{"the relay", home, map[string]string{"app.kubernetes.io/name": "relay", "app.kubernetes.io/component": "relay"}, ""}
	want := func(is bool, from, to pod, port int, protocol core.Protocol) {
		t.Helper()
		if n.admits(from, to, port, protocol) != is {
			t.Errorf("%s to %s at %d: admitted is %v", from.Name, to.Name, port, !is)
		}
	}
	admitted := func(from, to pod, port int) { t.Helper(); want(true, from, to, port, core.ProtocolTCP) }
	refused := func(from, to pod, port int) { t.Helper(); want(false, from, to, port, core.ProtocolTCP) }

	functions := functionPods(objects)
	if len(functions) != 15 {
		t.Fatalf("%d functions", len(functions))
	}
	publish, pay := bound(objects), keyed(objects)
	for name, f := range functions {
		admitted(gateway, f, 8012)
		admitted(activator, f, 8012)
		admitted(activator, f, 9090) // the autoscaler, beside it
		admitted(f, redis, 6379)
		want(true, f, names, 53, core.ProtocolUDP)
		want(slices.Contains(publish, name), f, ingress, 8080, core.ProtocolTCP)
		want(slices.Contains(pay, name), f, world, 443, core.ProtocolTCP)
		refused(stranger, f, 8012)
		refused(beside, f, 8012)
		refused(f, queues, 5672)
		refused(f, server, 9092)
		refused(f, functions["reserve"], 8012) // functions do not call each other
	}
	for _, d := range []pod{dispatcher, letters} {
		admitted(d, queues, 5672)
		admitted(d, gateway, 8081)
		admitted(d, ingress, 8080)  // answers
		admitted(d, receiver, 8080) // the history, and dead letters
		refused(d, redis, 6379)
		refused(d, world, 443)
	}
	admitted(adapter, ingress, 8080)
	admitted(ingress, queues, 5672)
	admitted(topology, queues, 15672)
	admitted(queues, queues, 25672)
	admitted(relay, redis, 6379)
	admitted(relay, server, 9092)
	admitted(stranger, relay, 3007) // a gateway of whatever kind
	for _, p := range []pod{stranger, beside, gateway} {
		refused(p, redis, 6379)
		refused(p, queues, 5672)
		refused(p, ingress, 8080)
	}
	refused(relay, world, 443)
	refused(redis, world, 443)
	want(true, relay, names, 53, core.ProtocolUDP)
}
