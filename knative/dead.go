package knative

import (
	"context"
	"encoding/base64"
	"log/slog"
	"maps"
	"strconv"
	"sync"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// letter is an event that its subscriber did not take, as it goes to the
// dead-letter sink.
type letter struct {
	reason string
	marks  map[string]string
	tries  int // at the sink
}

// dead gives an event up: to its sink, or to nobody.
func (t *trigger) dead(ctx context.Context, d events.Delivery, o outcome, left int) events.Verdict {
	l := letter{reason: t.reason(d, o), marks: t.marks(o)}
	switch {
	case t.sink != nil:
		t.log.LogAttrs(ctx, slog.LevelError, "dead letter", t.about(d, o)...)
		return t.bury(ctx, d, l, left)
	case t.Delivery.DeadLetter.None():
		t.lost(ctx, d, o, "LOST: there is no dead-letter sink; give its Broker one")
		return events.Verdict{}
	}
	t.log.LogAttrs(ctx, slog.LevelError, "dead letter", t.about(d, o)...)
	return events.Verdict{Dead: l.reason, Marks: l.marks}
}

// marks are the attributes that the broker leaves on a dead letter.
func (t *trigger) marks(o outcome) map[string]string {
	marks := map[string]string{"knativeerrordest": t.dest, hops: ""} // the count is the runner's own
	code := t.class.nobody
	if o.status != 0 {
		code = strconv.Itoa(o.status)
	}
	if code != "" {
		marks["knativeerrorcode"] = code
	}
	if t.class.quotes && len(o.body) > 0 {
		marks["knativeerrordata"] = base64.StdEncoding.EncodeToString(o.body[:min(len(o.body), maxQuote)])
	}
	if t.class.named {
		maps.Copy(marks, o.marks)
	}
	return marks
}

// bury delivers a letter to the sink, by the Trigger's policy. Both brokers
// drop what their sink does not take. The runner keeps it in the transport's
// own dead letters instead: it has them at hand, and nothing is lost silently.
func (t *trigger) bury(ctx context.Context, d events.Delivery, l letter, left int) events.Verdict {
	marked := d.Event.Clone()
	for name, value := range l.marks {
		if name != hops { // which is off already
			marked.SetExtension(name, value)
		}
	}
	o := t.ask(ctx, t.sink, marked)
	if o.reply != nil && t.class.echoes {
		o = t.reply(ctx, o, left)
	}
	switch fate := t.class.judge(o); {
	case fate == done:
		return events.Verdict{}
	case fate == again && l.tries < t.Delivery.Retry:
		l.tries++
		t.pending.put(d.Event, l)
		t.log.LogAttrs(ctx, slog.LevelWarn, "deliver to the dead-letter sink again", t.about(d, o)...)
		return events.Verdict{Again: t.wait(l.tries)}
	}
	t.lost(ctx, d, o, "LOST on a cluster: the dead-letter sink did not take it; kept here, in the transport")
	return events.Verdict{Dead: l.reason + "; " + t.Delivery.DeadLetter.String() + " did not take it", Marks: l.marks}
}

// pending are the letters that their sink is to be asked for again. It is a
// convenience: where a letter is not found, because the process was another or
// there are too many, the subscriber is asked once more.
type pending struct {
	mu      sync.Mutex
	letters map[string]letter
}

// mostPending bounds what is pending.
const mostPending = 10_000

func key(ce event.Event) string { return ce.Source() + "\x00" + ce.ID() }

func (p *pending) put(ce event.Event, l letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.letters == nil || len(p.letters) >= mostPending {
		p.letters = map[string]letter{}
	}
	p.letters[key(ce)] = l
}

func (p *pending) take(ce event.Event) (letter, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.letters[key(ce)]
	delete(p.letters, key(ce))
	return l, ok
}
