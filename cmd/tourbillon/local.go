package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/functions/request"
	"tourbillon/functions/webhook"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/web"
	"tourbillon/knative"
	"tourbillon/saga"
)

// local is the whole system in this process: the manifests, and what they run on.
type local struct {
	system
	carriers
	isolation *isolation // nil: the functions are in this process
	embedded  io.Closer  // what else ends with this process
	home      publisher  // the door's Broker
	runner    *knative.Runner
	deliver   func(context.Context) error // what runs while the doors are open: the runner
	door      request.Door
	hooks     webhook.Door
	desk      operator.Desk
	relay     *relay
	gate      *functions.Gate
}

func newLocal(ctx context.Context, c config, files fs.FS, log *slog.Logger) (*local, error) {
	m, err := knative.Read(files, c.Also...)
	if err != nil {
		return nil, err
	}
	l := &local{gate: new(functions.Gate), system: system{backend: nothing{}}, embedded: nothing{}}
	sinkOf, err := l.sinks(m)
	if err != nil {
		return nil, err
	}
	if c.Isolate && c.Redis == "" {
		if c.Redis, l.embedded, err = ownRedis(); err != nil {
			return nil, err
		}
		c.Fleeting = true
	}
	if l.carriers, err = openCarriers(ctx, c.servers, m, log); err != nil {
		return nil, errors.Join(err, l.embedded.Close())
	}
	if err := l.assemble(ctx, c, m, sinkOf, log); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *local) assemble(ctx context.Context, c config, m *knative.Manifests, sinkOf map[string]publisher, log *slog.Logger) (err error) {
	l.system, err = wire(ctx, c, func(function string) arrow.Sink { return sink{sinkOf[function]} }, log)
	if err != nil {
		l.system.backend = nothing{}
		return err
	}
	if c.Isolate {
		if l.isolation, err = isolate(c, m, l.receivers, log); err != nil {
			return err
		}
		l.isolation.measured(l.metrics)
	}
	for _, unused := range m.Unused {
		log.Debug("manifests: read, and not acted on here", "what", unused)
	}
	l.runner, err = knative.New(ctx, knative.Options{
		Manifests: m, Transports: l.transports, Functions: l.receivers, Doors: functions.Doors, Log: log, Now: now,
		Delivered: l.metrics.Delivered, Addresses: l.isolation.addresses(), Programs: c.Programs,
		Client: l.isolation.client(), Lenient: !c.Strict,
	})
	if err != nil {
		return err
	}
	l.deliver = l.runner.Run
	l.metrics.Lags(l.lags()...)
	who := web.Operators{Token: c.Token, Loopback: c.Trust}
	l.home = sinkOf["request"]
	l.door = l.system.door(l.home, refusals(m), who, log)
	l.hooks = l.system.hooked(sinkOf["webhook"], log)
	l.desk = l.newDesk(m, who, log)
	l.relay = newRelay(c.relaySettings, c.Token, l.history, l.records, counted(l.desk.Letters), log)
	l.metrics.Relay(l.relay.hub, l.relay.gate)
	return nil
}

// sinks is the Broker that each function publishes to, as the manifests bind
// them.
func (l *local) sinks(m *knative.Manifests) (map[string]publisher, error) {
	sinks := map[string]publisher{}
	for _, f := range sources {
		broker, ok := m.SinkOf(f)
		if !ok {
			return nil, fmt.Errorf("%s publishes events, and no SinkBinding of the manifests says where to: bind its Service to a Broker "+
				"(what runs here is this system: manifests of your own go beside its own by -also)", f)
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

func (l *local) newDesk(m *knative.Manifests, who web.Operators, log *slog.Logger) operator.Desk {
	home, _ := m.SinkOf("request")
	d := operator.Desk{
		Records: l.records, Plans: saga.Shipped(), Mailbox: l.mailbox, Words: l.wiring.Words, Messages: l.wiring.Messages,
		Broker: l.home, History: l.history, Archive: ingress{l, historian(m)}, Letters: l.letters(home), Triggers: map[string]string{}, Hears: map[string][]events.Filter{},
		Stage:     rehearsal.Stage{Wiring: l.wiring, Routes: saga.Shipped().Newest().Routes()},
		Functions: map[string]http.Handler{}, Brokers: map[string]http.Handler{},
		CustomerID: func(email string) string { return l.door.CustomerID(booking.Customer{Email: email}) },
		Page:       func(customerID string) string { return l.wiring.Links(customerID, booking.CategoryEnding).Preferences },
		Now:        now, Log: log, Operators: who,
	}
	for _, t := range m.Triggers {
		if function := m.Function(t.Subscriber.Name); t.Subscriber.Kind == "Service" && l.receivers[function] != nil {
			d.Triggers[t.Name] = function
			if t.Filter["kind"] != string(events.Command) {
				d.Hears[function] = append(d.Hears[function], t.Filter)
			}
		}
	}
	for name, r := range l.receivers {
		d.Functions[name] = functions.Handler(name, r, l.gate)
	}
	l.isolation.reach(d.Functions)
	for name := range l.transports {
		d.Brokers[name], _ = l.runner.Broker(name)
	}
	return d
}

// letters are the dead letters of one broker, and the way back into it.
type letters struct {
	events.Transport
	back ingress
}

// Publish implements [operator.Letters].
func (l letters) Publish(ctx context.Context, ces ...event.Event) error {
	return l.back.Publish(ctx, ces...)
}

// letters are the dead letters by broker. Of brokers that share one transport,
// the one that the door publishes to stands for them all.
func (l *local) letters(home string) map[string]operator.Letters {
	by := map[string]operator.Letters{}
	for name, t := range l.transports {
		if name != home && t == l.transports[home] {
			continue
		}
		by[name] = letters{t, ingress{l, name}}
	}
	return by
}

// close finishes what is in flight, and lets go of everything.
func (l *local) close() error {
	l.relay.close()
	return errors.Join(l.isolation.close(), l.carriers.close(), l.system.close(), l.embedded.Close())
}
