package arrow

import (
	"context"

	"tourbillon/events"
)

// none is the trace, and its beginning the parent, that W3C says is none.
const none = "00000000000000000000000000000000"

// traces gives the answer its place in the asker's trace: the same trace id,
// and this delivery as the parent. An event without a (valid) trace begins
// one. Ids are derived, so that a redelivery shows as the same span.
func (p Ports) traces(next step) step {
	return func(ctx context.Context, d *delivery) error {
		trace, flags, source := "", "01", events.Source(d.ce)
		if t := events.Trace(d.ce); traceparent(t) && t[3:35] != none && t[36:52] != none[:16] {
			trace, flags = t[3:35], t[53:]
		} else {
			trace = events.EffectID("trace", source, d.ce.ID())
		}
		span := events.EffectID("span", d.function, source, d.ce.ID())[:16]
		d.trace = "00-" + trace + "-" + span + "-" + flags
		return next(ctx, d)
	}
}

// traceparent reports whether t is one: 00-trace-span-flags, in small
// hexadecimal digits of which there are 32, 16 and 2.
func traceparent(t string) bool {
	const form = "00-" + none + "-0000000000000000-00"
	if len(t) != len(form) || t[:3] != form[:3] {
		return false
	}
	for i := 3; i < len(form); i++ {
		digit := '0' <= t[i] && t[i] <= '9' || 'a' <= t[i] && t[i] <= 'f'
		if dash := form[i] == '-'; dash && t[i] != '-' || !dash && !digit {
			return false
		}
	}
	return true
}
