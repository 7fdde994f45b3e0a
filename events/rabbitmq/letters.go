package rabbitmq

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// Headers of ours on dead letters.
const (
	headerReason       = "x-tourbillon-reason"
	headerSubscription = "x-tourbillon-subscription"
	headerAt           = "x-tourbillon-at"
	headerDiscard      = "x-tourbillon-discard" // a message that is no letter, but takes one off the list, by its ID
)

// bury keeps a dead letter: elsewhere, or in the stream.
func (t *Transport) bury(ctx context.Context, l events.DeadLetter) error {
	if t.elsewhere != nil {
		return t.elsewhere.Keep(ctx, l)
	}
	msg, err := write(l.Event)
	if err != nil {
		return err
	}
	msg.Headers[headerReason] = strings.ToValidUTF8(l.Reason[:min(len(l.Reason), mostReason)], "")
	msg.Headers[headerSubscription] = l.Subscription
	msg.Headers[headerTries] = int64(l.Tries)
	msg.Headers[headerAt] = l.At.UTC().Format(time.RFC3339Nano)
	return t.put(ctx, outgoing{key: t.names.letters(), msg: msg})
}

// DeadLetters implements [events.Transport].
func (t *Transport) DeadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return nil, err
	}
	defer t.publishing.Done()
	return t.deadLetters(ctx)
}

func (t *Transport) deadLetters(ctx context.Context) ([]events.DeadLetter, error) {
	if t.elsewhere != nil {
		return t.elsewhere.DeadLetters(ctx)
	}
	var all []events.DeadLetter
	gone := map[string]bool{}
	_, err := t.scan(ctx, t.names.letters(), "first", func(d *amqp.Delivery) bool {
		if id, is := d.Headers[headerDiscard].(string); is {
			gone[id] = true
			return true
		}
		l := t.letterOf(d)
		offset, _ := number(d.Headers[headerOffset])
		l.ID = strconv.FormatInt(offset, 10)
		all = append(all, l)
		return true
	})
	if err != nil {
		return nil, err
	}
	left := all[:0]
	for _, l := range all {
		if !gone[l.ID] && time.Since(l.At) < kept {
			left = append(left, l)
		}
	}
	return left, nil
}

// Discard implements [events.Transport].
func (t *Transport) Discard(ctx context.Context, letter string) error {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return err
	}
	defer t.publishing.Done()
	if t.elsewhere != nil {
		return t.elsewhere.Discard(ctx, letter)
	}
	all, err := t.deadLetters(ctx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.ID == letter {
			return t.put(ctx, outgoing{key: t.names.letters(), msg: amqp.Publishing{
				Headers: amqp.Table{headerDiscard: letter}, DeliveryMode: amqp.Persistent, Timestamp: time.Now(),
			}})
		}
	}
	return fmt.Errorf("discard %q: %w", letter, events.ErrNoLetter)
}

// letterOf returns the letter that a message is: one that we kept, or one that
// the server gave up by itself.
func (t *Transport) letterOf(d *amqp.Delivery) events.DeadLetter {
	l := events.DeadLetter{Tries: triesOf(d), At: d.Timestamp}
	l.Subscription, _ = d.Headers[headerSubscription].(string)
	reason, ours := d.Headers[headerReason].(string)
	if at, ok := d.Headers[headerAt].(string); ok {
		l.At, _ = time.Parse(time.RFC3339Nano, at)
	}
	l.Reason = reason
	if !ours {
		t.byServer(&l, d)
	}
	var err error
	if l.Event, err = read(d); err != nil {
		l.Event = unreadable(d, t.names.work(l.Subscription))
	}
	return l
}

// byServer tells of a letter what the server wrote when it gave it up. The time
// is that of publishing where it wrote none.
func (t *Transport) byServer(l *events.DeadLetter, d *amqp.Delivery) {
	queue, _ := d.Headers["x-first-death-queue"].(string)
	why, _ := d.Headers["x-first-death-reason"].(string)
	if deaths, ok := d.Headers["x-death"].([]any); ok && len(deaths) > 0 {
		if death, ok := deaths[0].(amqp.Table); ok {
			if at, ok := death["time"].(time.Time); ok {
				l.At = at
			}
		}
	}
	l.Subscription = strings.TrimPrefix(queue, t.names.queues+".")
	switch why {
	case "delivery_limit":
		l.Reason = fmt.Sprintf("the server handed it over more than %d times and never heard of it again: does it end the process?", t.deliveries)
	case "":
		l.Reason = "somebody else published it to " + t.names.graves()
	default:
		l.Reason = "the server gave it up: " + why
	}
}

// forward hands what the server gave up to who keeps letters elsewhere, until
// the transport closes.
func (t *Transport) forward() {
	c := &consumer{
		t: t, inbox: newInbox(),
		queue: subscription{events.Subscription{Name: "dead", Concurrency: 1}, t.names.forward()},
	}
	c.take = c.keep
	c.run(t.closing)
}

// keep keeps one letter, however long that takes.
func (c *consumer) keep(ctx context.Context, a arrival) {
	for c.s.is(a.life) && !c.inbox.stopped() {
		err := c.t.elsewhere.Keep(ctx, c.t.letterOf(&a.Delivery))
		if err == nil {
			c.acks.add(a)
			return
		}
		c.t.log.Error("RabbitMQ: a dead letter cannot be kept, trying again", "event", a.MessageId, "err", err)
		c.inbox.pause(longestWait)
	}
}
