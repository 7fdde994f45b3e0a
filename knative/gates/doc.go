// Package gates holds the manifests against what a cluster would let in,
// without one. It is a module of its own: what it stands on, Kubernetes' and
// Knative's code, is ten times what the product stands on.
//
//	base, overlays/* ──► kustomize ──► objects ──► [Gates.Check]
//	                                                 │
//	      the webhook: fields it does not know are refused, defaults filled in,
//	      then Validate, by the code that the admission webhook runs, with the
//	      features and defaults of the ConfigMaps that Knative ships
//	                                                 │
//	      the schema: the OpenAPI schema of the object's CRD, as the API server
//	      holds objects against it
//
// Kubernetes' own kinds, and RabbitMQ's, are decoded strictly into their own
// types; Kubernetes' validation is no library. No module carries the KafkaSink: its fields are written down
// here. A kind that is not known is an error.
//
// Not seen by it: what an API server alone knows, as quotas and what is there
// already; and whether it works, which takes a cluster.
package gates
