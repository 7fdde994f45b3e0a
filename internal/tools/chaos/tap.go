//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// The exchanges of RabbitMQ's layout, as they are named unless told otherwise.
const (
	factsExchange    = "tour_booking_events"
	commandsExchange = factsExchange + ".commands"
)

// tapped is how many messages a tap remembers.
const tapped = 20_000

// tap hears every fact and command on their way through RabbitMQ, and can say
// them again: word for word, and long after.
type tap struct {
	url     string
	begun   sync.WaitGroup
	stop    context.CancelFunc
	mu      sync.Mutex
	heard   []amqp.Delivery
	next    int
	copies  int // that were published
	refused int // of these, by a queue that was full
}

// openTap listens until it is closed, whatever happens to RabbitMQ.
func openTap(ctx context.Context, url string) *tap {
	ctx, stop := context.WithCancel(ctx)
	t := &tap{url: url, stop: stop}
	t.begun.Go(func() {
		for ctx.Err() == nil {
			_ = t.listen(ctx) // RabbitMQ was killed: again
			_ = pause(ctx, time.Second)
		}
	})
	return t
}

func (t *tap) close() {
	t.stop()
	t.begun.Wait()
}

// dial is a connection and a channel, which end with ctx.
func (t *tap) dial(ctx context.Context) (*amqp.Connection, *amqp.Channel, error) {
	conn, err := amqp.DialConfig(t.url, amqp.Config{Heartbeat: 10 * time.Second, Dial: amqp.DefaultDial(5 * time.Second)})
	if err != nil {
		return nil, nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	ch, err := conn.Channel()
	return conn, ch, errors.Join(err, ctx.Err())
}

func (t *tap) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, ch, err := t.dial(ctx)
	if err != nil {
		return err
	}
	q, err := ch.QueueDeclare("chaos.tap", false, true, false, false, amqp.Table{"x-max-length": tapped})
	if err != nil {
		return err
	}
	if err := ch.QueueBind(q.Name, "#", factsExchange, false, nil); err != nil {
		return err
	}
	for _, s := range events.Vocabulary() {
		if s.To != "" {
			if err := ch.QueueBind(q.Name, s.To, commandsExchange, false, nil); err != nil {
				return err
			}
		}
	}
	heard, err := ch.Consume(q.Name, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	for d := range heard {
		t.keep(d)
	}
	return errors.New("the channel was closed")
}

func (t *tap) keep(d amqp.Delivery) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heard) < tapped {
		t.heard = append(t.heard, d)
		return
	}
	t.heard[t.next] = d
	t.next = (t.next + 1) % tapped
}

// some are messages that were heard, at random.
func (t *tap) some(dice *rand.Rand, n int) (all []amqp.Delivery) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		if len(t.heard) > 0 {
			all = append(all, t.heard[dice.IntN(len(t.heard))])
		}
	}
	return all
}

// again publishes old messages once more, for a time.
func (t *tap) again(ctx context.Context, dice *rand.Rand, lasts time.Duration) error {
	const perTick, tick = 10, 100 * time.Millisecond
	return t.publish(ctx, func(ch *amqp.Channel) error {
		for left := lasts; left > 0; left -= tick {
			for _, d := range t.some(dice, perTick) {
				if _, err := t.say(ctx, ch, d); err != nil {
					return err
				}
			}
			if err := pause(ctx, tick); err != nil {
				return err
			}
		}
		return nil
	})
}

// publish does something on a channel. RabbitMQ may be away then: that is no
// error, the fault does not strike.
func (t *tap) publish(ctx context.Context, do func(*amqp.Channel) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, ch, err := t.dial(ctx)
	if err == nil {
		err = do(ch)
	}
	if e := new(amqp.Error); errors.As(err, &e) && (e.Code == amqp.NotFound || e.Code == amqp.PreconditionFailed) {
		return fmt.Errorf("RabbitMQ's layout is not as documented: %w", err)
	}
	return nil
}

// say publishes a message. On a channel without confirms there is nothing to
// wait for.
func (t *tap) say(ctx context.Context, ch *amqp.Channel, d amqp.Delivery) (*amqp.DeferredConfirmation, error) {
	wait, err := ch.PublishWithDeferredConfirmWithContext(ctx, d.Exchange, d.RoutingKey, false, false, amqp.Publishing{
		Headers: d.Headers, ContentType: d.ContentType, DeliveryMode: amqp.Persistent, MessageId: d.MessageId,
		Timestamp: d.Timestamp, Type: d.Type, AppId: d.AppId, CorrelationId: d.CorrelationId, Priority: d.Priority, Body: d.Body,
	})
	if err == nil {
		t.mu.Lock()
		t.copies++
		t.mu.Unlock()
	}
	return wait, err
}

// counts are the copies that were published so far, and those of them that a
// full queue refused.
func (t *tap) counts() (copies, refused int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.copies, t.refused
}
