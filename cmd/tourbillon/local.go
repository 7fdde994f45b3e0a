package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/functions"
	"tourbillon/functions/notify"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
	"tourbillon/internal/web"
	"tourbillon/knative"
	"tourbillon/saga"
)

// local is the whole system in this process: the manifests, run on transports
// in memory.
type local struct {
	system
	transports map[string]events.Transport // by Broker
	home       publisher                   // the door's Broker
	runner     *knative.Runner
	door       request.Door
	desk       operator.Desk
	gate       *functions.Gate
}

func newLocal(ctx context.Context, c config, files fs.FS, log *slog.Logger) (*local, error) {
	m, err := knative.Read(files)
	if err != nil {
		return nil, err
	}
	l := &local{transports: map[string]events.Transport{}, gate: new(functions.Gate)}
	past := historian(m)
	history := memory.NewHistory(log)
	for _, b := range m.Brokers {
		l.transports[b.Name] = memory.New(log)
		if b.Name == past {
			l.transports[b.Name] = history
		}
	}
	sinkOf, err := l.sinks(m)
	if err != nil {
		return nil, err
	}
	l.system = wire(c, func(function string) arrow.Sink { return sink{sinkOf[function]} }, log)
	l.runner, err = knative.New(ctx, knative.Options{
		Manifests: m, Transports: l.transports, Functions: l.receivers, Log: log, Now: now,
	})
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	who := web.Operators{Token: c.Token, Loopback: c.Trust}
	l.home = sinkOf["request"]
	l.door = l.system.door(c, l.home, refusals(m), who, log)
	l.desk = l.newDesk(history, who, log)
	return l, nil
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

// sinks is the Broker that each function publishes to, as the manifests bind
// them.
func (l *local) sinks(m *knative.Manifests) (map[string]publisher, error) {
	sinks := map[string]publisher{}
	for _, f := range sources {
		broker, ok := m.SinkOf(f)
		if !ok {
			return nil, fmt.Errorf("%s publishes events, and no SinkBinding of the manifests says where to: bind its Service to a Broker", f)
		}
		sinks[f] = ingress{l, broker}
	}
	return sinks, nil
}

// ingress is where the functions of this process publish to a Broker. They are
// made before the runner is, and publish after.
type ingress struct {
	of     *local
	broker string
}

// Publish implements [publisher].
func (i ingress) Publish(ctx context.Context, ces ...event.Event) error {
	return i.of.runner.Publish(ctx, i.broker, ces...)
}

// refusals are the flows that the manifests lack Triggers for.
var refusals = func(m *knative.Manifests) map[booking.Flow]string {
	refused := map[booking.Flow]string{}
	for flow, missing := range m.Flows() {
		if len(missing) > 0 {
			refused[flow] = "its Triggers are not deployed: " + strings.Join(missing, ", ")
		}
	}
	return refused
}

func (l *local) newDesk(history events.History, who web.Operators, log *slog.Logger) operator.Desk {
	d := operator.Desk{
		Records: l.records, Plans: saga.Shipped(), Mailbox: l.mailbox, Templates: notify.Templates(),
		Broker: l.home, History: history, Letters: letters(l.transports),
		Functions: map[string]http.Handler{}, Brokers: map[string]http.Handler{},
		Now: now, Log: log, Operators: who,
	}
	for name, r := range l.receivers {
		d.Functions[name] = functions.Handler(name, r, l.gate)
	}
	for name := range l.transports {
		d.Brokers[name], _ = l.runner.Broker(name)
	}
	return d
}

// letters are the dead letters of all brokers, oldest first.
type letters map[string]events.Transport

// DeadLetters implements [operator.Letters].
func (ls letters) DeadLetters(ctx context.Context) (all []events.DeadLetter, err error) {
	for _, t := range ls {
		some, err := t.DeadLetters(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b events.DeadLetter) int { return a.At.Compare(b.At) })
	return all, nil
}

// close closes every transport: what is in flight is finished.
func (l *local) close() (err error) {
	for _, t := range l.transports {
		err = errors.Join(err, t.Close())
	}
	return err
}
