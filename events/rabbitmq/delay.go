package rabbitmq

import (
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// steps are how long delay queues hold what is put off. What is put off for
// some other time waits until the next longer step, beyond the last for whole
// hours.
var steps = func() (all []time.Duration) {
	for _, ms := range []int{10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750} {
		all = append(all, time.Duration(ms)*time.Millisecond)
	}
	for _, unit := range []time.Duration{time.Second, time.Minute} {
		for _, n := range []float64{1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48} {
			all = append(all, time.Duration(n*float64(unit)))
		}
	}
	return append(all, time.Hour)
}()

// latest is the longest that the server counts to.
const latest = 45 * 24 * time.Hour

func stepOf(d time.Duration) time.Duration {
	if i, _ := slices.BinarySearch(steps, d); i < len(steps) {
		return steps[i]
	}
	return min((d + time.Hour - 1).Truncate(time.Hour), latest)
}

// Delay queues that nobody declared for unused, and longer than they hold what
// is in them, go away. Who uses one declares it again every fresh.
const (
	unused = 7 * 24 * time.Hour
	fresh  = time.Hour
)

// delays are the delay queues that were declared, by name, and when.
type delays map[string]time.Time

// delay returns the name of the queue that holds what a subscription puts off
// for a step, and sees to it that it is there. What falls due there goes back
// to the subscription's queue, and stays until that has room.
func (t *Transport) delay(subscription string, step time.Duration) (string, error) {
	name := t.names.delay(subscription, step)
	t.mu.Lock()
	since := time.Since(t.delays[name])
	t.mu.Unlock()
	if since < fresh {
		return name, nil
	}
	err := t.setup.do(func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{
			"x-queue-type": "quorum", "x-message-ttl": step.Milliseconds(), "x-expires": (step + unused).Milliseconds(),
			"x-dead-letter-exchange": "", "x-dead-letter-routing-key": t.names.work(subscription),
			"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
		})
		return differs(err)
	})
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.delays[name] = time.Now()
	return name, nil
}
