// Gen writes what is known of the events for those who do not read Go:
// docs/events.md for a person, events/asyncapi.yaml for a tool, EventTypes for
// a cluster.
//
//	events.Vocabulary ─┐                  ┌─► docs/events.md               by events.md.tmpl
//	events/schema     ─┼─► catalog ───────┼─► events/asyncapi.yaml         by asyncapi.go
//	events/testdata   ─┤   (catalog.go)   └─► knative/base/eventtypes.yaml by eventtypes.go
//	saga.V1().Routes  ─┘
//
//	go run ./internal/gen          write all
//	go run ./internal/gen -check   only compare: fail if one is not as it would be written
//
// Who hears an event is not written down anywhere: the event is rendered and
// encoded as its speaker would, and the routes' filters are tried on it. The
// same sources always give the same bytes.
package main

//go:generate go run tourbillon/internal/gen
