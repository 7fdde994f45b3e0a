package knative

import (
	"maps"
	"slices"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/knative/scale"
	"tourbillon/saga"
)

// Manifests is what a folder of manifests says, once it is found right: see
// [Read]. It is not changed after that, and so safe for concurrent use.
type Manifests struct {
	Namespace string
	Brokers   []Broker
	Services  []Service
	Triggers  []Trigger
	Pings     []PingSource
	Unused    []string // what was read and is not acted on, fields and whole manifests, a line each

	sinks map[Destination]Destination // by the Service or Deployment that it is of
}

// Broker takes events and hands them to its Triggers.
type Broker struct {
	Name     string
	Class    string   // RabbitMQBroker, Kafka or MTChannelBasedBroker
	Delivery Delivery // of the Triggers that have none

	class *class
}

// Service is one function.
type Service struct {
	Name     string
	Function string // FUNCTION_TARGET; empty: a program of somebody else's
	Scale    scale.Settings
	Env      []Variable // the last of a name counts

	port int
}

// Trigger hands the events of a Broker that it wants to a subscriber.
type Trigger struct {
	Name, Broker string
	Filter       events.Filter // what it wants, as far as a transport can go by it
	Subscriber   Destination
	Delivery     Delivery
	Parallelism  int // deliveries at once

	also    matcher // what it wants beyond Filter; nil: nothing
	class   *class
	ordered bool // one after the other, each with all its tries
}

// Destination is where events go: something with a manifest, by Kind and Name,
// with the path at a Service that its manifest asks for in URI, or only a URI.
// The zero Destination is none.
type Destination struct {
	Kind string // Service, Deployment, Broker or KafkaSink; empty: URI
	Name string
	URI  string
}

// None reports whether there is no destination.
func (d Destination) None() bool { return d == Destination{} }

// String is how logs and dead letters call it.
func (d Destination) String() string {
	if d.Kind == "" {
		return withoutQuery(d.URI)
	}
	return d.Kind + " " + d.Name
}

// Function returns the function that a Service is, "" where there is no such
// Service.
func (m *Manifests) Function(service string) string {
	i := slices.IndexFunc(m.Services, func(s Service) bool { return s.Name == service })
	if i < 0 {
		return ""
	}
	return m.Services[i].Function
}

// SinkOf returns the Broker that a SinkBinding gives the function as its sink,
// where it publishes to. It reports false where there is none.
func (m *Manifests) SinkOf(function string) (broker string, ok bool) {
	for _, s := range m.Services {
		if to := m.sinks[Destination{Kind: "Service", Name: s.Name}]; s.Function == function && to.Kind == "Broker" {
			return to.Name, true
		}
	}
	return "", false
}

// Missing returns the names of the routes for which no Trigger with the same
// filter leads to that function.
func (m *Manifests) Missing(routes []saga.Route) (missing []string) {
	for _, r := range routes {
		leads := func(t Trigger) bool {
			return t.also == nil && maps.Equal(t.Filter, r.Filter) &&
				t.Subscriber.Kind == "Service" && m.Function(t.Subscriber.Name) == r.To
		}
		if !slices.ContainsFunc(m.Triggers, leads) {
			missing = append(missing, r.Name)
		}
	}
	return missing
}

// Flows returns for each flow the routes that it needs and that have no
// Trigger. A booking may go by the flows that miss none: choreography is
// driven by the facts, orchestration by the keeper, both by commands. Without
// the keeper's Trigger a choreographed booking would be confirmed and never be
// known to have ended, so that is needed by both.
func (m *Manifests) Flows() map[booking.Flow][]string {
	bookings := slices.DeleteFunc(saga.Commands(), func(r saga.Route) bool { return slices.Contains(elsewhere, r.To) })
	keeper := slices.DeleteFunc(saga.Hearers(), func(r saga.Route) bool { return r.To != "saga" })
	return map[booking.Flow][]string{
		booking.Choreography:  m.Missing(slices.Concat(bookings, keeper, saga.Shipped().Newest().Choreography())),
		booking.Orchestration: m.Missing(slices.Concat(bookings, keeper)),
	}
}

// elsewhere are the functions whose commands are about tours and departures.
var elsewhere = []string{"catalog", "fanout"}
