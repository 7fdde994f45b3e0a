package events

import (
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Attributes returns all attributes of an event by name, each as its canonical
// string: what a transport in binary mode writes beside the data. It fails on
// an event that [FromAttributes] would not take.
func Attributes(ce event.Event) (map[string]string, error) {
	attrs, err := toAttributes(ce)
	if err == nil {
		_, err = core(attrs)
	}
	if err != nil {
		return nil, fmt.Errorf("write CloudEvent: %w", err)
	}
	return attrs, nil
}

// FromAttributes makes an event of what [Attributes] returned, or of what a
// stranger wrote in its stead, and data, which it keeps. Its errors say what is
// wrong and quote nothing of it.
func FromAttributes(attrs map[string]string, data []byte) (event.Event, error) {
	return assemble(attrs, data)
}
