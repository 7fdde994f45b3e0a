package knative

import (
	"errors"
	"fmt"
	"reflect"

	"tourbillon/events"
)

// Two Brokers may share a transport where one of them holds nothing but what
// the other hands on to it: a history beside the work that it is of, where
// there is one server for both. What is in the transport is then in both, and
// the Trigger that would hand it on has nothing to do.

// shared returns the Triggers that have nothing to do, by name, or what is
// against the Brokers' sharing of transports.
func (m *Manifests) shared(transports map[string]events.Transport) (idle map[string]bool, err error) {
	idle = map[string]bool{}
	var no []error
	for i, a := range m.Brokers {
		for _, b := range m.Brokers[i+1:] {
			if !same(transports[a.Name], transports[b.Name]) {
				continue
			}
			on, wrong := m.part(a.Name, b.Name)
			if wrong != nil {
				on, _ = m.part(b.Name, a.Name)
			}
			if on == nil {
				no = append(no, fmt.Errorf("one transport for Brokers %s and %s: what is in one would be in both: %w", a.Name, b.Name, wrong))
				continue
			}
			idle[on.Name] = true
		}
	}
	return idle, errors.Join(no...)
}

func same(a, b events.Transport) bool {
	return a != nil && reflect.TypeOf(a).Comparable() && a == b
}

// part returns the Trigger through which Broker of has all that it has, from
// Broker whole, or why that is not so.
func (m *Manifests) part(whole, of string) (on *Trigger, err error) {
	for i, t := range m.Triggers {
		if t.Subscriber != (Destination{Kind: "Broker", Name: of}) {
			continue
		}
		if on != nil || t.Broker != whole || t.also != nil {
			return nil, fmt.Errorf("Trigger %s hands events on to Broker %s too, or not all of what its attributes match", t.Name, of)
		}
		on = &m.Triggers[i]
	}
	if on == nil {
		return nil, fmt.Errorf("no Trigger hands events of Broker %s on to Broker %s", whole, of)
	}
	for _, p := range m.Pings {
		if p.Sink.Kind == "Broker" && p.Sink.Name == of {
			return nil, fmt.Errorf("PingSource %s sends to Broker %s", p.Name, of)
		}
	}
	for from, to := range m.sinks {
		if to.Kind == "Broker" && to.Name == of {
			return nil, fmt.Errorf("%s publishes to Broker %s", from, of)
		}
	}
	for _, t := range m.Triggers {
		if to := t.Delivery.DeadLetter; to.Kind == "Broker" && to.Name == of {
			return nil, fmt.Errorf("Trigger %s gives dead letters to Broker %s", t.Name, of) // they would come back to it
		}
		for key, value := range on.Filter {
			if t.Broker == of && t.Filter[key] != value {
				return nil, fmt.Errorf("Trigger %s of Broker %s does not filter by %s %s, as Trigger %s does", t.Name, of, key, value, on.Name)
			}
		}
	}
	return on, nil
}
