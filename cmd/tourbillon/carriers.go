package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/knative"
)

// carriers are what moves events, and what keeps them.
type carriers struct {
	transports map[string]events.Transport // by Broker
	history    events.History
	open       []events.Transport // each once, in the order in which they are closed
}

// close closes every transport: what is in flight is finished.
func (c carriers) close() (err error) {
	for _, t := range c.open {
		err = errors.Join(err, t.Close())
	}
	return err
}

// openCarriers opens a transport for every Broker: on the servers that are
// set, or in memory.
func openCarriers(_ context.Context, _ servers, m *knative.Manifests, log *slog.Logger) (carriers, error) {
	c := carriers{transports: map[string]events.Transport{}}
	past := historian(m)
	history := memory.NewHistory(log)
	for _, b := range m.Brokers {
		var t events.Transport = memory.New(log)
		if b.Name == past {
			t, c.history = history, history
		}
		c.transports[b.Name] = t
		c.open = append(c.open, t)
	}
	return c, nil
}

// historian is the Broker that can be read again: the one of class Kafka that
// another hands its events on to, or else the first of that class; where there
// is none, the one that the door publishes to carries everything.
func historian(m *knative.Manifests) string {
	var kafka []string
	for _, b := range m.Brokers {
		if b.Class == "Kafka" {
			kafka = append(kafka, b.Name)
		}
	}
	for _, t := range m.Triggers {
		if t.Subscriber.Kind == "Broker" && slices.Contains(kafka, t.Subscriber.Name) {
			return t.Subscriber.Name
		}
	}
	home, _ := m.SinkOf("request")
	return append(kafka, home)[0]
}
