package memory

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// Bound is how many events wait in a subscription that names no bound itself.
const Bound = 10_000

// Transport is an [events.Transport] inside one process. The zero value is not
// usable; [New] makes one.
type Transport struct {
	log       *slog.Logger
	consumers sync.WaitGroup // every Consume under way

	mu     sync.Mutex // guards all below, queues too; held for moments only
	queues map[string]*queue
	index  index
	dead   letters
	closed bool
}

var _ events.Transport = (*Transport)(nil)

// New returns an empty transport. Nothing runs until somebody consumes. A nil
// log is [slog.Default]: a panic is never silent.
func New(log *slog.Logger) *Transport {
	return &Transport{log: cmp.Or(log, slog.Default()), queues: map[string]*queue{}}
}

// Declare implements [events.Transport].
func (t *Transport) Declare(ctx context.Context, s events.Subscription) error {
	if s.Name == "" || s.Concurrency < 1 || s.Bound < 0 {
		return fmt.Errorf("declare %q: a name, a concurrency of at least 1 and no negative bound are needed", s.Name)
	}
	s.Bound = cmp.Or(s.Bound, Bound)
	s.Filter = s.Filter.Clone()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil {
		return err
	}
	if q, ok := t.queues[s.Name]; ok {
		if !same(q.Subscription, s) {
			return fmt.Errorf("declare %q: it is declared already, with other fields", s.Name)
		}
		return nil
	}
	q := newQueue(&t.mu, s)
	t.queues[s.Name] = q
	t.index.add(q)
	return nil
}

func same(a, b events.Subscription) bool {
	return a.Concurrency == b.Concurrency && a.Bound == b.Bound && maps.Equal(a.Filter, b.Filter)
}

// usable is asked with the lock held.
func (t *Transport) usable(ctx context.Context) error {
	if t.closed {
		return events.ErrClosed
	}
	return ctx.Err()
}

// Publish implements [events.Transport].
func (t *Transport) Publish(ctx context.Context, ces ...event.Event) error {
	for _, ce := range ces {
		if err := ce.Validate(); err != nil {
			return fmt.Errorf("publish: not a valid event: %w", err)
		}
	}
	unwanted, err := t.publish(ctx, ces)
	for _, ce := range unwanted {
		t.bury(events.DeadLetter{Event: ce, Reason: events.Unroutable, At: time.Now()})
	}
	return err
}

// publish returns the commands that nobody wants.
func (t *Transport) publish(ctx context.Context, ces []event.Event) (unwanted []event.Event, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	routes, unwanted := t.route(ces)
	if full := firstFull(routes); full != nil {
		return nil, fmt.Errorf("publish to %s: %w", full.Name, events.ErrFull)
	}
	for _, r := range routes {
		r.to.push(item{event: r.event})
	}
	return unwanted, nil
}

// route is one event on its way into one queue.
type route struct {
	to    *queue
	event event.Event
}

func (t *Transport) route(ces []event.Event) (routes []route, unwanted []event.Event) {
	routes = make([]route, 0, 2*len(ces))
	for _, ce := range ces {
		own := event.Event{} // the publisher may change its own afterwards
		t.index.each(ce, func(q *queue) {
			if own.Context == nil {
				own = clone(ce)
			}
			routes = append(routes, route{q, own})
		})
		if kind, _ := events.Attribute(ce, "kind"); own.Context == nil && kind == string(events.Command) {
			unwanted = append(unwanted, clone(ce))
		}
	}
	return routes, unwanted
}

// firstFull returns a queue that has no room for all that goes to it, if any.
func firstFull(routes []route) (full *queue) {
	for _, r := range routes {
		r.to.asked++
		if r.to.waiting()+r.to.asked > r.to.Bound {
			full = r.to
		}
	}
	for _, r := range routes {
		r.to.asked = 0
	}
	return full
}

// DeadLetters implements [events.Transport].
func (t *Transport) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	t.mu.Lock()
	if err := t.usable(ctx); err != nil {
		t.mu.Unlock()
		return nil, err
	}
	list := t.dead.list()
	t.mu.Unlock()
	for i := range list {
		list[i].Event = clone(list[i].Event)
	}
	return list, nil
}

// Discard implements [events.Transport].
func (t *Transport) Discard(ctx context.Context, letter string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.usable(ctx); err != nil {
		return err
	}
	if !t.dead.discard(letter) {
		return fmt.Errorf("discard %q: %w", letter, events.ErrNoLetter)
	}
	return nil
}

// Close implements [events.Transport]. What still waits is gone.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	for _, q := range t.queues {
		q.close()
	}
	t.mu.Unlock()
	t.consumers.Wait()
	return nil
}

// enter begins a Consume; who enters must leave (t.consumers.Done).
func (t *Transport) enter(name string) (*queue, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, events.ErrClosed
	}
	q, ok := t.queues[name]
	if !ok {
		return nil, fmt.Errorf("consume %q: it was not declared", name)
	}
	t.consumers.Add(1)
	return q, nil
}
