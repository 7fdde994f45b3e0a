package transporttest

import (
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

// The filter that all facts made here match.
var facts = events.Filter{"kind": "fact"}

// said is what an event in these tests is, but for its id.
type said map[string]string

// fact returns a fact as the system says them. All of them have the same
// partitionkey and name, so that every transport keeps their order.
func fact(id string) event.Event {
	return factOf(id, "booking-1")
}

func factOf(id, partitionkey string) event.Event {
	return say(id, events.PaymentSucceeded, said{
		"source": "/tourbillon/payment", "kind": "fact", "flow": "choreography", "saga": "step", "partitionkey": partitionkey,
	})
}

// numbered returns n facts, prefix-1 and on, and their ids.
func numbered(prefix string, n int) (ces []event.Event, ids []string) {
	for i := range n {
		id := fmt.Sprintf("%s-%d", prefix, i+1)
		ces, ids = append(ces, fact(id)), append(ids, id)
	}
	return ces, ids
}

// say returns a valid event with the attributes given.
func say(id string, name events.Name, attributes said) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("/tourbillon/test")
	ce.SetType(name.Type(1))
	ce.SetTime(time.Date(2026, 5, 4, 3, 2, 1, 123456789, time.UTC))
	ce.SetExtension("name", string(name))
	setData(&ce, "application/json", []byte(`{"seats": 2}`))
	for k, v := range attributes {
		set(&ce, k, v)
	}
	return ce
}

func setData(ce *event.Event, contentType string, data []byte) {
	if err := ce.SetData(contentType, data); err != nil {
		panic(err) // bytes are taken as they are
	}
}

func set(ce *event.Event, attribute, value string) {
	switch attribute {
	case "id":
		ce.SetID(value)
	case "source":
		ce.SetSource(value)
	case "type":
		ce.SetType(value)
	case "subject":
		ce.SetSubject(value)
	default:
		ce.SetExtension(attribute, value)
	}
}

// whole is all that there is to an event, comparable with go-cmp.
type whole struct {
	Attributes map[string]string
	Data       string
}

func wholeOf(ce event.Event) whole {
	w := whole{Attributes: map[string]string{}, Data: string(ce.Data())}
	put := func(k, v string) {
		if v != "" {
			w.Attributes[k] = v
		}
	}
	put("specversion", ce.SpecVersion())
	put("id", ce.ID())
	put("source", ce.Source())
	put("type", ce.Type())
	put("subject", ce.Subject())
	put("datacontenttype", ce.DataContentType())
	put("dataschema", ce.DataSchema())
	if !ce.Time().IsZero() {
		put("time", ce.Time().UTC().Format(time.RFC3339Nano))
	}
	for k, v := range ce.Extensions() {
		w.Attributes[k] = fmt.Sprintf("%T %v", v, v)
	}
	return w
}
