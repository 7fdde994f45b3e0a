package gates

import (
	"maps"
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
		case e.ValueFrom == nil && e.Value == data["bootstrap.servers"]:
		default:
			t.Errorf("%s: the relay reads Kafka at %+v", folder, e)
		}
		if !slices.ContainsFunc(podsOf(t, all["Deployment relay"]).Containers[0].EnvFrom, required("tourbillon")) {
			t.Errorf("%s: the relay may start without REDIS_URL", folder)
		}
	}
}

// TestRelay_SpeaksToKafkaAsTheHistoryDoes has what the Secret of the Broker's
// settings may hold go to the relay, in each overlay; where they name none,
// nothing does.
func TestRelay_SpeaksToKafkaAsTheHistoryDoes(t *testing.T) {
	keys := map[string]string{
		"KAFKA_SECURITY_PROTOCOL": "protocol", "KAFKA_SASL_MECHANISM": "sasl.mechanism", "KAFKA_USER": "user", "KAFKA_PASSWORD": "password",
		"KAFKA_CA": "ca.crt", "KAFKA_USER_CERT": "user.crt", "KAFKA_USER_KEY": "user.key",
	}
	for _, folder := range folders(t) {
		all := named(built(t, folder))
		secret := dig(all["ConfigMap kafka-broker-config"].Fields, "data", "auth.secret.ref.name")
		if sink := dig(all["KafkaSink dead-letters"].Fields, "spec", "auth", "secret", "ref", "name"); sink != secret {
			t.Errorf("%s: the history is written with Secret %v, and dead letters with %v", folder, secret, sink)
		}
		got := map[string]string{}
		for _, e := range podsOf(t, all["Deployment relay"]).Containers[0].Env {
			if keys[e.Name] == "" {
				continue
			}
			if e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil || e.ValueFrom.SecretKeyRef.Name != secret {
				t.Errorf("%s: the relay has %s from elsewhere than Secret %v", folder, e.Name, secret)
				continue
			}
			from := e.ValueFrom.SecretKeyRef
			if optional := from.Optional != nil && *from.Optional; optional == (from.Key == "protocol") {
				t.Errorf("%s: %s is optional: %v; the protocol says what else is needed", folder, e.Name, optional)
			}
			got[e.Name] = from.Key
		}
		if secret == nil && len(got) > 0 || secret != nil && !maps.Equal(got, keys) {
			t.Errorf("%s: of Secret %v the relay has %v, want %v", folder, secret, got, keys)
		}
	}
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
