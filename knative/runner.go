package knative

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// Options is what a [Runner] runs, and what on.
type Options struct {
	Manifests  *Manifests
	Transports map[string]events.Transport // by Broker; two share one only where the second is a part of the first
	Functions  map[string]arrow.Receiver   // in this process, by FUNCTION_TARGET
	Doors      []string                    // functions that take no events, by FUNCTION_TARGET: who runs this opens them beside it
	Addresses  map[string]string           // of functions in processes of their own, by FUNCTION_TARGET: asked by HTTP instead
	Programs   map[string]string           // of Services that are somebody else's program, by the Service's name: asked by HTTP instead
	Client     *http.Client                // for what is given by uri; nil: one of the runner's own
	Log        *slog.Logger                // nil: [slog.Default]
	Lenient    bool                        // say no word of an event that is lost as it would be on a cluster; false: an error, at once
	Now        func() time.Time            // nil: [time.Now]

	// Delivered hears of every delivery, at its end: which Trigger's, how often
	// it had been tried before, and what is to become of it. It must be quick and
	// safe for concurrent use. Nil: nobody hears.
	Delivered func(trigger string, tries int, v events.Verdict)
}

// Runner does for manifests what a cluster would. Make it with [New]. Safe for
// concurrent use.
type Runner struct {
	options  Options
	own      *http.Transport // of the client that New made, where it did
	brokers  map[string]*broker
	triggers []*trigger
	pings    []pings
}

// broker is a Broker at work.
type broker struct {
	name      string
	transport events.Transport
	class     *class
	now       func() time.Time
}

// Publish puts events into the Broker, as a source does.
func (b *broker) Publish(ctx context.Context, ces ...event.Event) error {
	for i, ce := range ces {
		if fresh := afresh(ce); fresh.Context != ce.Context {
			ces = slices.Clone(ces)
			ces[i] = fresh
		}
	}
	return b.put(ctx, ces...)
}

// put has events pass the ingress of the Broker's class: those of sources, and
// answers, too.
func (b *broker) put(ctx context.Context, ces ...event.Event) error {
	if b.class.marked == nil {
		return b.transport.Publish(ctx, ces...)
	}
	passed, own := ces, false // the list is the publisher's
	for i, ce := range ces {
		marked := b.class.marked(ce, b.now())
		if marked.Context == ce.Context {
			continue
		}
		if !own {
			passed, own = slices.Clone(ces), true
		}
		passed[i] = marked
	}
	return b.transport.Publish(ctx, passed...)
}

// New declares every Trigger as a subscription of its Broker's transport, so
// that what is published from then on is kept for it. It refuses manifests
// that name a function that is not there, or a Broker without a transport, and
// programs for a Service that is not there. Two
// Brokers may share one where one of them holds only what a single Trigger of
// the other hands on to it, which then has nothing to do. It takes no transport
// over: who made them closes them, after Run.
func New(ctx context.Context, o Options) (*Runner, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Delivered == nil {
		o.Delivered = func(string, int, events.Verdict) {}
	}
	own := &http.Transport{MaxIdleConnsPerHost: idleConnections, IdleConnTimeout: time.Minute}
	if o.Client == nil {
		o.Client = &http.Client{Transport: own}
	}
	o.Client = direct(o.Client)
	r := &Runner{options: o, own: own, brokers: map[string]*broker{}}
	if err := errors.Join(r.missing()...); err != nil {
		return nil, fmt.Errorf("run manifests: %w", err)
	}
	for _, b := range o.Manifests.Brokers {
		r.brokers[b.Name] = &broker{b.Name, o.Transports[b.Name], b.class, o.Now}
	}
	idle, err := o.Manifests.shared(o.Transports)
	if err != nil {
		return nil, fmt.Errorf("run manifests: %w", err)
	}
	for _, t := range o.Manifests.Triggers {
		if idle[t.Name] {
			continue
		}
		if err := r.declare(ctx, t); err != nil {
			return nil, fmt.Errorf("run manifests: Trigger %s: %w", t.Name, err)
		}
	}
	for _, p := range o.Manifests.Pings {
		r.pings = append(r.pings, pings{p, r.target(p.Sink, true)})
	}
	return r, nil
}

func (r *Runner) declare(ctx context.Context, t Trigger) error {
	prefers := t.class.prefers
	own := &trigger{
		Trigger: t, from: r.brokers[t.Broker], to: r.target(t.Subscriber, prefers), dest: r.dest(t.Subscriber),
		timeout: cmp.Or(t.Delivery.Timeout, patience), ordered: t.ordered, lenient: r.options.Lenient, log: r.options.Log,
	}
	if sink := t.Delivery.DeadLetter; !sink.None() && sink.Kind != "KafkaSink" {
		own.sink = r.target(sink, prefers)
	}
	r.triggers = append(r.triggers, own)
	return own.from.transport.Declare(ctx, events.Subscription{Name: t.Name, Filter: t.Filter, Concurrency: t.Parallelism})
}

// target is where a destination's events go.
func (r *Runner) target(d Destination, prefers bool) target {
	switch d.Kind {
	case "Service":
		if at := r.options.Programs[d.Name]; at != "" {
			return &address{url: below(at, d.URI), prefers: prefers, client: r.options.Client}
		}
		name := r.options.Manifests.Function(d.Name)
		if at := r.options.Addresses[name]; at != "" {
			return &address{url: at, prefers: prefers, ours: true, client: r.options.Client}
		}
		return &function{name, r.options.Functions[name], r.options.Log}
	case "Broker":
		return onward{r.brokers[d.Name]}
	}
	return &address{url: d.URI, prefers: prefers, client: r.options.Client}
}

// dest is the address that a cluster would have for a destination.
func (r *Runner) dest(d Destination) string {
	switch d.Kind {
	case "Service":
		return withoutQuery(below(r.options.Manifests.Address(d.Name), d.URI))
	case "Broker":
		return r.options.Manifests.Address(d.Name + "-broker-ingress")
	}
	return withoutQuery(d.URI)
}

// idleConnections is how many a subscriber elsewhere keeps open; as many as a
// Trigger has deliveries under way by default.
const idleConnections = 50

// Run delivers, and sends what PingSources send, until ctx ends; then it
// finishes what is in flight and returns nil. It returns an error as soon as a
// transport ends by itself. It is called once.
func (r *Runner) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(r.triggers))
	var all sync.WaitGroup
	for _, t := range r.triggers {
		all.Go(func() {
			if err := t.from.transport.Consume(ctx, t.Name, r.deliveries(ctx, t)); err != nil {
				ended <- fmt.Errorf("consume for Trigger %s: %w", t.Name, err)
				stop()
			}
		})
	}
	for _, p := range r.pings {
		all.Go(func() { r.tick(ctx, p) })
	}
	<-ctx.Done()
	all.Wait()
	r.own.CloseIdleConnections()
	close(ended)
	return <-ended // the first; none is nil
}

// deliveries is what a Trigger does with each event. Where order is kept, what
// is put off is waited for, until ctx ends: then the transport has it again.
func (r *Runner) deliveries(ctx context.Context, t *trigger) func(context.Context, events.Delivery) events.Verdict {
	return func(in context.Context, d events.Delivery) events.Verdict {
		for ; ; d.Tries++ {
			one := d
			if t.ordered {
				one.Event = d.Event.Clone()
			}
			v := t.deliver(in, one)
			r.options.Delivered(t.Name, d.Tries, v)
			if !t.ordered || v.Again == 0 {
				return v
			}
			select {
			case <-ctx.Done():
				return v
			case <-time.After(v.Again):
			}
		}
	}
}

// Publish puts events into a Broker, as a source does: it returns nil only
// when they are safely there.
func (r *Runner) Publish(ctx context.Context, broker string, ces ...event.Event) error {
	b, ok := r.brokers[broker]
	if !ok {
		return fmt.Errorf("publish: there is no Broker %q", broker)
	}
	if err := b.Publish(ctx, ces...); err != nil {
		return fmt.Errorf("publish to Broker %s: %w", broker, err)
	}
	return nil
}
