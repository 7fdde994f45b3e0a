package rabbitmq

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A server that was killed while it made a quorum queue may come back with one
// that has no leader, and never gets any (rabbitmq-server issues 10070, 15725).
// It takes declarations, and never confirms; worse, the channel that published
// to it is silent from then on. Work queues are made once, at the start; delay
// queues are made when they are first needed, which is when things go wrong. So
// what is put off has a connection of its own, and a queue that does not answer
// is left alone for a while: what was for it waits in the next longer one. It
// is not deleted: nobody here can tell that from a server that is slow.
const (
	muteTime = 8 * time.Second // for a confirm; less than settleTime
	shunTime = time.Minute
)

var errMute = errors.New("its delay queue does not answer")

// answering is the step whose delay queue is used in place of this one.
func (t *Transport) answering(subscription string, step time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	for step < latest && time.Now().Before(t.mutes[t.names.delay(subscription, step)]) {
		step = stepOf(step + 1)
	}
	return step
}

// wait puts a message into a delay queue.
func (t *Transport) wait(ctx context.Context, queue string, msg amqp.Publishing) error {
	asking, cancel := context.WithTimeout(ctx, muteTime)
	defer cancel()
	began := time.Now()
	f, life, err := t.aside.try(asking, outgoing{key: queue, msg: msg})
	switch {
	case err != nil && asking.Err() != nil && ctx.Err() == nil && t.aside.s.is(life) && t.confirmed(began):
		t.shun(queue)
		return errMute
	case err != nil:
		return err
	}
	return f.err()
}

// confirmed reports whether the server has confirmed anything since, by
// another connection: one that is slow altogether, or away, is no queue's fault.
func (t *Transport) confirmed(since time.Time) bool {
	for _, l := range t.lanes {
		if l.heard.Load() > since.UnixNano() {
			return true
		}
	}
	return false
}

// shun leaves a delay queue alone for a while, and the channel that waits for
// it for good.
func (t *Transport) shun(queue string) {
	t.mu.Lock()
	fresh := time.Now().After(t.mutes[queue])
	t.mutes[queue] = time.Now().Add(shunTime)
	t.mu.Unlock()
	if !fresh {
		return
	}
	t.log.Error("RabbitMQ: a delay queue does not answer, a longer one is used; if it stays so it has no leader: "+
		"have one elected by rabbitmqctl eval \"ra:trigger_election(...)\", or delete the queue", "queue", queue)
	t.delayers.cut()
}
