package gates

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

// named are objects by "Kind name".
func named(objects []Object) map[string]Object {
	all := map[string]Object{}
	for _, o := range objects {
		if o.APIVersion == "v1" && o.Kind == "Service" {
			continue // a function is a Service, too
		}
		all[o.String()] = o
	}
	return all
}

// TestHistory_IsWhereTheRelayLooks holds the Brokers' topics and servers
// against the relay's, in each overlay.
func TestHistory_IsWhereTheRelayLooks(t *testing.T) {
	for _, folder := range folders(t) {
		all := named(built(t, folder))
		data, _ := dig(all["ConfigMap kafka-broker-config"].Fields, "data").(map[string]any)
		env := map[string]core.EnvVar{}
		for _, e := range podsOf(t, all["Deployment relay"]).Containers[0].Env {
			env[e.Name] = e
		}
		prefix := env["KAFKA_TOPIC_PREFIX"].Value
		if topic := annotation(all["Broker history"], []string{"metadata", "annotations"}, "kafka.eventing.knative.dev/external.topic"); prefix == "" || topic != prefix+"bookings" {
			t.Errorf("%s: facts go to %q, and the relay looks below %q", folder, topic, prefix)
		}
		if topic := dig(all["KafkaSink dead-letters"].Fields, "spec", "topic"); topic != prefix+"dead-letters" {
			t.Errorf("%s: dead letters go to %q", folder, topic)
		}
		servers, _ := dig(all["KafkaSink dead-letters"].Fields, "spec", "bootstrapServers").([]any)
		var addresses []string
		for _, s := range servers {
			addresses = append(addresses, s.(string))
		}
		if data["bootstrap.servers"] != strings.Join(addresses, ",") {
			t.Errorf("%s: the history is at %v, and dead letters at %v", folder, data["bootstrap.servers"], addresses)
		}
		switch e := env["KAFKA_BROKERS"]; {
		case e.ValueFrom != nil && e.Value == "" && e.ValueFrom.ConfigMapKeyRef.Key == "bootstrap.servers":
		case e.ValueFrom == nil && hosts(e.Value) == hosts(data["bootstrap.servers"].(string)):
		default:
			t.Errorf("%s: the relay reads Kafka at %+v", folder, e)
		}
		if !slices.ContainsFunc(podsOf(t, all["Deployment relay"]).Containers[0].EnvFrom, required("tourbillon")) {
			t.Errorf("%s: the relay may start without REDIS_URL", folder)
		}
	}
}

// hosts are a list of addresses without their ports.
func hosts(list string) string {
	var all []string
	for at := range strings.SplitSeq(list, ",") {
		host, _, _ := strings.Cut(at, ":")
		all = append(all, host)
	}
	return strings.Join(all, ",")
}

// required reports whether variables are a Secret's without which no pod starts.
func required(secret string) func(core.EnvFromSource) bool {
	return func(e core.EnvFromSource) bool {
		return e.SecretRef != nil && e.SecretRef.Name == secret && (e.SecretRef.Optional == nil || !*e.SecretRef.Optional)
	}
}

func TestFunctions_DoNotStartWithoutTheirSettings(t *testing.T) {
	for _, folder := range folders(t) {
		for _, o := range built(t, folder) {
			if o.APIVersion != "serving.knative.dev/v1" {
				continue
			}
			from := podsOf(t, o).Containers[0].EnvFrom
			if !slices.ContainsFunc(from, required("tourbillon")) {
				t.Errorf("%s: %s may start without REDIS_URL, and have records of its own", folder, o)
			}
			if from[0].ConfigMapRef == nil || from[0].ConfigMapRef.Name != "settings" {
				t.Errorf("%s: %s has its settings from %+v; the Secret's come last, and count", folder, o, from)
			}
		}
	}
}
