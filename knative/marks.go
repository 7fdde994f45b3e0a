package knative

import (
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// throughHeaders is an event that has passed RabbitMQ's broker, which has it as
// the headers of a message: every extension is a string after that, and those of
// a trace are taken for the broker's own. Where there is no time, its dispatcher
// sets one.
func throughHeaders(ce event.Event, now time.Time) event.Event {
	v1, ok := ce.Context.(*event.EventContextV1)
	if !ok || !ce.Time().IsZero() && !changed(v1.Extensions) {
		return ce
	}
	ce = ce.Clone()
	v1 = ce.Context.(*event.EventContextV1)
	if ce.Time().IsZero() {
		ce.SetTime(now)
	}
	for name, value := range v1.Extensions {
		if text, err := types.Format(value); err == nil {
			v1.Extensions[name] = text
		}
	}
	for _, name := range traces {
		delete(v1.Extensions, name)
	}
	return ce
}

var traces = []string{"traceparent", "tracestate"}

// changed reports whether there is an extension that would not be as it is.
func changed(extensions map[string]any) bool {
	for name, value := range extensions {
		if _, ok := value.(string); !ok || slices.Contains(traces, name) {
			return true
		}
	}
	return false
}

// arrived is an event that has passed the channel's broker.
func arrived(ce event.Event, now time.Time) event.Event {
	ce = ce.Clone()
	ce.SetExtension("knativearrivaltime", now.UTC().Format(time.RFC3339Nano))
	return ce
}
