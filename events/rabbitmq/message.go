package rabbitmq

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// Headers of ours. No attribute of a CloudEvent has a hyphen in its name.
const (
	headerTries = "x-tourbillon-tries" // how often the event was delivered before
	headerBCC   = "BCC"                // further routing keys, which the server takes off
)

// structured is what the content type of a CloudEvent in structured mode
// begins with.
const structured = "application/cloudevents"

// Attributes are headers, and the server takes all headers of a message in one
// frame, of 128 KiB by default: for more it closes the connection, and would each
// time that they are sent again. A dead letter has some besides.
const (
	mostAttributes = 64 << 10 // bytes of those that are published
	mostMarks      = 16 << 10 // of what a dead letter gets
	mostReason     = 8 << 10
)

// largest is the most bytes of data that an event may have.
const largest = 16 << 20

// prefixes are what may stand before the names of attributes in headers: those
// of the CloudEvents AMQP binding, and the one that HTTP people write.
var prefixes = []string{"cloudEvents:", "cloudEvents_", "ce-"}

var errHeavy = fmt.Errorf("RabbitMQ has no room for attributes of more than %d bytes together: put what is long into data", mostAttributes)

var errNotEvent = errors.New("not a CloudEvent: its headers lack id, source, type or specversion")

// write returns the message of an event: attributes as headers under their
// bare names, as Knative's RabbitMQ broker writes them, and the data.
func write(ce event.Event) (amqp.Publishing, error) {
	attrs, err := events.Attributes(ce)
	if err != nil {
		return amqp.Publishing{}, err
	}
	headers := make(amqp.Table, len(attrs)+2)
	for name, value := range attrs {
		if len(name) > longest || name == "datacontenttype" && len(value) > longest {
			return amqp.Publishing{}, errors.New("AMQP has no room for an attribute's name or a content type of more than 255 bytes")
		}
		if name != "datacontenttype" {
			headers[name] = value
		}
	}
	return amqp.Publishing{
		Headers: headers, ContentType: attrs["datacontenttype"], DeliveryMode: amqp.Persistent,
		MessageId: clip(ce.ID()), Timestamp: time.Now(), Body: ce.Data(),
	}, nil
}

// weigh returns how many bytes of attributes a message has.
func weigh(headers amqp.Table) (n int) {
	for name, value := range headers {
		s, _ := value.(string)
		n += len(name) + len(s)
	}
	return n
}

// read returns the event in a message. It shares nothing with the message.
func read(d *amqp.Delivery) (event.Event, error) {
	if strings.HasPrefix(strings.ToLower(d.ContentType), structured) {
		return events.ReadMessage(http.Header{"Content-Type": {d.ContentType}}, bytes.NewReader(d.Body), largest)
	}
	attrs := attributes(d.Headers)
	for _, name := range []string{"id", "source", "type", "specversion"} {
		if attrs[name] == "" {
			return event.Event{}, errNotEvent
		}
	}
	if d.ContentType != "" {
		attrs["datacontenttype"] = d.ContentType
	}
	return events.FromAttributes(attrs, bytes.Clone(d.Body))
}

// attributes returns what a message's headers say of the event. Where some
// bear a prefix, only those are meant; where none does, all that could be.
func attributes(headers amqp.Table) map[string]string {
	for _, prefix := range prefixes {
		if attrs := prefixed(headers, prefix); len(attrs) > 0 {
			return attrs
		}
	}
	attrs := make(map[string]string, len(headers))
	for name, value := range headers {
		if s, ok := canonical(value); ok && isName(name) {
			attrs[name] = s
		}
	}
	return attrs
}

func prefixed(headers amqp.Table, prefix string) map[string]string {
	attrs := map[string]string{}
	for name, value := range headers {
		if len(name) <= len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
			continue
		}
		if s, ok := canonical(value); ok {
			attrs[strings.ToLower(name[len(prefix):])] = s
		}
	}
	return attrs
}

// isName reports whether an attribute may be called so.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// canonical returns a header's value as CloudEvents writes it as a string.
func canonical(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), true
	}
	n, ok := number(value)
	return strconv.FormatInt(n, 10), ok
}

// number returns a header's value as a number: clients write whatever width
// they like.
func number(value any) (int64, bool) {
	switch v := value.(type) {
	case int8:
		return int64(v), true
	case byte:
		return int64(v), true
	case int16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case int:
		return int64(v), true
	}
	return 0, false
}

func triesOf(d *amqp.Delivery) int {
	n, _ := number(d.Headers[headerTries])
	return int(max(n, 0))
}

// again returns the message of a delivery to publish once more: as it came,
// without what the server wrote on it.
func again(d *amqp.Delivery, tries int) amqp.Publishing {
	headers := make(amqp.Table, len(d.Headers)+1)
	for name, value := range d.Headers {
		if !strings.HasPrefix(name, "x-") && name != "CC" && name != headerBCC {
			headers[name] = value
		}
	}
	headers[headerTries] = int64(tries)
	return amqp.Publishing{
		Headers: headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, DeliveryMode: amqp.Persistent,
		MessageId: d.MessageId, Timestamp: d.Timestamp, Body: d.Body,
	}
}

// unreadable stands for a message that is not a CloudEvent, so that it can be
// kept and looked at as one.
func unreadable(d *amqp.Delivery, queue string) event.Event {
	ce := event.New()
	ce.SetID(strings.ToValidUTF8(d.MessageId, "?"))
	if d.MessageId == "" {
		ce.SetID("unknown")
	}
	ce.SetSource("/rabbitmq")
	ce.SetType("rabbitmq.message")
	ce.SetSubject(queue)
	ce.SetDataContentType("application/octet-stream")
	ce.DataEncoded, ce.DataBase64 = bytes.Clone(d.Body), true
	return ce
}
