package rabbitmq

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Remove takes off the server all that a transport of these settings and
// subscriptions has there, with the events that wait: its queues, its streams
// and its exchanges. What is not there is none to take off. It is for systems
// that were set up to be thrown away; of a transport that is open it takes what
// that works with.
func Remove(ctx context.Context, s Settings, subscriptions ...string) error {
	ctx, stop := context.WithCancel(ctx)
	on := &setup{url: s.URL, ctx: ctx, stop: stop}
	defer on.close()
	if err := on.do(func(ch *amqp.Channel) error { return names{s.Exchange, s.Queues}.remove(ch, subscriptions) }); err != nil {
		return fmt.Errorf("remove %s from RabbitMQ: %w", s.Queues, err)
	}
	return nil
}

func (n names) remove(ch *amqp.Channel, subscriptions []string) error {
	queues := []string{n.letters(), n.forward(), n.history()}
	for _, name := range subscriptions {
		queues = append(queues, n.work(name))
		for _, step := range steps {
			queues = append(queues, n.delay(name, step))
		}
	}
	for _, q := range queues {
		if _, err := ch.QueueDelete(q, false, false, false); err != nil {
			return err // it has ended the channel
		}
	}
	var err error
	for _, x := range []string{n.exchange, n.commands(), n.broadcast(), n.graves()} {
		err = errors.Join(err, ch.ExchangeDelete(x, false, false))
	}
	return err
}
