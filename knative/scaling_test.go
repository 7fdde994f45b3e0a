package knative_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/knative"
	"tourbillon/knative/scale"
)

// scaled is a Service with annotations and further fields of its revision.
func scaled(annotations, more string) fstest.MapFS {
	return fstest.MapFS{"a.yaml": {Data: []byte(`apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: a}
spec:
  template:
    metadata: {annotations: {` + annotations + `}}
    spec:
      ` + more + `
      containers: [{image: i, env: [{name: FUNCTION_TARGET, value: a}]}]
`)}}
}

func TestRead_Scale(t *testing.T) {
	const of = "autoscaling.knative.dev/"
	cluster := scale.Settings{
		Initial: 0, Metric: scale.Concurrency, Target: 70, Window: time.Minute, PanicWindow: 6 * time.Second, PanicThreshold: 2,
		Activation: 1, Timeout: 5 * time.Minute,
	}
	for _, c := range []struct {
		says, annotations, more string
		want                    func(*scale.Settings)
	}{
		{"a cluster's, where nothing is said", "", "", func(*scale.Settings) {}},
		{"the bounds", of + `min-scale: "2", ` + of + `max-scale: "4", ` + of + `initial-scale: "3", ` + of + `activation-scale: "2"`, "",
			func(s *scale.Settings) { s.Min, s.Max, s.Initial, s.Activation = 2, 4, 3, 2 }},
		{"in the older spelling, too", of + `minScale: "2", ` + of + `maxScale: "4", ` + of + `initialScale: "3"`, "",
			func(s *scale.Settings) { s.Min, s.Max, s.Initial = 2, 4, 3 }},
		{"of which the newer counts", of + `minScale: "2", ` + of + `min-scale: "3"`, "", func(s *scale.Settings) { s.Min = 3 }},
		{"the target of one process", of + `target: "10", ` + of + `target-utilization-percentage: "50"`, "", func(s *scale.Settings) { s.Target = 5 }},
		{"which is its limit, if there is one", "", "containerConcurrency: 20", func(s *scale.Settings) { s.Limit, s.Target = 20, 14 }},
		{"and never above that", of + `target: "30"`, "containerConcurrency: 20", func(s *scale.Settings) { s.Limit, s.Target = 20, 14 }},
		{"and may be below", of + `target: "10"`, "containerConcurrency: 20", func(s *scale.Settings) { s.Limit, s.Target = 20, 7 }},
		{"requests a second", of + `metric: rps`, "containerConcurrency: 20", func(s *scale.Settings) { s.Metric, s.Limit, s.Target = scale.Requests, 20, 140 }},
		{"the times", of + `window: "30s", ` + of + `scale-down-delay: "1m", ` + of + `scale-to-zero-pod-retention-period: "90s", ` + of + `panic-window-percentage: "20.0", ` + of + `panic-threshold-percentage: "150"`, "timeoutSeconds: 60",
			func(s *scale.Settings) {
				s.Window, s.PanicWindow, s.PanicThreshold, s.Delay, s.Retention, s.Timeout = 30*time.Second, 6*time.Second, 1.5, time.Minute, 90*time.Second, time.Minute
			}},
		{"what is Knative's own", of + `class: kpa.autoscaling.knative.dev, ` + of + `target-burst-capacity: "-1", ` + of + `metric-aggregation-algorithm: linear`, "", func(*scale.Settings) {}},
	} {
		t.Run(c.says, func(t *testing.T) {
			m, err := knative.Read(scaled(c.annotations, c.more))
			if err != nil {
				t.Fatal(err)
			}
			want := cluster
			c.want(&want)
			if d := cmp.Diff(want, m.Services[0].Scale); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestRead_RefusesScale(t *testing.T) {
	for annotation, advice := range map[string]string{
		`min-scale: "-1"`:                           `write a whole number of at least "0"`,
		`max-scale: "many"`:                         `write a whole number of at least "0"`,
		`initial-scale: "0"`:                        `a cluster refuses "0"`,
		`activation-scale: "1"`:                     `write a whole number of at least "2"`,
		`target: "0"`:                               `write a number from "0.01", in quotes`,
		`target: "NaN"`:                             `write a number from "0.01", in quotes`,
		`target-utilization-percentage: "101"`:      `write a number from "1" to "100"`,
		`targetUtilizationPercentage: "0.5"`:        `write a number from "1" to "100"`,
		`window: "5s"`:                              `write a duration from "6s" to "1h"`,
		`window: "6500ms"`:                          `in whole seconds`,
		`scale-down-delay: "2h"`:                    `write a duration from "0s" to "1h"`,
		`scaleToZeroPodRetentionPeriod: "a while"`:  `write a duration from "0s" to "1h"`,
		`class: hpa.autoscaling.knative.dev`:        `the runner knows kpa.autoscaling.knative.dev`,
		`metric: cpu`:                               `write one of concurrency, rps`,
		`metric-aggregation-algorithm: exponential`: `write one of linear, weightedExponential`,
		`target-burst-capacity: "-2"`:               `write a number of at least "0", or "-1"`,
		`panic-window-percentage: "0"`:              `write a number from "1" to "100"`,
		`panicThresholdPercentage: "100"`:           `write a number from "110" to "1000"`,
		`minscale: "1"`:                             `no such annotation here`,
	} {
		t.Run(annotation, func(t *testing.T) {
			name, _, _ := strings.Cut(annotation, ":")
			_, err := knative.Read(scaled("autoscaling.knative.dev/"+annotation, ""))
			want := fmt.Sprintf("a.yaml:6: Service a: spec.template.metadata.annotations.autoscaling.knative.dev/%s: ", name)
			if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), advice) {
				t.Errorf("got %v", err)
			}
		})
	}
	for says, spoil := range map[string][3]string{
		"fewer at most than at least": {`autoscaling.knative.dev/min-scale: "3", autoscaling.knative.dev/maxScale: "2"`, "", "maxScale: is 2, which is less than min-scale, 3"},
		"fewer started than at least": {`autoscaling.knative.dev/min-scale: "3", autoscaling.knative.dev/activation-scale: "2"`, "", "activation-scale: is 2; write a number from min-scale to max-scale"},
		"an answer begun too late":    {"", "timeoutSeconds: 60\n      responseStartTimeoutSeconds: 61", "responseStartTimeoutSeconds: is longer than timeoutSeconds, which is 1m0s"},
		"silence for too long":        {"", "timeoutSeconds: 60\n      idleTimeoutSeconds: 61", "idleTimeoutSeconds: is longer than timeoutSeconds"},
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := knative.Read(scaled(spoil[0], spoil[1])); err == nil || !strings.Contains(err.Error(), spoil[2]) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRead_PassesOver takes what is a cluster's alone, with whatever is in it.
func TestRead_PassesOver(t *testing.T) {
	kinds := []string{
		"v1 Secret", "v1 ServiceAccount", "v1 Service", "networking.k8s.io/v1 NetworkPolicy", "policy/v1 PodDisruptionBudget",
		"autoscaling/v2 HorizontalPodAutoscaler", "apps/v1 StatefulSet", "rbac.authorization.k8s.io/v1 Role",
		"rbac.authorization.k8s.io/v1 RoleBinding", "cert-manager.io/v1 Certificate", "eventing.knative.dev/v1beta3 EventType",
		"eventing.knative.dev/v1beta2 EventType", "kustomize.config.k8s.io/v1beta1 Kustomization",
	}
	for _, kind := range kinds {
		version, name, _ := strings.Cut(kind, " ")
		m := read(t, "apiVersion: "+version+"\nkind: "+name+"\nmetadata: {name: x, namespace: elsewhere}\nwhatever: {is: [in, it]}\n")
		if want := []string{name + " (1x, first at a.yaml:1)"}; cmp.Diff(want, m.Unused) != "" {
			t.Errorf("%s: got %q, want %q", kind, m.Unused, want)
		}
	}
	_, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte("# a\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: x}\n")}})
	if err == nil || !strings.HasPrefix(err.Error(), "a.yaml:3: DaemonSet x: kind: the runner knows Broker, ") {
		t.Errorf("got %v", err)
	}
}

const relayed = `apiVersion: apps/v1
kind: Deployment
metadata: {name: realtime}
spec:
  replicas: 2
  template:
    metadata: {labels: {a: b}}
    spec:
      terminationGracePeriodSeconds: 60
      containers: [{image: i, args: [relay], ports: [{containerPort: 3007}]}]
---
apiVersion: v1
kind: Service
metadata: {name: realtime}
spec: {selector: {a: b}, ports: [{port: 80}]}
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: realtime}
spec:
  subject: {apiVersion: apps/v1, kind: Deployment, name: realtime}
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: main}}
---
`

func TestRead_Deployment(t *testing.T) {
	read(t, relayed+broker("Kafka", ""))
	for says, c := range map[string][3]string{
		"another program":               {"[relay]", "[serve]", "the runner knows one Deployment, the relay"},
		"no program":                    {"args: [relay], ", "", "the runner knows one Deployment, the relay"},
		"a binding of one that is none": {"kind: Deployment, name: realtime", "kind: Deployment, name: gone", `spec.subject.name: there is no Deployment "gone"`},
		"a binding of another version":  {"apiVersion: apps/v1, kind: Deployment", "apiVersion: apps/v2, kind: Deployment", "the runner knows the Deployment of apps/v1"},
	} {
		t.Run(says, func(t *testing.T) {
			_, err := knative.Read(fstest.MapFS{"a.yaml": {Data: []byte(strings.Replace(relayed, c[0], c[1], 1) + broker("Kafka", ""))}})
			if err == nil || !strings.Contains(err.Error(), c[2]) {
				t.Errorf("got %v", err)
			}
		})
	}
}
