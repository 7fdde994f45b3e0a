// Package dataplanetest runs the data plane of Knative's RabbitMQ Broker, its
// ingress and its dispatchers as Knative ships them, on a real RabbitMQ and
// without a cluster. Tests hold the runner against it.
//
//	            exchange b.NS.BROKER.UID        queue NS.TRIGGER.UID
//	ingress ──► (headers)               ──────► one for each Trigger ──► dispatcher ──► subscriber
//	   ▲                                                                   │   │
//	   └──────────────────── the subscriber's answer ──────────────────────┘   │ given up
//	            exchange b.NS.BROKER.dlx.UID    queue b.NS.BROKER.dlq.UID      ▼
//	            (headers)               ──────► dispatcher ──► dead-letter sink
//
// What a cluster's controllers would declare and start, [Broker] does: names,
// kinds and arguments are those of eventing-rabbitmq v0.48.0 (pkg/rabbit,
// pkg/rabbitmqnaming, pkg/reconciler), and so are the programs, which the module
// in the folder programs pins and [Build] builds.
//
// Two things differ from a cluster. The programs reach their peers without a
// service mesh or kube-proxy, and the RabbitMQ is whichever the tests have: the
// operator's newer one gives a message up after 20 deliveries, Debian's 3.10
// never.
package dataplanetest
