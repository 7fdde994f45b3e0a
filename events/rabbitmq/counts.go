package rabbitmq

import (
	"context"
	"strconv"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Counts are what a transport did since it was opened.
type Counts struct {
	Published uint64 // events stored by every queue that wants them
	Dropped   uint64 // events that no queue wanted
	Delivered uint64 // copies handed over by the server, redeliveries too
	Unwanted  uint64 // of these, copies that the filter did not match after all
}

type counts struct{ published, dropped, delivered, unwanted atomic.Uint64 }

// Counts returns what was done so far.
func (t *Transport) Counts() Counts {
	c := &t.counts
	return Counts{c.published.Load(), c.dropped.Load(), c.delivered.Load(), c.unwanted.Load()}
}

// Lag returns how many events wait in each subscription that was declared here,
// without those in the hands of a consumer, and those put off.
func (t *Transport) Lag(ctx context.Context) (map[string]int64, error) {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return nil, err
	}
	defer t.publishing.Done()
	waiting := map[string]int64{}
	t.mu.Lock()
	for name := range t.queues {
		waiting[name] = 0
	}
	t.mu.Unlock()
	err := t.setup.do(func(ch *amqp.Channel) error {
		for name := range waiting {
			q, err := ch.QueueDeclarePassive(t.names.work(name), true, false, false, false, quorum)
			if err != nil {
				return err
			}
			waiting[name] = int64(q.Messages)
		}
		return nil
	})
	return waiting, err
}

// tag returns a name for a consumer, of the connection's own.
func (t *Transport) tag(of string) string {
	return of + "-" + strconv.FormatUint(t.tags.Add(1), 10)
}
