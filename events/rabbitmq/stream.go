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
	page         = 256                    // messages of a stream on their way at most
	quiet        = 20 * time.Millisecond  // after which a reader asks whether it is at the end
	stale        = 500 * time.Millisecond // after which it wonders about the answer
)

var errBeyond = errors.New("it does not reach that far")

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
	marked      bool // the end is
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
			if err := r.ask(ctx, t); err != nil {
				return err
			}
			silence.Reset(stale)
		case <-ctx.Done():
			return ctx.Err()
		case <-t.setup.ctx.Done():
			return t.setup.ctx.Err()
		}
	}
}

// ask puts the mark, and where it was put already and did not come finds out
// why: a stream is silent to who begins beyond its end.
func (r *reader) ask(ctx context.Context, t *Transport) error {
	if !r.marked {
		r.marked = true
		return t.put(ctx, outgoing{key: r.stream, msg: amqp.Publishing{Headers: amqp.Table{headerMark: r.end}, DeliveryMode: amqp.Persistent}})
	}
	end, err := t.scan(ctx, r.stream, "last", func(*amqp.Delivery) bool { return true })
	if err == nil && r.next > end {
		return errBeyond
	}
	return err
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
