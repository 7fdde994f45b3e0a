package rabbitmq

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

const (
	overheard = 10_000          // what waits for one who overhears; the oldest go first
	echoes    = 2 * time.Second // between two messages to itself
)

// Overhear has hear called for every fact that is published while it runs, by a
// queue of its own that nothing outlives: who was not there has missed it, and a
// reader that is too slow misses the oldest. alive is called when it is sure to
// hear, at once and every few seconds: a message to itself came through the
// server. It returns nil when ctx ends, and an error when it has to be begun
// anew: what was said in between is lost to it.
func (t *Transport) Overhear(ctx context.Context, hear func(event.Event), alive func()) error {
	if err := t.enter(ctx, &t.consuming); err != nil {
		return err
	}
	defer t.consuming.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.closing, cancel)()
	conn, err := amqp.DialConfig(t.setup.url, configOf(ctx, "relay"))
	if err != nil {
		return fmt.Errorf("overhear: %w", err)
	}
	defer closeSoon(conn)
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("overhear: %w", err)
	}
	queue, ds, err := t.ear(ch)
	if err != nil {
		return fmt.Errorf("overhear: %w", err)
	}
	echo := time.NewTicker(echoes)
	defer echo.Stop()
	for {
		if err := ch.PublishWithContext(ctx, "", queue, false, false, amqp.Publishing{Headers: amqp.Table{headerMark: queue}}); err != nil && ctx.Err() == nil {
			return fmt.Errorf("overhear: %w", err)
		}
		if lost := t.listen(ctx, ds, echo.C, hear, alive); lost != nil || ctx.Err() != nil {
			return lost
		}
	}
}

// ear declares the queue, and everything that leads there.
func (t *Transport) ear(ch *amqp.Channel) (queue string, ds <-chan amqp.Delivery, err error) {
	if err := ch.ExchangeBind(t.names.broadcast(), rest, t.names.exchange, false, nil); err != nil {
		return "", nil, err
	}
	q, err := ch.QueueDeclare("", false, true, true, false, amqp.Table{"x-max-length": overheard})
	if err != nil {
		return "", nil, err
	}
	if err := ch.QueueBind(q.Name, "", t.names.broadcast(), false, nil); err != nil {
		return "", nil, err
	}
	ds, err = ch.Consume(q.Name, t.tag("relay"), true, true, false, false, nil)
	return q.Name, ds, err
}

// listen hears until it is time for the next message to itself.
func (t *Transport) listen(ctx context.Context, ds <-chan amqp.Delivery, echo <-chan time.Time, hear func(event.Event), alive func()) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-echo:
			return nil
		case d, open := <-ds:
			if !open {
				return fmt.Errorf("overhear: %w", errGone)
			}
			if _, own := d.Headers[headerMark]; own {
				alive()
				continue
			}
			ce, err := read(&d)
			if kind, _ := events.Attribute(ce, "kind"); err == nil && kind == string(events.Fact) {
				hear(ce)
			}
		}
	}
}
