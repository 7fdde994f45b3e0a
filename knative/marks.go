package knative

import (
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// throughHeaders is an event that has passed RabbitMQ's broker, which has it as
// the headers of a message: every extension is a string after that, those of a
// trace are taken for the broker's own, and where there is no time, there is one.
func throughHeaders(ce event.Event, _ time.Time) event.Event {
	v1, ok := ce.Context.(*event.EventContextV1)
	if !ok || v1.Time != nil && !changed(v1.Extensions) {
		return ce
	}
	ce = ce.Clone()
	v1 = ce.Context.(*event.EventContextV1)
	for name := range v1.Extensions {
		v1.Extensions[name], _ = events.Attribute(ce, name)
	}
	for _, name := range traces {
		delete(v1.Extensions, name)
	}
	if v1.Time == nil {
		ce.SetTime(time.Unix(0, 0)) // for it takes no zero time
		v1.Time.Time = time.Time{}  // in the year 1
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
