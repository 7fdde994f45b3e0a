package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/events/kafka"
	"tourbillon/events/memory"
	"tourbillon/events/rabbitmq"
	"tourbillon/internal/metrics"
	"tourbillon/knative"
)

// carriers are what moves events, and what keeps them.
type carriers struct {
	transports map[string]events.Transport // by Broker
	history    events.History
	open       []events.Transport // each once, in the order in which they were opened
}

// close closes every transport, the last first: what is in flight is finished.
func (c carriers) close() (err error) {
	for _, t := range slices.Backward(c.open) {
		err = errors.Join(err, t.Close())
	}
	return err
}

// lags are what the servers can tell of what waits.
func (c carriers) lags() (all []metrics.Lag) {
	for _, t := range c.open {
		if can, ok := t.(interface {
			Lag(ctx context.Context) (map[string]int64, error)
		}); ok {
			all = append(all, can.Lag)
		}
	}
	return all
}

// carrier is what one transport is to be.
type carrier struct {
	on      string   // kafka, rabbitmq or memory
	brokers []string // that it carries, the one that it is called by first
	plain   bool     // it has the names that are set; others have their Broker's beside them
	history bool     // it is the history, or has it too
}

// carried says what carries which Broker. With both servers a Broker goes where
// its class says. With one, that has all of them, and the door's Broker and the
// history share a transport: what is published is history at once. Kafka comes
// first, for it keeps the dead letters of others too.
func (s servers) carried(m *knative.Manifests) (all []carrier) {
	home, _ := m.SinkOf("request")
	past := historian(m)
	for _, b := range m.Brokers {
		c := carrier{on: "memory", brokers: []string{b.Name}, plain: b.Name == home || b.Name == past, history: b.Name == past}
		rabbit, kafka := s.Rabbit != "", len(s.Kafka) > 0
		switch {
		case kafka && (b.Class == "Kafka" || !rabbit):
			c.on = "kafka"
		case rabbit:
			c.on = "rabbitmq"
		}
		if rabbit != kafka && b.Name == past && past != home {
			continue // the door's has it
		}
		if rabbit != kafka && b.Name == home && past != home {
			c.brokers, c.history = []string{home, past}, true
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b carrier) int { return rank(a.on) - rank(b.on) })
	return all
}

func rank(on string) int { return slices.Index([]string{"kafka", "rabbitmq", "memory"}, on) }

// openCarriers opens a transport for every Broker: on the servers that are
// set, or in memory.
func openCarriers(ctx context.Context, s servers, m *knative.Manifests, log *slog.Logger) (carriers, error) {
	c := carriers{transports: map[string]events.Transport{}}
	var letters lettersOf
	for _, one := range s.carried(m) {
		t, err := s.carry(ctx, one, letters, log)
		if err != nil {
			return carriers{}, errors.Join(fmt.Errorf("carry Broker %s: %w", one.brokers[0], err), c.close())
		}
		c.open = append(c.open, t)
		for _, b := range one.brokers {
			c.transports[b] = t
		}
		if one.history {
			c.history = t.(events.History)
		}
		if k, ok := t.(*kafka.Transport); ok && letters == nil {
			letters = k.Letters
		}
	}
	return c, nil
}

// gather is how long facts on their way into the history wait for each other,
// where nobody waits for them. The Trigger archive has 32 under way at most.
const gather = 8 * time.Millisecond

// lettersOf is where a Broker's dead letters are kept; nil where its transport
// is to keep them.
type lettersOf func(broker string) events.Letters

// others is the transport of a Broker that somebody else runs, nil where nobody
// does. Tests put Knative's own data plane there.
var others = func(broker string, log *slog.Logger) events.Transport { return nil }

// carry opens one transport.
func (s servers) carry(ctx context.Context, c carrier, letters lettersOf, log *slog.Logger) (events.Transport, error) {
	if t := others(c.brokers[0], log); t != nil {
		return t, nil
	}
	beside := ""
	if !c.plain {
		beside = "." + c.brokers[0]
	}
	switch c.on {
	case "kafka":
		topics := s.KafkaTopics
		if !c.plain {
			topics += c.brokers[0] + "."
		}
		set := kafka.Settings{
			Brokers: s.Kafka, Client: s.KafkaClient, Group: s.KafkaGroup + beside, Prefix: topics, Broker: c.brokers[0], Log: log,
			Access: s.KafkaAccess.Access,
		}
		if s.Rabbit != "" {
			set.Gather = gather
		}
		return kafka.Open(ctx, set)
	case "rabbitmq":
		set := rabbitmq.Settings{URL: s.Rabbit, Exchange: s.Exchange + beside, Queues: s.Queues + beside, History: c.history, Log: log}
		if letters != nil {
			set.Letters = letters(c.brokers[0])
		}
		return rabbitmq.Open(ctx, set)
	}
	if c.history {
		return memory.NewHistory(log), nil
	}
	return memory.New(log), nil
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
