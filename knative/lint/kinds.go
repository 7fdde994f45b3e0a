package lint

type fields = map[string]*shape

// The shapes that others are made of.
var (
	anything = &shape{}
	aString  = &shape{is: "a string, in quotes if it looks like a number or a truth", tags: []string{"!!str", "!!timestamp", "!!binary"}}
	aNumber  = &shape{is: "a whole number", tags: []string{"!!int"}}
	aCount   = &shape{is: "a whole number", tags: []string{"!!int"}, least: true}
	aTruth   = &shape{is: "true or false", tags: []string{"!!bool"}}
	mapped   = &shape{is: "a mapping of fields"}
	texts    = &shape{is: "a mapping of strings", each: aString}
)

func must(s *shape) *shape {
	needed := *s
	needed.must = true
	return &needed
}

func loose(s *shape) *shape {
	open := *s
	open.loose = true
	return &open
}

func of(f fields) *shape { return &shape{is: "a mapping of fields", fields: f} }

func listOf(each *shape) *shape { return &shape{is: "a list", list: true, each: each} }

func some(each *shape) *shape { return &shape{is: "a list", list: true, each: each, nonempty: true} }

func oneOf(values ...string) *shape {
	return &shape{is: "a string", tags: aString.tags, values: values}
}

// The parts that kinds have in common.
var (
	metadataShape = of(fields{
		"name": aString, "generateName": aString, "namespace": aString, "labels": texts, "annotations": texts, "finalizers": listOf(aString),
		"ownerReferences": listOf(anything), "managedFields": anything, "uid": aString, "resourceVersion": aString, "generation": aNumber,
		"creationTimestamp": anything, "deletionTimestamp": anything, "deletionGracePeriodSeconds": aNumber, "selfLink": aString,
	})
	namedShape = func() *shape {
		named := *metadataShape
		named.either = []string{"name", "generateName"}
		return &named
	}()
	refFields = fields{
		"apiVersion": aString, "kind": must(aString), "name": must(aString), "namespace": aString, "group": aString, "address": aString,
	}
	referred = &shape{is: "a mapping of fields", fields: refFields, either: []string{"apiVersion", "group"}}
	aim      = of(fields{"ref": referred, "uri": aString, "CACerts": aString, "audience": aString})

	deliveryShape = of(fields{
		"deadLetterSink": aim, "retry": aCount, "timeout": anything, "backoffPolicy": oneOf("exponential", "linear"),
		"backoffDelay": anything, "retryAfterMax": anything, "format": oneOf("json", "binary"),
	})
	ceOverrides = of(fields{"extensions": texts})
	dialect     = func() *shape {
		one := of(fields{"exact": mapped, "prefix": mapped, "suffix": mapped, "cesql": aString})
		one.fields["all"], one.fields["any"], one.fields["not"] = listOf(one), listOf(one), one
		return one
	}()
	rabbit = of(fields{
		"name": aString, "namespace": aString, "connectionSecret": of(fields{"name": must(aString)}),
	})
	subject = &shape{is: "a mapping of fields", either: []string{"name", "selector"}, fields: fields{
		"apiVersion": must(aString), "kind": must(aString), "name": aString, "namespace": aString, "selector": mapped,
	}}
	container = loose(of(fields{
		"name": aString, "image": must(aString), "command": listOf(aString), "args": listOf(aString), "workingDir": aString,
		"ports": listOf(loose(of(fields{"containerPort": aCount, "name": aString, "protocol": oneOf("TCP")}))),
		"env":   listOf(loose(of(fields{"name": must(aString), "value": aString, "valueFrom": mapped}))), "envFrom": listOf(mapped),
		"resources": mapped, "imagePullPolicy": aString, "securityContext": mapped, "volumeMounts": listOf(mapped),
		"livenessProbe": mapped, "readinessProbe": mapped, "startupProbe": mapped, "lifecycle": mapped,
		"terminationMessagePath": aString, "terminationMessagePolicy": aString,
	}))
	pod = of(fields{
		"affinity": anything, "automountServiceAccountToken": aTruth, "containerConcurrency": aCount,
		"containers": must(some(container)), "dnsConfig": anything, "dnsPolicy": aString, "enableServiceLinks": aTruth,
		"hostAliases": anything, "hostIPC": aTruth, "hostNetwork": aTruth, "hostPID": aTruth, "idleTimeoutSeconds": aCount,
		"imagePullSecrets": anything, "initContainers": listOf(anything), "nodeSelector": texts, "priorityClassName": aString,
		"responseStartTimeoutSeconds": aCount, "runtimeClassName": aString, "schedulerName": aString, "securityContext": anything,
		"serviceAccountName": aString, "shareProcessNamespace": aTruth, "timeoutSeconds": aCount, "tolerations": anything,
		"topologySpreadConstraints": anything, "volumes": listOf(anything),
	})
	traffic = listOf(of(fields{
		"configurationName": aString, "latestRevision": aTruth, "percent": aCount, "revisionName": aString, "tag": aString, "url": aString,
	}))
	template = must(of(fields{"metadata": metadataShape, "spec": must(pod)}))
	ping     = of(fields{
		"ceOverrides": ceOverrides, "contentType": aString, "data": aString, "dataBase64": aString, "schedule": aString, "sink": must(aim), "timezone": aString,
	})
	kafkaSource = loose(of(fields{
		"consumers": aCount, "ordering": oneOf("ordered", "unordered"), "delivery": deliveryShape, "initialOffset": oneOf("earliest", "latest"),
		"consumerGroup": aString, "bootstrapServers": must(some(aString)), "topics": must(some(aString)), "net": anything, "sink": must(aim), "ceOverrides": ceOverrides,
	}))
	eventType = fields{
		"broker": aString, "reference": of(refFields), "description": aString, "schema": aString, "schemaData": aString, "source": aString, "type": aString,
	}
)

// specs are the shapes of spec, by apiVersion and kind. A kind with nil is
// there, and is not looked into.
var specs = map[string]*shape{
	"eventing.knative.dev/v1 Broker": of(fields{"config": of(refFields), "delivery": deliveryShape}),
	"eventing.knative.dev/v1 Trigger": must(&shape{is: "a mapping of fields", either: []string{"broker", "brokerRef"}, fields: fields{
		"broker": aString, "brokerRef": of(refFields), "filter": of(fields{"attributes": mapped}), "filters": listOf(dialect),
		"subscriber": must(aim), "delivery": deliveryShape,
	}}),
	"eventing.knative.dev/v1beta1 EventType": of(eventType),
	"eventing.knative.dev/v1beta2 EventType": of(eventType),
	"eventing.knative.dev/v1beta3 EventType": of(fields{
		"reference": of(refFields), "description": aString,
		"attributes": must(&shape{is: "a list", list: true, names: []string{"type", "source", "specversion", "id"},
			each: of(fields{"name": must(aString), "required": aTruth, "value": aString})}),
	}),
	"eventing.knative.dev/v1alpha1 RabbitmqBrokerConfig": must(of(fields{
		"vhost": aString, "queueType": oneOf("quorum", "classic"), "rabbitmqClusterReference": must(rabbit),
	})),
	"eventing.knative.dev/v1alpha1 KafkaSink": must(loose(of(fields{
		"topic": must(aString), "numPartitions": aCount, "replicationFactor": aCount, "bootstrapServers": must(some(aString)),
		"contentMode": oneOf("structured", "binary"), "auth": mapped,
	}))),
	"eventing.knative.dev/v1alpha1 EventPolicy":    nil,
	"eventing.knative.dev/v1alpha1 EventTransform": nil,
	"eventing.knative.dev/v1alpha1 RequestReply":   nil,

	"messaging.knative.dev/v1 Channel":         loose(of(fields{"channelTemplate": mapped, "delivery": deliveryShape, "subscribers": anything})),
	"messaging.knative.dev/v1 InMemoryChannel": loose(of(fields{"delivery": deliveryShape, "subscribers": anything})),
	"messaging.knative.dev/v1 Subscription": must(&shape{is: "a mapping of fields", either: []string{"subscriber", "reply"}, fields: fields{
		"channel": must(of(refFields)), "subscriber": aim, "reply": aim, "delivery": deliveryShape,
	}}),
	"messaging.knative.dev/v1beta1 KafkaChannel": nil,
	"messaging.knative.dev/v1 KafkaChannel":      nil,
	"flows.knative.dev/v1 Sequence": must(of(fields{
		"channelTemplate": mapped, "reply": aim, "steps": must(some(of(fields{
			"ref": referred, "uri": aString, "CACerts": aString, "audience": aString, "delivery": deliveryShape,
		}))),
	})),
	"flows.knative.dev/v1 Parallel": must(of(fields{
		"channelTemplate": mapped, "reply": aim,
		"branches": must(some(of(fields{"filter": aim, "subscriber": must(aim), "reply": aim, "delivery": deliveryShape}))),
	})),

	"sources.knative.dev/v1 PingSource":      must(ping),
	"sources.knative.dev/v1beta2 PingSource": must(ping),
	"sources.knative.dev/v1 SinkBinding": must(of(fields{
		"ceOverrides": ceOverrides, "sink": must(aim), "subject": must(subject),
	})),
	"sources.knative.dev/v1 KafkaSource":             must(kafkaSource),
	"sources.knative.dev/v1beta1 KafkaSource":        must(kafkaSource),
	"sources.knative.dev/v1 ApiServerSource":         must(loose(of(fields{"sink": must(aim), "resources": must(some(anything)), "ceOverrides": ceOverrides, "mode": oneOf("Reference", "Resource")}))),
	"sources.knative.dev/v1 ContainerSource":         must(loose(of(fields{"sink": must(aim), "template": must(mapped), "ceOverrides": ceOverrides}))),
	"sources.knative.dev/v1alpha1 RabbitmqSource":    must(loose(of(fields{"sink": must(aim), "rabbitmqClusterReference": must(rabbit), "rabbitmqResourcesConfig": mapped, "ceOverrides": ceOverrides}))),
	"sources.knative.dev/v1alpha1 IntegrationSource": nil,
	"sinks.knative.dev/v1alpha1 IntegrationSink":     nil,
	"sinks.knative.dev/v1alpha1 JobSink":             nil,

	"serving.knative.dev/v1 Service":       must(of(fields{"template": template, "traffic": traffic})),
	"serving.knative.dev/v1 Configuration": must(of(fields{"template": template})),
	"serving.knative.dev/v1 Route":         of(fields{"traffic": traffic}),
	"serving.knative.dev/v1 Revision":      nil,
	"serving.knative.dev/v1beta1 DomainMapping": must(of(fields{
		"ref": must(of(refFields)), "tls": of(fields{"secretName": must(aString)}),
	})),
}
