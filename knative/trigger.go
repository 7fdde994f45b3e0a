package knative

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

// trigger is a Trigger at work: all that a delivery needs, made once.
type trigger struct {
	Trigger
	from    *broker // where its events come from, and answers go back to
	to      target
	dest    string // knativeerrordest
	sink    target // the dead-letter sink, where it is one that is spoken to
	pending pending
	timeout time.Duration
	ordered bool // what is put off holds up what is behind it
	lenient bool
	log     *slog.Logger
}

// deliver is one delivery, from the transport's hand to its verdict.
func (t *trigger) deliver(ctx context.Context, d events.Delivery) events.Verdict {
	if t.also != nil && !t.also(d.Event) {
		return events.Verdict{}
	}
	left := takeHops(d.Event)
	if d.Tries > 0 && t.sink != nil {
		if l, ok := t.pending.take(d.Event); ok {
			return t.bury(ctx, d, l, left)
		}
	}
	o := t.ask(ctx, t.to, d.Event)
	if o.reply != nil {
		o = t.reply(ctx, o, left)
	}
	switch t.class.judge(o) {
	case done:
		if o.noise {
			t.log.LogAttrs(ctx, slog.LevelWarn, "an answer is thrown away", t.about(d, o)...)
		}
		return events.Verdict{}
	case lost:
		t.lost(ctx, d, o, "LOST: its broker counts this answer as delivered; answer 409 or 5xx to hear it again, or with an event that says no")
		return events.Verdict{}
	case again:
		if d.Tries < t.Delivery.Retry {
			level := slog.LevelWarn
			if o.status == http.StatusConflict {
				level = slog.LevelInfo // somebody else is at it, which is nobody's fault
			}
			t.log.LogAttrs(ctx, level, "deliver again", t.about(d, o)...)
			return events.Verdict{Again: t.wait(d.Tries + 1)}
		}
	}
	return t.dead(ctx, d, o, left)
}

// ask is one exchange with a target, for as long as the delivery may take.
func (t *trigger) ask(ctx context.Context, to target, ce event.Event) outcome {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	return to.send(ctx, ce)
}

// reply publishes the answer of a delivery that went well, one hop on. Where
// that fails, the whole delivery has failed.
func (t *trigger) reply(ctx context.Context, o outcome, left int) outcome {
	if left == 0 {
		o.looped = true
		o.why = fmt.Sprintf("a loop: %d answers followed from one event; look what Trigger %s and those before it answer with",
			mostHops, t.Name)
		return o
	}
	setHops(o.reply, left-1)
	if err := t.from.put(ctx, *o.reply); err != nil {
		return notTaken(t.from.name)
	}
	return o
}

// wait is how long the n-th retry waits; at least a moment, for no wait at all
// would be no retry.
func (t *trigger) wait(n int) time.Duration {
	return max(t.class.wait(t.Delivery, n), time.Millisecond)
}

// lost says that an event is lost to its subscriber, as it would be on a
// cluster, and why: unless somebody does not want to know.
func (t *trigger) lost(ctx context.Context, d events.Delivery, o outcome, why string) {
	level := slog.LevelError
	if t.lenient {
		level = slog.LevelDebug
	}
	t.log.LogAttrs(ctx, level, why, t.about(d, o)...)
}

// about is what a log line says of a delivery: nothing personal.
func (t *trigger) about(d events.Delivery, o outcome) []slog.Attr {
	booking, _ := events.Attribute(d.Event, "correlationid")
	about := []slog.Attr{
		slog.String("trigger", t.Name), slog.String("event", d.Event.ID()), slog.String("booking", arrow.Short(booking)),
		slog.Int("status", o.status), slog.Int("tries", d.Tries+1),
	}
	if o.why != "" {
		about = append(about, slog.String("err", o.why))
	}
	return about
}

// reason says to a person why an event was given up.
func (t *trigger) reason(d events.Delivery, o outcome) string {
	if o.looped {
		return o.why
	}
	said := "did not answer"
	if o.status != 0 {
		said = fmt.Sprintf("answered %d", o.status)
	}
	times := "once"
	if d.Tries > 0 {
		times = fmt.Sprintf("at the last of %d tries", d.Tries+1)
	}
	return fmt.Sprintf("%s %s %s%s", t.Subscriber, said, times, prefixed(": ", o.why))
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
