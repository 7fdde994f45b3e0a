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
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := r.options.Now()
		next := p.schedule.Next(now)
		if next.IsZero() {
			r.options.Log.Warn("ping does not come round for years", "ping", p.Name)
			return
		}
		timer.Reset(next.Sub(now))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		ce := p.event(r.options.Manifests.Namespace, r.options.Now())
		if o := p.send(ctx, ce); o.status < 200 || o.status > 299 {
			// The next one comes by itself.
			r.options.Log.Error("ping was not taken", "ping", p.Name, "event", ce.ID(), "status", o.status, "err", o.why)
		}
	}
}
