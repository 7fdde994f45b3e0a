package arrow

import (
	"context"
	"regexp"

	"tourbillon/events"
)

var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// none is the trace, and its beginning the parent, that W3C says is none.
const none = "00000000000000000000000000000000"

// traces gives the answer its place in the asker's trace: the same trace id,
// and this delivery as the parent. An event without a (valid) trace begins
// one. Ids are derived, so that a redelivery shows as the same span.
func (p Ports) traces(next step) step {
	return func(ctx context.Context, d *delivery) error {
		trace, flags := events.EffectID("trace", d.ce.Source(), d.ce.ID()), "01"
		if t := events.Trace(d.ce); traceparent.MatchString(t) && t[3:35] != none && t[36:52] != none[:16] {
			trace, flags = t[3:35], t[53:]
		}
		span := events.EffectID("span", d.function, d.ce.Source(), d.ce.ID())[:16]
		d.trace = "00-" + trace + "-" + span + "-" + flags
		return next(ctx, d)
	}
}
