package memory

import (
	"bytes"
	"maps"

	"github.com/cloudevents/sdk-go/v2/event"
)

// clone returns a copy that shares nothing with ce that can be set: what the
// attributes point to is shared, for setting one makes it point elsewhere. It
// costs a third of what [event.Event.Clone] does, which copies that too.
func clone(ce event.Event) event.Event {
	v1, ok := ce.Context.(*event.EventContextV1)
	if !ok || len(ce.FieldErrors) > 0 {
		return ce.Clone()
	}
	for _, value := range v1.Extensions {
		if _, ok := value.(string); !ok {
			return ce.Clone() // it may be bytes
		}
	}
	own := *v1
	own.Extensions = maps.Clone(v1.Extensions)
	return event.Event{Context: &own, DataEncoded: bytes.Clone(ce.DataEncoded), DataBase64: ce.DataBase64}
}
