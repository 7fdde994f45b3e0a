package knative

import (
	"strconv"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// hops is the extension that counts down how often an event may still be
// answered, under the name that Knative's channel broker has for it. It is on
// what waits in a transport and never on what a function hears.
const hops = "knativebrokerttl"

// mostHops is how many answers may follow from an event that a source
// published. A booking takes some twenty.
const mostHops = 255

// hopsText is every count as an extension's value, so that none is made per
// delivery.
var hopsText = func() (all [mostHops]any) {
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}()

// extensions returns an event's own extensions, nil where it has none.
func extensions(ce event.Event) map[string]any {
	if v1, ok := ce.Context.(*event.EventContextV1); ok {
		return v1.Extensions
	}
	return nil
}

// takeHops takes the count off an event that nobody else reads.
func takeHops(ce event.Event) (left int) {
	if _, ok := extensions(ce)[hops]; !ok {
		return mostHops
	}
	text, _ := events.Attribute(ce, hops)
	delete(extensions(ce), hops)
	left, err := strconv.Atoi(text)
	if err != nil {
		return mostHops // somebody else's
	}
	return max(0, min(left, mostHops))
}

// setHops puts a count, which must be below [mostHops], on an event that
// nobody else reads.
func setHops(ce *event.Event, left int) {
	v1, ok := ce.Context.(*event.EventContextV1)
	if !ok {
		ce.SetExtension(hops, hopsText[left])
		return
	}
	if v1.Extensions == nil {
		v1.Extensions = make(map[string]any, 1)
	}
	v1.Extensions[hops] = hopsText[left]
}

// afresh returns the event without a count: a source begins anew.
func afresh(ce event.Event) event.Event {
	if _, ok := extensions(ce)[hops]; !ok {
		return ce
	}
	ce = ce.Clone()
	delete(extensions(ce), hops)
	return ce
}
