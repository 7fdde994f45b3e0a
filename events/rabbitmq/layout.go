package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// Bound is how many events wait in a subscription that names no bound itself.
const Bound = 100_000

const (
	// deliveries is how often the server hands a message over before it gives
	// it up by itself. It counts what nobody answered: a crash, a connection
	// lost, a consumer stopped with the message in its hands. Tries are counted
	// by us and end long before.
	deliveries = 1000
	lettersAge = "30D" // how long dead letters are kept: the server drops whole segments, so kept is what is listed
	kept       = 30 * 24 * time.Hour
)

// names are all that is on the server, but for delay queues.
type names struct{ exchange, queues string }

func (n names) commands() string           { return n.exchange + ".commands" }
func (n names) broadcast() string          { return n.exchange + ".broadcast" }
func (n names) graves() string             { return n.exchange + ".dead" }
func (n names) letters() string            { return n.queues + ".dead" }     // a stream
func (n names) forward() string            { return n.queues + ".dead.out" } // a queue, where letters are kept elsewhere
func (n names) history() string            { return n.queues + ".history" }  // a stream
func (n names) work(trigger string) string { return n.queues + "." + trigger }
func (n names) delay(trigger string, step time.Duration) string {
	return n.work(trigger) + ".after." + step.String()
}
func (n names) from(b binding) string {
	if b.commands {
		return n.commands()
	}
	return n.exchange
}

// reserved are names of subscriptions whose queues are other queues.
var reserved = []string{"dead", "dead.out", "history"}

var quorum = amqp.Table{"x-queue-type": "quorum"}

// exchanges declares what does not depend on subscriptions.
func (t *Transport) exchanges(ch *amqp.Channel) error {
	for name, kind := range map[string]string{
		t.names.exchange: "topic", t.names.commands(): "direct", t.names.broadcast(): "fanout", t.names.graves(): "fanout",
	} {
		if err := ch.ExchangeDeclare(name, kind, true, false, false, false, nil); err != nil {
			return differs(err)
		}
	}
	keep, args := t.names.letters(), amqp.Table{"x-queue-type": "stream", "x-max-age": lettersAge}
	if t.elsewhere != nil {
		keep, args = t.names.forward(), quorum
	}
	if err := queue(ch, keep, args, t.names.graves(), ""); err != nil {
		return err
	}
	if t.history {
		return queue(ch, t.names.history(), amqp.Table{"x-queue-type": "stream"}, t.names.exchange, rest)
	}
	return nil
}

// queue declares a queue with one binding.
func queue(ch *amqp.Channel, name string, args amqp.Table, exchange, key string) error {
	if _, err := ch.QueueDeclare(name, true, false, false, false, args); err != nil {
		return differs(err)
	}
	return ch.QueueBind(name, key, exchange, false, nil)
}

// lay declares a subscription's queue and binds it.
func (t *Transport) lay(ch *amqp.Channel, s events.Subscription) error {
	name := t.names.work(s.Name)
	_, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{
		"x-queue-type": "quorum", "x-max-length": int64(s.Bound), "x-overflow": "reject-publish",
		"x-delivery-limit": int64(t.deliveries), "x-dead-letter-exchange": t.names.graves(),
		"x-dead-letter-strategy": "at-least-once", "x-dead-letter-routing-key": tell(s.Filter),
	})
	if err != nil {
		return differs(err)
	}
	for _, b := range bindings(s.Filter) {
		if err := ch.QueueBind(name, b.key, t.names.from(b), false, nil); err != nil {
			return err
		}
	}
	return nil
}

// declareAll declares everything once more, for a server that may have lost
// it. What somebody has meanwhile declared otherwise is said, and left so.
func (t *Transport) declareAll(context.Context) error {
	t.mu.Lock()
	var all []events.Subscription
	for _, q := range t.queues {
		all = append(all, q.Subscription)
	}
	clear(t.delays)
	t.mu.Unlock()
	steps := []func(*amqp.Channel) error{t.exchanges}
	for _, s := range all {
		steps = append(steps, func(ch *amqp.Channel) error { return t.lay(ch, s) })
	}
	for _, step := range steps {
		err := t.setup.do(step)
		var refused *amqp.Error
		if errors.As(err, &refused) && refused.Server && refused.Recover {
			t.log.Error("RabbitMQ: not declared again", "err", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inequivalent is how the server says that something exists with other
// arguments.
var inequivalent = regexp.MustCompile(`inequivalent arg '([^']*)' for (queue|exchange) '([^']*)' in vhost '[^']*': (.*)`)

// meanings are arguments of queues and exchanges in our words.
var meanings = map[string]string{
	"x-dead-letter-routing-key": "filter", "x-max-length": "bound", "x-queue-type": "kind of queue", "type": "kind of exchange",
}

// differs makes the server's refusal an error that says what to do.
func differs(err error) error {
	var refused *amqp.Error
	if !errors.As(err, &refused) || refused.Code != amqp.PreconditionFailed {
		return err
	}
	m := inequivalent.FindStringSubmatch(refused.Reason)
	if m == nil {
		return err
	}
	what := m[1]
	if ours, ok := meanings[what]; ok {
		what = ours + " (" + m[1] + ")"
	}
	return fmt.Errorf("the %s %s exists with another %s: %s; remove it once it is empty and nobody uses it "+
		"(rabbitmqctl delete_queue; an exchange by the management page), or take another prefix for names: %w", m[2], m[3], what, m[4], err)
}
