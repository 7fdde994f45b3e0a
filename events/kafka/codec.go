package kafka

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/segmentio/kafka-go"

	"tourbillon/events"
)

// Headers of the CloudEvents Kafka binding in binary mode.
const (
	ceHeader    = "ce_"
	contentType = "content-type"
	structured  = "application/cloudevents"
)

// Headers of ours, on what is in retries and dead-letters.
const (
	ours         = "tourbillon_"
	subscription = ours + "subscription"
	tries        = ours + "tries"
	due          = ours + "due" // RFC 3339 with nanoseconds
	broker       = ours + "broker"
	reason       = ours + "reason"
	givenUp      = ours + "at"      // RFC 3339 with nanoseconds
	discards     = ours + "discard" // the letter that a marker takes off
)

// maxEvent is the most bytes that an event may take as a structured one.
const maxEvent = 64 << 20

// Unreadable is the type that an event is given which stands for a record that
// is no CloudEvent; its data is the record's value, and nothing else is kept.
const Unreadable = "tourbillon.unreadable"

// record is a record as it lies in a topic, or is going to.
type record struct {
	place
	offset  int64
	time    time.Time
	key     string
	headers []kafka.Header
	value   []byte
}

// header returns a header's value; of several the last.
func (r *record) header(key string) string {
	for i := len(r.headers) - 1; i >= 0; i-- {
		if r.headers[i].Key == key {
			return string(r.headers[i].Value)
		}
	}
	return ""
}

func (r *record) size() int {
	n := len(r.key) + len(r.value) + 64
	for _, h := range r.headers {
		n += len(h.Key) + len(h.Value) + 8
	}
	return n
}

// with returns the record on its way to a topic, with headers of ours: those
// that it has are left behind.
func (r *record) with(topic string, headers ...kafka.Header) record {
	kept := slices.DeleteFunc(slices.Clone(r.headers), func(h kafka.Header) bool { return strings.HasPrefix(h.Key, ours) })
	return record{place: place{topic: topic}, key: r.key, headers: append(kept, headers...), value: r.value}
}

func text(key, value string) kafka.Header { return kafka.Header{Key: key, Value: []byte(value)} }

func number(key string, n int) kafka.Header { return text(key, strconv.Itoa(n)) }

func moment(key string, t time.Time) kafka.Header {
	return text(key, t.UTC().Format(time.RFC3339Nano))
}

// encode writes an event in binary mode.
func encode(ce event.Event) (record, error) {
	attrs, err := events.Attributes(ce)
	if err != nil {
		return record{}, err
	}
	r := record{key: keyOf(ce), headers: make([]kafka.Header, 0, len(attrs)), value: bytes.Clone(ce.Data())}
	for name, value := range attrs {
		if name == "datacontenttype" {
			r.headers = append(r.headers, text(contentType, value))
			continue
		}
		r.headers = append(r.headers, text(ceHeader+name, value))
	}
	slices.SortFunc(r.headers, func(a, b kafka.Header) int { return cmp.Compare(a.Key, b.Key) })
	return r, nil
}

// decode reads an event in either mode. The event shares nothing with r.
func (r *record) decode() (event.Event, error) {
	media := r.header(contentType)
	if isStructured(media) {
		return events.ReadMessage(http.Header{"Content-Type": {media}}, bytes.NewReader(r.value), maxEvent)
	}
	attrs := make(map[string]string, len(r.headers))
	for _, h := range r.headers {
		if name, ok := strings.CutPrefix(h.Key, ceHeader); ok {
			attrs[name] = string(h.Value)
		}
	}
	if media != "" {
		attrs["datacontenttype"] = media
	}
	return events.FromAttributes(attrs, bytes.Clone(r.value))
}

func isStructured(media string) bool {
	return len(media) >= len(structured) && strings.EqualFold(media[:len(structured)], structured)
}

// mayMatch reports whether the event can be one that f wants, by its headers
// alone; what is no event in binary mode can be anything.
func (r *record) mayMatch(f events.Filter) bool {
	if isStructured(r.header(contentType)) || !r.isBinary() {
		return true
	}
	for name, want := range f {
		if name != "source" && r.header(ceHeader+name) != want { // sources have more than one way to be written
			return false
		}
	}
	return true
}

// isBinary reports whether the record has what every event in binary mode has.
func (r *record) isBinary() bool {
	for _, name := range []string{"specversion", "id", "source", "type"} {
		if r.header(ceHeader+name) == "" {
			return false
		}
	}
	return true
}

// unreadable is the event that stands for the record in the dead letters.
func (r *record) unreadable() event.Event {
	ce := event.New()
	ce.SetID(fmt.Sprintf("%s-%d-%d", r.topic, r.partition, r.offset))
	ce.SetSource("/tourbillon/kafka")
	ce.SetType(Unreadable)
	if !r.time.IsZero() {
		ce.SetTime(r.time)
	}
	ce.DataEncoded, ce.DataBase64 = bytes.Clone(r.value), true
	ce.SetDataContentType("application/octet-stream")
	return ce
}
