package rabbitmq

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// Publish implements [events.Transport].
func (t *Transport) Publish(ctx context.Context, ces ...event.Event) error {
	if err := t.enter(ctx, &t.publishing); err != nil {
		return err
	}
	defer t.publishing.Done()
	out := make([]outgoing, len(ces))
	for i, ce := range ces {
		msg, err := write(ce)
		if err == nil && weigh(msg.Headers) > mostAttributes {
			err = errHeavy
		}
		if err != nil {
			return fmt.Errorf("publish: not a valid event: %w", err)
		}
		to := addressOf(ce)
		out[i] = outgoing{t.names.from(binding{commands: to.commands}), to.key, to.publishing(msg)}
	}
	fates, err := t.send(ctx, out)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for i, f := range fates {
		if f == refused {
			return fmt.Errorf("publish to %s: %w, or could not store it: see rabbitmqctl list_queues name messages consumers, and delete a queue that nobody consumes", out[i].key, events.ErrFull)
		}
	}
	for i, f := range fates {
		if f != returned {
			t.counts.published.Add(1)
			continue
		}
		t.counts.dropped.Add(1)
		if kind, _ := events.Attribute(ces[i], "kind"); kind == string(events.Command) {
			if err := t.bury(ctx, events.DeadLetter{Event: ces[i], Reason: events.Unroutable, At: time.Now()}); err != nil {
				return fmt.Errorf("publish what no subscription wants: %w", err)
			}
		}
	}
	return nil
}

// send publishes messages in their order, on one of the lanes.
func (t *Transport) send(ctx context.Context, out []outgoing) ([]fate, error) {
	fates := make([]fate, len(out))
	l := t.lanes[t.turn.Add(1)%lanes]
	for from := 0; from < len(out); from += window {
		to := min(from+window, len(out))
		if err := l.send(ctx, out[from:to], fates[from:to]); err != nil {
			return nil, err
		}
	}
	return fates, nil
}

// put publishes one message, and is nil once it is stored.
func (t *Transport) put(ctx context.Context, out outgoing) error {
	fates, err := t.send(ctx, []outgoing{out})
	if err != nil {
		return err
	}
	return fates[0].err()
}

// err is nil of what was stored.
func (f fate) err() error {
	switch f {
	case stored:
		return nil
	case returned:
		return errNoQueue
	case refused:
		return events.ErrFull
	}
	return errGone
}
