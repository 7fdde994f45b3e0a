//go:build unix

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A queue's name begins with this, unless told otherwise, and ends with its
// Trigger's.
const queuePrefix = "tour_app."

// flooded are the Triggers whose queues are filled, by the function that their
// commands are for.
var flooded = map[string]string{"reserve": "command-reserve", "book": "command-book"}

// An operator's policy makes the bound of these queues less than the system's
// own, which is a hundred thousand. The most copies of a flood are more, what is
// unconfirmed at once is less.
const (
	bound = 2000
	most  = 30_000
	burst = 500
)

// narrow sets that policy.
func (w *world) narrow(ctx context.Context) error {
	pattern := "^" + regexp.QuoteMeta(queuePrefix) + "(" + strings.Join(slices.Sorted(maps.Values(flooded)), "|") + ")$"
	cmd := w.ctl.program(ctx, "rabbitmqctl", "--quiet", "set_policy", "chaos", pattern, fmt.Sprintf(`{"max-length":%d}`, bound), "--apply-to", "queues")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("set a policy: %w\n%s", err, said)
	}
	return nil
}

// flood fills a queue with copies of old commands until RabbitMQ refuses more,
// and keeps it full for a time.
func (w *world) flood(ctx context.Context, dice *rand.Rand, lasts time.Duration) error {
	t := w.tap
	old := slices.DeleteFunc(t.some(dice, 2000), func(d amqp.Delivery) bool { return flooded[d.RoutingKey] == "" })
	if len(old) == 0 {
		return nil
	}
	return t.publish(ctx, func(ch *amqp.Channel) error {
		if err := ch.Confirm(false); err != nil {
			return err
		}
		until, refused := time.Time{}, 0
		for n := 0; n < most && (until.IsZero() || time.Now().Before(until)); n += burst {
			var waits []*amqp.DeferredConfirmation
			for i := range burst {
				d := old[(n+i)%len(old)]
				d.Exchange, d.RoutingKey = "", queuePrefix+flooded[d.RoutingKey]
				wait, err := t.say(ctx, ch, d)
				if err != nil {
					return err
				}
				waits = append(waits, wait)
			}
			for _, wait := range waits {
				taken, err := wait.WaitContext(ctx)
				if err != nil {
					return err
				}
				if !taken {
					refused++
				}
			}
			if refused > 0 && until.IsZero() {
				until = time.Now().Add(lasts)
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.refused += refused
		return nil
	})
}
