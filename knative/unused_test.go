package knative_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRead_Unused takes what users write for a cluster, and says what of it
// means nothing here.
func TestRead_Unused(t *testing.T) {
	m := read(t, `
apiVersion: v1
kind: Namespace
metadata: {name: tours, labels: {a: b}}
---
apiVersion: rabbitmq.com/v1beta1
kind: RabbitmqCluster
metadata: {name: rabbitmq, namespace: elsewhere, annotations: {rabbitmq.com/topology-allowed-namespaces: "*"}}
spec: {replicas: 1, resources: {requests: {cpu: 100m}}}
---
# nothing
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: book, labels: {networking.knative.dev/visibility: cluster-local}}
spec:
  template:
    metadata:
      labels: {a: b}
      annotations: {autoscaling.knative.dev/min-scale: "1", autoscaling.knative.dev/maxScale: "9", example.com/x: "y"}
    spec:
      containerConcurrency: 0
      timeoutSeconds: 600
      responseStartTimeoutSeconds: 60
      idleTimeoutSeconds: 0
      serviceAccountName: book
      imagePullSecrets: [{name: x}]
      containers:
        - name: user-container
          image: ko://tourbillon/cmd/tourbillon
          imagePullPolicy: Always
          args: [a]
          env:
            - {name: FUNCTION_TARGET, value: book}
            - {name: REDIS_URL, valueFrom: {secretKeyRef: {name: redis, key: url}}}
            - {name: SAGA_FLOW, value: choreography}
          envFrom: [{secretRef: {name: all}}, {configMapRef: {name: more, optional: true}}]
          ports: [{name: http1, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 0}
          livenessProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 1}
          resources: {requests: {cpu: 1, memory: 64Mi}, limits: {cpu: 1.5}}
          securityContext: {runAsNonRoot: true, capabilities: {drop: [ALL]}}
  traffic: [{latestRevision: true, percent: 100}]
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: past, annotations: {eventing.knative.dev/broker.class: Kafka, kafka.eventing.knative.dev/external.topic: t}}
spec: {config: {apiVersion: v1, kind: ConfigMap, name: kafka, namespace: knative-eventing}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: one
  annotations:
    rabbitmq.eventing.knative.dev/parallelism: "7"
    rabbitmq.eventing.knative.dev/cpu-limit: 50m
    knative.dev/dependency: '{}'
spec:
  broker: past
  filter: {attributes: {a: b}}
  filters: [{exact: {a: c}}]
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}, uri: /events}
  delivery: {retry: 1, format: json}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: two, annotations: {kafka.eventing.knative.dev/delivery.order: ordered}}
spec:
  broker: past
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}}
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: {name: book}
spec:
  subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: book}
  sink: {ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: past}}
  ceOverrides: {extensions: {tenant: acme}}
`)
	want := strings.Split(`Namespace (1x, first at a.yaml:2)
RabbitmqCluster (1x, first at a.yaml:6)
Service: metadata.labels.networking.knative.dev/visibility (1x, first at a.yaml:15)
Service: spec.template.spec.containers[].args (1x, first at a.yaml:32)
Service: spec.template.spec.containers[].imagePullPolicy (1x, first at a.yaml:31)
Service: spec.template.spec.containers[].livenessProbe (1x, first at a.yaml:40)
Service: spec.template.spec.containers[].name (1x, first at a.yaml:29)
Service: spec.template.spec.containers[].ports (1x, first at a.yaml:38)
Service: spec.template.spec.containers[].readinessProbe (1x, first at a.yaml:39)
Service: spec.template.spec.containers[].resources (1x, first at a.yaml:41)
Service: spec.template.spec.containers[].securityContext (1x, first at a.yaml:42)
Service: spec.template.spec.idleTimeoutSeconds (1x, first at a.yaml:25)
Service: spec.template.spec.imagePullSecrets (1x, first at a.yaml:27)
Service: spec.template.spec.responseStartTimeoutSeconds (1x, first at a.yaml:24)
Service: spec.template.spec.serviceAccountName (1x, first at a.yaml:26)
Service: spec.traffic (1x, first at a.yaml:43)
SinkBinding: spec.ceOverrides (1x, first at a.yaml:78)
Trigger: metadata.annotations.knative.dev/dependency (1x, first at a.yaml:57)
Trigger: metadata.annotations.rabbitmq.eventing.knative.dev/cpu-limit (1x, first at a.yaml:56)
Trigger: metadata.annotations.rabbitmq.eventing.knative.dev/parallelism (1x, first at a.yaml:55)
Trigger: spec.delivery.format (1x, first at a.yaml:63)
Trigger: spec.filter (1x, first at a.yaml:60)
Trigger: spec.subscriber.uri (1x, first at a.yaml:62)
Broker: metadata.annotations.kafka.eventing.knative.dev/external.topic (1x, first at a.yaml:47)`, "\n")
	slices.Sort(want)
	if d := cmp.Diff(want, m.Unused); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if one, two := m.Triggers[0].Parallelism, m.Triggers[1].Parallelism; one != 50 || two != 1 {
		t.Errorf("parallelism is %d unordered and %d ordered", one, two)
	}
	if got := m.Namespace; got != "default" {
		t.Errorf("namespace is %s", got)
	}
}
