package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// Settings are what a [Transport] is opened with.
type Settings struct {
	URL      string         // amqp:// or amqps://
	Exchange string         // the topic exchange; the names of the others begin with it
	Queues   string         // what the names of queues begin with
	History  bool           // keep every fact in a stream, for Read
	Letters  events.Letters // keeps dead letters; nil is a stream of the server's
	Log      *slog.Logger   // nil is slog.Default
}

// Transport is an [events.Transport] on a RabbitMQ server. [Open] makes one.
type Transport struct {
	log        *slog.Logger
	names      names
	elsewhere  events.Letters
	history    bool
	deliveries int // of the server, before it gives a message up

	setup      *setup
	publishers *link
	delayers   *link // what is put off has a connection of its own: see mute
	consumers  *link
	lanes      [lanes]*lane
	aside      *lane // on which is put off
	turn       atomic.Uint64
	tags       atomic.Uint64
	counts     counts

	closing    context.Context // ends when Close begins
	begin      context.CancelFunc
	publishing sync.WaitGroup // every call under way, but for Consume
	consuming  sync.WaitGroup // every Consume under way
	closed     chan struct{}  // closed when Close is done

	declaring sync.Mutex // held while a subscription is declared
	mu        sync.Mutex // guards all below
	queues    map[string]subscription
	delays    delays
	mutes     map[string]time.Time // delay queues that did not answer, and until when they are left alone
	over      bool
}

var (
	_ events.Transport = (*Transport)(nil)
	_ events.History   = (*Transport)(nil)
)

// subscription is one that was declared, and the queue it is on.
type subscription struct {
	events.Subscription
	on string
}

// Open connects, and declares what does not depend on subscriptions. It tries
// once; a connection lost later is made again for as long as it takes.
func Open(ctx context.Context, s Settings) (*Transport, error) { return open(ctx, s, deliveries) }

func open(ctx context.Context, s Settings, deliveries int) (*Transport, error) {
	if s.Exchange == "" || s.Queues == "" {
		return nil, errors.New("RabbitMQ: names are needed for the exchange and for the queues")
	}
	if _, err := amqp.ParseURI(s.URL); err != nil {
		return nil, errors.New("RabbitMQ: the URL cannot be read; write it as amqp://user:password@host:5672/vhost, " +
			"and percent-encode what is odd in it") // the error quotes the password
	}
	t := &Transport{
		log: cmp.Or(s.Log, slog.Default()), names: names{s.Exchange, s.Queues}, elsewhere: s.Letters, history: s.History,
		deliveries: deliveries, queues: map[string]subscription{}, delays: delays{}, mutes: map[string]time.Time{}, closed: make(chan struct{}),
	}
	t.closing, t.begin = context.WithCancel(context.WithoutCancel(ctx))
	if err := t.connect(ctx, s.URL); err != nil {
		_ = t.Close()
		return nil, fmt.Errorf("open RabbitMQ (does it run?): %w", err)
	}
	return t, nil
}

func (t *Transport) connect(ctx context.Context, url string) (err error) {
	setupCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.setup = &setup{url: url, ctx: setupCtx, stop: stop}
	if err := t.setup.do(t.exchanges); err != nil {
		return err
	}
	if t.publishers, err = newLink(ctx, url, "publishing", t.log, t.declareAll); err != nil {
		return err
	}
	if t.delayers, err = newLink(ctx, url, "putting off", t.log, t.declareAll); err != nil {
		return err
	}
	if t.aside, err = newLane(ctx, t.delayers); err != nil {
		return err
	}
	if t.consumers, err = newLink(ctx, url, "consuming", t.log, t.declareAll); err != nil {
		return err
	}
	for i := range t.lanes {
		if t.lanes[i], err = newLane(ctx, t.publishers); err != nil {
			return err
		}
		t.publishing.Go(func() { t.lanes[i].mind(setupCtx) })
	}
	if t.elsewhere != nil {
		t.consuming.Go(t.forward)
	}
	return nil
}

// enter begins a call, which is counted among calls; who enters must leave.
func (t *Transport) enter(ctx context.Context, calls *sync.WaitGroup) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return events.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	calls.Add(1)
	return nil
}

// Declare implements [events.Transport]. The queue itself remembers filter and
// bound, and refuses others, whoever declares them; the concurrency is this
// transport's.
func (t *Transport) Declare(ctx context.Context, s events.Subscription) error {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return err
	}
	defer t.publishing.Done()
	if s.Name == "" || s.Concurrency < 1 || s.Bound < 0 {
		return fmt.Errorf("declare %q: a name, a concurrency of at least 1 and no negative bound are needed", s.Name)
	}
	if slices.Contains(reserved, s.Name) || len(t.names.work(s.Name)) > longest-30 {
		return fmt.Errorf("declare %q: take another name, that queue is used otherwise or its name would be too long", s.Name)
	}
	s.Bound = cmp.Or(s.Bound, Bound)
	s.Filter = s.Filter.Clone()
	t.declaring.Lock()
	defer t.declaring.Unlock()
	if q, err := t.declared(s.Name); err == nil {
		if q.Concurrency != s.Concurrency || q.Bound != s.Bound || !maps.Equal(q.Filter, s.Filter) {
			return fmt.Errorf("declare %q: it is declared already, with other fields", s.Name)
		}
		return nil
	}
	if err := t.setup.do(func(ch *amqp.Channel) error { return t.lay(ch, s) }); err != nil {
		return fmt.Errorf("declare %s: %w", s.Name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queues[s.Name] = subscription{s, t.names.work(s.Name)}
	return nil
}

// declared returns a subscription that was declared.
func (t *Transport) declared(name string) (subscription, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q, ok := t.queues[name]
	if !ok {
		return subscription{}, fmt.Errorf("consume %q: it was not declared", name)
	}
	return q, nil
}

// Close implements [events.Transport].
func (t *Transport) Close() error {
	t.mu.Lock()
	first := !t.over
	t.over = true
	t.mu.Unlock()
	if !first {
		<-t.closed
		return nil
	}
	defer close(t.closed)
	t.begin()
	t.consuming.Wait() // they still publish
	var links sync.WaitGroup
	for _, l := range []*link{t.consumers, t.delayers, t.publishers} {
		if l != nil {
			links.Go(l.close)
		}
	}
	links.Wait()
	t.setup.close()
	t.publishing.Wait()
	return nil
}
