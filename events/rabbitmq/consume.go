package rabbitmq

import (
	"context"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// ahead is how many messages a consumer of concurrency n holds: enough that
// nobody waits for the server, and few, for others of its name want some too,
// and the server closes the channel of who sits on a message for half an hour.
func ahead(n int) int { return 2*n + 6 }

// handle is what a consumer does with a delivery.
type handle = func(context.Context, events.Delivery) events.Verdict

// Consume implements [events.Transport].
func (t *Transport) Consume(ctx context.Context, name string, h handle) error {
	if err := t.enter(context.WithoutCancel(ctx), &t.consuming); err != nil {
		return err
	}
	defer t.consuming.Done()
	q, err := t.declared(name)
	if err != nil || ctx.Err() != nil {
		return err
	}
	c := &consumer{t: t, queue: q, handle: h, inbox: newInbox()}
	c.take = c.deliver
	c.run(ctx)
	if ctx.Err() == nil {
		return events.ErrClosed
	}
	return nil
}

// arrival is a message and the life of the session that it came in.
type arrival struct {
	amqp.Delivery
	life int
}

// consumer is one Consume: a session, its workers, and between them what was
// handed over by the server and not yet taken.
type consumer struct {
	t      *Transport
	queue  subscription
	handle handle
	take   func(context.Context, arrival) // what workers do
	s      *session
	acks   *acks
	inbox  *inbox
	pumps  sync.WaitGroup
}

// run works until ctx ends or the transport closes.
func (c *consumer) run(ctx context.Context) {
	either, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.t.closing, cancel)()
	c.acks = newAcks(c)
	var err error
	if c.s, err = c.t.consumers.open(either, c.subscribe); err != nil {
		return // it ended first
	}
	var workers sync.WaitGroup
	finish := context.WithoutCancel(ctx)
	for range c.queue.Concurrency {
		workers.Go(func() {
			for a, ok := c.inbox.take(); ok; a, ok = c.inbox.take() {
				c.take(finish, a)
			}
		})
	}
	<-either.Done()
	c.giveBack()
	workers.Wait()
	c.acks.now()
	c.heard()
	c.t.consumers.leave(c.s)
}

// subscribe begins a life of the session. Its consumer tag is of this life
// alone: what is still on its way from the life before cannot be taken for it.
func (c *consumer) subscribe(s *session, life int) error {
	if err := idle(s, life); err != nil || c.inbox.stopped() {
		return err
	}
	if err := s.ch.Qos(ahead(c.queue.Concurrency), 0, false); err != nil {
		return err
	}
	tag := c.t.tag(c.queue.Name)
	deliveries, err := s.ch.Consume(c.queue.on, tag, false, false, false, false, nil)
	if err != nil {
		return err
	}
	s.tag = tag
	c.pumps.Go(func() { c.pump(s, deliveries, life) })
	return nil
}

// pump moves what the server hands over into the inbox. If that ends while the
// session lives, somebody deleted the queue.
func (c *consumer) pump(s *session, deliveries <-chan amqp.Delivery, life int) {
	for d := range deliveries {
		c.acks.begin(life, d.DeliveryTag)
		c.inbox.put(arrival{d, life})
	}
	if c.inbox.stopped() || !s.is(life) {
		return
	}
	c.t.log.Error("RabbitMQ: a queue was deleted while it was consumed, it is declared again", "queue", c.queue.on)
	c.pumps.Go(func() { c.resume(s, life) })
}

// resume declares the queue again and consumes from it, as soon as it can.
func (c *consumer) resume(s *session, life int) {
	for !c.inbox.stopped() && s.is(life) {
		err := c.t.declareAll(c.t.closing)
		if err == nil {
			err = s.restart(life)
		}
		if err == nil {
			return
		}
		c.t.log.Warn("RabbitMQ: cannot consume from a queue that was deleted, trying again", "queue", c.queue.on, "err", err)
		c.inbox.pause(longestWait)
	}
}

// giveBack takes no more from the server, and lets others have what nobody
// has begun, in its order.
func (c *consumer) giveBack() {
	left := c.inbox.stop()
	c.s.mu.Lock()
	there := c.s.live && c.s.ch.Cancel(c.s.tag, false) == nil
	c.s.mu.Unlock()
	if !there {
		return // the server has them already
	}
	c.pumps.Wait()
	for _, a := range append(left, c.inbox.late()...) {
		_ = c.acks.nack(a)
	}
}

// heard returns when the server has heard every acknowledgement, or the
// connection is lost: it answers in order.
func (c *consumer) heard() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.s.live {
		_ = c.s.ch.Qos(1, 0, false)
	}
}
