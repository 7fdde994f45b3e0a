package kafka

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// carryOut does what a verdict says, and reports whether that is done.
func (g *group) carryOut(ctx context.Context, it *item, v events.Verdict) bool {
	if v.Done() {
		return true
	}
	if v.Dead == "" {
		off := it.record.with(g.off, text(subscription, g.Name), number(tries, it.tries+1), moment(due, time.Now().Add(v.Again)))
		return g.insist(ctx, off)
	}
	ce, err := it.record.decode()
	if err != nil {
		return g.buryUnreadable(ctx, it, err)
	}
	for name, value := range v.Marks {
		if value == "" {
			ce.SetExtension(name, nil)
			continue
		}
		ce.SetExtension(name, value)
	}
	return g.bury(ctx, it, ce, v.Dead)
}

// bury keeps an event as a dead letter.
func (g *group) bury(ctx context.Context, it *item, ce event.Event, why string) bool {
	l := events.DeadLetter{Event: ce, Subscription: g.Name, Reason: why, Tries: it.tries, At: time.Now()}
	r, err := g.t.letters.record(l)
	if err != nil { // by a mark that no event can bear: the event is kept as it came
		r = it.record.with("", g.t.letters.headers(l)...)
		r.topic = g.t.letters.topic()
	}
	return g.insist(ctx, r)
}

// buryUnreadable keeps a record that is no CloudEvent, as it is. Whoever reads
// the topic does it, and the list shows one.
func (g *group) buryUnreadable(ctx context.Context, it *item, why error) bool {
	g.log.Error("a record in Kafka is no CloudEvent: it is kept as a dead letter", "topic", it.record.topic,
		"partition", it.record.partition, "offset", it.record.offset, "err", why)
	return g.bury(ctx, it, it.record.unreadable(), "not a CloudEvent: "+why.Error())
}

// insist writes a record however long it takes: who reads on would lose it.
// It gives up only when it is to stop, and Kafka does not answer: then the
// event is delivered again, as if it had not been.
func (g *group) insist(ctx context.Context, r record) bool {
	writing, cancel := lingering(ctx)
	defer cancel()
	for {
		err := g.t.write(writing, r)
		switch {
		case err == nil:
			return true
		case tooLarge(err):
			g.log.Error("what is to be put off or given up is larger than its topic takes: its data is left out", "topic", r.topic,
				"key", short(r.key), "bytes", len(r.value))
			r.value = nil
		case ctx.Err() != nil:
			g.log.Warn("stopped while Kafka did not answer: an event is delivered again", "topic", r.topic, "err", err)
			return false
		}
		sleep(writing, lastPause)
	}
}

// lingering returns a context that ends a while after ctx: what is being written
// then can still be answered.
func lingering(ctx context.Context) (context.Context, context.CancelFunc) {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() {
		sleep(writing, leaving)
		cancel()
	})
	return writing, func() {
		forget()
		cancel()
	}
}

// short is what of a key may be logged.
func short(key string) string {
	const most = 8
	if len(key) <= most {
		return key
	}
	return strings.ToValidUTF8(key[:most], "")
}

// words makes a header's value of words that anybody may have written.
func words(s string) string {
	const most = 8 << 10
	if len(s) > most {
		s = s[:most]
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}
