package rabbitmq

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	headerMark   = "x-tourbillon-mark" // a message that is no event: who reads the stream put it to know its end
	headerOffset = "x-stream-offset"
	page         = 256                   // messages of a stream on their way at most
	quiet        = 20 * time.Millisecond // after which a reader asks whether it is at the end
)

// scan reads a stream from an offset ("first" is the beginning) until each says
// that it is enough, or to the end. A stream has no end that AMQP tells of: who
// hears nothing for a moment puts a mark there, and reads up to it. after is
// the offset of what follows.
func (t *Transport) scan(ctx context.Context, stream string, from any, each func(*amqp.Delivery) bool) (after int64, err error) {
	after, _ = number(from)
	err = t.setup.do(func(ch *amqp.Channel) error {
		if err := ch.Qos(page, 0, false); err != nil {
			return err
		}
		ds, err := ch.Consume(stream, t.tag("reader"), false, false, false, false, amqp.Table{headerOffset: from})
		if err != nil {
			return err
		}
		r := reader{stream: stream, end: rand.Text(), next: after}
		err = r.read(ctx, t, ds, each)
		after = r.next
		return err
	})
	if err != nil {
		return after, fmt.Errorf("read the stream %s: %w", stream, err)
	}
	return after, nil
}

// reader is one reading of a stream.
type reader struct {
	stream, end string
	next        int64
}

func (r *reader) read(ctx context.Context, t *Transport, ds <-chan amqp.Delivery, each func(*amqp.Delivery) bool) error {
	silence := time.NewTimer(quiet)
	defer silence.Stop()
	for {
		select {
		case d, open := <-ds:
			if !open {
				return errors.New("it was lost meanwhile")
			}
			silence.Reset(quiet)
			if more, err := r.take(&d, each); err != nil || !more {
				return err
			}
		case <-silence.C:
			if err := t.put(ctx, outgoing{key: r.stream, msg: amqp.Publishing{
				Headers: amqp.Table{headerMark: r.end}, DeliveryMode: amqp.Persistent,
			}}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-t.setup.ctx.Done():
			return t.setup.ctx.Err()
		}
	}
}

// take takes one message, and reports whether there is more to read.
func (r *reader) take(d *amqp.Delivery, each func(*amqp.Delivery) bool) (more bool, err error) {
	offset, _ := number(d.Headers[headerOffset])
	r.next = offset + 1
	if d.DeliveryTag%(page/2) == 0 {
		if err := d.Ack(true); err != nil {
			return false, err
		}
	}
	if mark, is := d.Headers[headerMark].(string); is {
		return mark != r.end, nil
	}
	return each(d), nil
}
