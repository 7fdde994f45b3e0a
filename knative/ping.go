package knative

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/robfig/cron/v3"

	"tourbillon/events"
)

// PingSource sends an event whenever its schedule comes round.
type PingSource struct {
	Name        string
	Sink        Destination
	Extensions  map[string]string
	ContentType string
	Data        []byte

	schedule cron.Schedule
}

// event is what Knative's adapter sends.
func (p *PingSource) event(namespace string, now time.Time) event.Event {
	ce := event.New()
	ce.SetID(rand.Text())
	ce.SetType(events.Ping)
	ce.SetSource("/apis/v1/namespaces/" + namespace + "/pingsources/" + p.Name)
	ce.SetTime(now)
	if p.ContentType != "" {
		ce.SetDataContentType(p.ContentType)
	}
	if len(p.Data) > 0 {
		ce.DataEncoded = p.Data
	}
	for name, value := range p.Extensions {
		ce.SetExtension(name, value)
	}
	return ce
}

// pings is a PingSource at work.
type pings struct {
	PingSource
	to target
}

// pingTime bounds sending one ping: the next may be due.
const pingTime = 30 * time.Second

// send is one exchange, which outlives ctx and not its own time.
func (p pings) send(ctx context.Context, ce event.Event) outcome {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTime)
	defer cancel()
	return p.to.send(ctx, ce)
}

// tick sends until ctx ends; what is being sent then is finished.
func (r *Runner) tick(ctx context.Context, p pings) {
	for {
		next := p.schedule.Next(r.options.Now().Round(0)) // by the wall
		if next.IsZero() {
			r.options.Log.Warn("ping does not come round for years", "ping", p.Name)
			return
		}
		if !r.until(ctx, next) {
			return
		}
		ce := p.event(r.options.Manifests.Namespace, r.options.Now())
		if o := p.send(ctx, ce); o.status < 200 || o.status > 299 {
			// The next one comes by itself.
			r.options.Log.Error("ping was not taken", "ping", p.Name, "event", ce.ID(), "status", o.status, "err", o.why)
		}
	}
}

// until waits until it is a time by the clock, which may be put back meanwhile:
// what is sent too soon would be sent again. It reports false where ctx ends.
func (r *Runner) until(ctx context.Context, at time.Time) bool {
	for left := at.Sub(r.options.Now()); left > 0; left = at.Sub(r.options.Now()) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(left):
		}
	}
	return ctx.Err() == nil
}
