package rabbitmq

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// After a panic of handle the event waits, twice as long after each: a handle
// that panics on whatever it gets does not burn a core.
const (
	FirstPause = 100 * time.Millisecond
	LastPause  = time.Minute
)

func pause(tries int) time.Duration {
	return min(FirstPause<<min(tries, 16), LastPause)
}

// settleTime is how long a verdict may take to be carried out. What could not
// is delivered again.
const settleTime = 30 * time.Second

// leaveTime is how long what is in flight when a consumer is stopped may still
// take: longer than a function does, and not for as long as a server is away.
var leaveTime = 30 * time.Second // a variable for its test

var errNoQueue = errors.New("its queue is not there")

// deliver hands one message over and does as it is told. Where it is told
// nothing, because handle panicked, the message is put off.
func (c *consumer) deliver(ctx context.Context, a arrival) {
	if !c.s.is(a.life) {
		return // the server delivers it again
	}
	c.t.counts.delivered.Add(1)
	tries := triesOf(&a.Delivery)
	ce, err := read(&a.Delivery)
	switch {
	case err != nil:
		c.settle(ctx, a, unreadable(&a.Delivery, c.queue.on), events.Verdict{Dead: err.Error()})
		return
	case !c.queue.Filter.Matches(ce):
		c.t.counts.unwanted.Add(1)
		c.settle(ctx, a, ce, events.Verdict{})
		return
	}
	verdict := events.Verdict{Again: pause(tries)}
	defer func() {
		if p := recover(); p != nil {
			c.t.log.Error("handle panicked: the event is delivered again", "function", c.queue.Name, "event", a.MessageId,
				"stack", string(debug.Stack()))
		}
		c.settle(ctx, a, event.Event{}, verdict)
	}()
	handling, cancel := c.leaving(ctx)
	defer cancel()
	verdict = c.handle(handling, events.Delivery{Event: ce, Tries: tries})
}

// leaving returns a context that ends a while after the consumer was stopped.
func (c *consumer) leaving(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-ctx.Done():
		case <-c.inbox.over:
			select {
			case <-ctx.Done():
			case <-time.After(leaveTime):
				cancel()
			}
		}
	}()
	return ctx, cancel
}

// settle carries out a verdict, and acknowledges the message once that is
// safe. kept is the event to bury, read again where it is empty, for handle may
// have done with its own what it liked.
func (c *consumer) settle(ctx context.Context, a arrival, kept event.Event, v events.Verdict) {
	most := settleTime
	if c.inbox.stopped() && !c.s.is(a.life) { // it comes again in any case
		most = FirstPause
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	var err error
	switch {
	case v.Dead != "":
		if kept.Context == nil {
			kept, _ = read(&a.Delivery) // it could be read before
		}
		mark(&kept, v.Marks)
		err = c.t.bury(ctx, events.DeadLetter{
			Event: kept, Subscription: c.queue.Name, Reason: v.Dead, Tries: triesOf(&a.Delivery), At: time.Now(),
		})
		if err != nil && c.s.is(a.life) {
			err = c.buryLater(ctx, a, err)
		}
	case v.Again > 0:
		err = c.t.putOff(ctx, c.queue.Name, &a.Delivery, v.Again)
	}
	if err == nil {
		c.acks.addOf(a, ahead(c.queue.Concurrency))
		return
	}
	if !c.s.is(a.life) {
		return // it comes again by itself
	}
	c.t.log.Error("RabbitMQ: a verdict could not be carried out, the event is delivered again", "function", c.queue.Name,
		"event", a.MessageId, "err", err)
	c.inbox.pause(FirstPause)
	_ = c.acks.nack(a)
}

// buryLater has a message that could not be buried come again after a while, to
// be given up again. Handed back to the server it would come at once, and hold
// up those behind it for as long as who keeps letters is away.
func (c *consumer) buryLater(ctx context.Context, a arrival, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	after := pause(triesOf(&a.Delivery))
	c.t.log.Error("RabbitMQ: a dead letter cannot be kept, the event is delivered again", "function", c.queue.Name,
		"event", a.MessageId, "after", after, "err", why)
	return c.t.putOff(ctx, c.queue.Name, &a.Delivery, after)
}

// mark puts marks on an event, where they are not more than a message has room
// for.
func mark(ce *event.Event, marks map[string]string) {
	size := 0
	for name, value := range marks {
		size += len(name) + len(value)
	}
	if size > mostMarks {
		return
	}
	for name, value := range marks {
		if value == "" {
			ce.SetExtension(name, nil)
			continue
		}
		ce.SetExtension(name, value)
	}
}

// putOff has a message come back to its subscription's queue after a time. It
// tries until ctx ends.
func (t *Transport) putOff(ctx context.Context, subscription string, d *amqp.Delivery, after time.Duration) error {
	for {
		queue, err := t.delay(subscription, t.answering(subscription, stepOf(after)))
		if err == nil {
			if err = t.wait(ctx, queue, again(d, triesOf(d)+1)); err == nil {
				return nil
			}
		}
		if errors.Is(err, errNoQueue) { // somebody deleted it
			t.mu.Lock()
			delete(t.delays, queue)
			t.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(FirstPause):
		}
	}
}
