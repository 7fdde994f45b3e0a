// Package knative is where the system runs: the manifests that a cluster with
// Knative runs, and a runner that does what they say without one.
//
//	base/*.yaml ──► [Read] ── refuses what is wrong, or would go wrong silently
//	                  │
//	                  ▼                      one per Broker          one per Trigger
//	HTTP ──► [Runner.Broker] ─┐   Publish   ┌───────────┐  Consume  ┌──────────────┐
//	[Runner.Publish] ─────────┼───────────► │ transport │ ────────► │ filter, hops │
//	PingSource ───────────────┘             └───────────┘           │ ask, judge   │
//	                               ▲            ▲    │              └──────┬───────┘
//	                               │            │    └ dead letters ◄──────┤
//	                               │ answer     └──── again, after a wait ◄┤
//	                               └───────────────────────────────────────┤
//	                                     a function here | a Broker | a URL ┘
//
// [Base] is this system's manifests, written for the strictest broker. They
// state the wiring once: tests hold them against the plan of package saga, the
// functions there are, and [Policy].
//
// # Promises
//
// A delivery is one exchange, without HTTP where the function is in this
// process, with it where the function is in one of its own; one piece of code
// judges its outcome as the Broker's class does. The page docs/runner.md has every
// cell, and a test of each:
//
//	                        RabbitMQBroker   Kafka             MTChannelBasedBroker
//	404 408 409 429 5xx,    again, then the dead-letter sink, in all
//	nobody answers
//	other 4xx, 3xx          LOST, as done    dead letter       dead letter
//	2xx, no CloudEvent      done             dead letter       again
//	n-th exponential wait   d·2ⁿ             d·2ⁿ              d·2ⁿ⁻¹
//	n-th linear wait        d·n              d·n               d·(n-1)
//	order                   parallelism 1    ordered           none
//
// What a cluster fills in is filled in: ten retries where a Broker has no
// delivery, the class's figures where a delivery is not complete, and a
// Trigger's delivery replaces its Broker's as a whole. In [Manifests] every
// figure is as it counts.
//
// An answer is published into the Broker that its cause came from before the
// delivery counts as done. It carries one hop less than its cause, in an
// extension that no function gets to see; the 256th answer in a row is taken
// for a loop, and its cause for a dead letter. Neither of the brokers has that.
//
// Nothing is lost silently: where a broker would drop an event, because its
// dead-letter sink does not take it, the runner keeps it in the transport's own
// dead letters; where it is faithful and drops one, it says LOST at level error
// at once, unless it is [Options].Lenient. Logs hold nothing personal, and not a
// word where all goes well.
//
// # Not promised
//
// Where the runner is not the broker, docs/runner.md says so, too: what is put
// off holds up nobody but where order is kept, that order is a Trigger's and not a
// partition's, a wait is half an hour at most, and an answer that cannot be
// published has the subscriber asked again.
//
// Whoever runs functions in processes of their own has a Service's environment
// from [Service.Environment] and its scaling from [Service].Scale, as `tourbillon
// up -isolate` does (package tourbillon/knative/scale); functions in this process
// have its environment, all the same.
//
// Read, and not acted on: ConfigMaps that configure Brokers and
// RabbitmqBrokerConfigs (a transport is configured where it is made); KafkaSinks
// but for being there (a transport keeps its own dead letters); the relay's
// Deployment (who runs this has a relay in itself); of Services image, command,
// probes, resources, visibility and traffic; of Brokers and Triggers the sizes
// of pods, dependency and delivery.format; of SinkBindings ceOverrides. Passed over are the kinds that say how a cluster is
// to be: Namespaces, Secrets, NetworkPolicies, a StatefulSet and the like.
// [Manifests.Unused] lists all of these that were met.
// Refused, though a cluster may take them: cesql, volumes, other kinds, more
// than one namespace, brokerRef, selectors, anchors, and credentials in a URI.
package knative
