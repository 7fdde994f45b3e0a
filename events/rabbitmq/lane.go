package rabbitmq

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	lanes    = 4      // channels that are published on
	window   = 256    // messages of one call that wait for their confirms
	leftover = 10_000 // returned messages that nobody asked for
)

// outgoing is a message on its way out.
type outgoing struct {
	exchange, key string
	msg           amqp.Publishing
}

// fate is what became of it.
type fate byte

const (
	unknown  fate = iota // sent or not: it is to be sent again
	stored               // by every queue that it was for
	returned             // no queue wants it
	refused              // a queue is full, or could not store it; others may have it
)

// lane is one channel that is published on. The order of one call is kept.
type lane struct {
	link    *link
	s       *session
	last    atomic.Uint64 // number of the newest publishing
	heard   atomic.Int64  // when a confirm came last, in nanoseconds
	returns chan amqp.Return
	asks    chan question
	ended   chan struct{} // the goroutine that minds returns is gone
}

// question is whether a publishing was returned; no answer is wanted where all
// that is known is to be forgotten.
type question struct {
	number string
	answer chan bool
}

func newLane(ctx context.Context, on *link) (*lane, error) {
	l := &lane{link: on, returns: make(chan amqp.Return), asks: make(chan question), ended: make(chan struct{})}
	_, err := on.open(ctx, l.begin)
	return l, err
}

func (l *lane) begin(s *session, life int) error {
	if life > 1 {
		l.ask(question{}) // nothing of the life before is confirmed now
		return nil        // the library has put confirms on again
	}
	l.s = s
	s.ch.NotifyReturn(l.returns)
	go l.mind()
	return s.ch.Confirm(false)
}

// mind notes what is returned. Nothing is between the library's reader and
// this goroutine: who asks once a publishing is confirmed is told the truth,
// for its return came before its confirm.
func (l *lane) mind() {
	defer close(l.ended)
	back := map[string]bool{}
	for {
		select {
		case r, open := <-l.returns:
			if !open {
				return
			}
			if len(back) >= leftover {
				clear(back)
			}
			back[r.CorrelationId] = true
		case q := <-l.asks:
			if q.answer == nil {
				clear(back)
				continue
			}
			q.answer <- back[q.number]
			delete(back, q.number)
		}
	}
}

func (l *lane) ask(q question) bool {
	select {
	case l.asks <- q:
		return q.answer != nil && <-q.answer
	case <-l.ended:
		return false
	}
}

// pending is a publishing that waits for its confirm.
type pending struct {
	place   int // in the messages and their fates
	number  string
	confirm *amqp.DeferredConfirmation
}

// send publishes messages, again where their fate is unknown, until it is
// known of all of them. An error leaves some unknown.
func (l *lane) send(ctx context.Context, out []outgoing, fates []fate) error {
	for {
		if err := l.link.unblocked(ctx); err != nil {
			return err
		}
		life, ended, err := l.s.await(ctx)
		if err != nil {
			return err
		}
		known, err := l.settle(ctx, life, ended, l.put(life, out, fates), fates)
		if known || err != nil {
			return err
		}
	}
}

// try publishes one message, and waits for its confirm. It tells in which life.
func (l *lane) try(ctx context.Context, out outgoing) (fate, int, error) {
	if err := l.link.unblocked(ctx); err != nil {
		return unknown, 0, err
	}
	life, ended, err := l.s.await(ctx)
	if err != nil {
		return unknown, 0, err
	}
	one, fates := []outgoing{out}, []fate{unknown}
	known, err := l.settle(ctx, life, ended, l.put(life, one, fates), fates)
	if err == nil && !known {
		err = errGone
	}
	return fates[0], life, err
}

// put publishes what has no fate yet. What it could not is missing in waiting.
func (l *lane) put(life int, out []outgoing, fates []fate) (waiting []pending) {
	waiting = make([]pending, 0, len(out))
	_ = l.s.use(life, func(ch *amqp.Channel) error {
		for i := range out {
			if fates[i] != unknown {
				continue
			}
			number := strconv.FormatUint(l.last.Add(1), 36)
			out[i].msg.CorrelationId = number
			confirm, err := ch.PublishWithDeferredConfirm(out[i].exchange, out[i].key, true, false, out[i].msg)
			if err != nil {
				return err
			}
			waiting = append(waiting, pending{i, number, confirm})
		}
		return nil
	})
	return waiting
}

// settle waits for the confirms. It reports false where the life ended before
// they had come: then what has no fate may or may not have been stored.
func (l *lane) settle(ctx context.Context, life int, ended <-chan struct{}, waiting []pending, fates []fate) (known bool, err error) {
	answer := make(chan bool)
	for _, p := range waiting {
		select {
		case <-p.confirm.Done():
		default:
			select {
			case <-p.confirm.Done():
			case <-ended:
			case <-ctx.Done():
				return false, ctx.Err()
			}
		}
		l.heard.Store(time.Now().UnixNano())
		switch {
		case p.confirm.Acked() && l.ask(question{p.number, answer}):
			fates[p.place] = returned
		case p.confirm.Acked():
			fates[p.place] = stored
		case l.s.is(life):
			fates[p.place] = refused
		}
	}
	for _, f := range fates {
		if f == unknown {
			return false, nil
		}
	}
	return true, nil
}
