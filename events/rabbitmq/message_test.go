package rabbitmq

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

// arriving is a message as it comes out again.
func arriving(p amqp.Publishing) *amqp.Delivery {
	return &amqp.Delivery{Headers: p.Headers, ContentType: p.ContentType, MessageId: p.MessageId, Body: p.Body}
}

func attributesOf(t *testing.T, ce event.Event) map[string]string {
	t.Helper()
	attrs, err := events.Attributes(ce)
	if err != nil {
		t.Fatal(err)
	}
	return attrs
}

func TestMessage(t *testing.T) {
	sent := saying("tourbillon.payment.succeeded.v1", map[string]string{"kind": "fact", "traceparent": "00-a", "odd": `100% "x"`})
	sent.SetTime(time.Date(2026, 5, 4, 3, 2, 1, 5, time.UTC))
	sent.SetSubject("Zürich")
	if err := sent.SetData("application/json; charset=utf-8", []byte(" {}")); err != nil {
		t.Fatal(err)
	}
	msg, err := write(sent)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("an event is written under the bare names of its attributes, persistent", func(t *testing.T) {
		if msg.Headers["type"] != "tourbillon.payment.succeeded.v1" || msg.Headers["specversion"] != "1.0" || msg.Headers["time"] != "2026-05-04T03:02:01.000000005Z" {
			t.Errorf("headers %v", msg.Headers)
		}
		if msg.ContentType != "application/json; charset=utf-8" || msg.DeliveryMode != amqp.Persistent || msg.MessageId != "e-1" {
			t.Errorf("content type %q, mode %d, id %q", msg.ContentType, msg.DeliveryMode, msg.MessageId)
		}
		if _, twice := msg.Headers["datacontenttype"]; twice {
			t.Error("the content type is there twice")
		}
	})
	t.Run("it is read as it was written, and shares nothing", func(t *testing.T) {
		d := arriving(msg)
		got, err := read(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(attributesOf(t, sent), attributesOf(t, got)); diff != "" || string(got.Data()) != " {}" {
			t.Errorf("(-sent +got):\n%s%q", diff, got.Data())
		}
		clear(got.Data())
		if string(d.Body) != " {}" {
			t.Error("the message was changed through the event")
		}
	})
	t.Run("what is published again is as it came, without the server's marks and ours of before", func(t *testing.T) {
		d := arriving(msg)
		d.Headers["x-death"], d.Headers["x-delivery-count"], d.Headers[headerReason] = []any{}, int64(3), "no"
		p := again(d, 4)
		if triesOf(arriving(p)) != 4 {
			t.Errorf("tries %d", triesOf(arriving(p)))
		}
		for _, name := range []string{"x-death", "x-delivery-count", headerReason, headerBCC} {
			if _, there := p.Headers[name]; there {
				t.Errorf("%s is still there", name)
			}
		}
	})
	t.Run("what the protocol cannot carry is an error", func(t *testing.T) {
		for name, spoil := range map[string]func(*event.Event){
			"no id":                 func(ce *event.Event) { ce.SetID("") },
			"a long name":           func(ce *event.Event) { ce.SetExtension(strings.Repeat("a", 256), "x") },
			"a long content type":   func(ce *event.Event) { ce.SetDataContentType("text/plain; a=" + strings.Repeat("a", 250)) },
			"an empty event at all": func(ce *event.Event) { *ce = event.Event{} },
		} {
			ce := saying("t", nil)
			spoil(&ce)
			if _, err := write(ce); err == nil {
				t.Errorf("%s: written", name)
			}
		}
	})
}

// TestMessage_Heavy holds what is published, and what is put on a dead letter, to
// what the server takes in one frame.
func TestMessage_Heavy(t *testing.T) {
	ce := saying("t", map[string]string{"long": strings.Repeat("x", mostAttributes)})
	if err := new(Transport).Publish(t.Context(), ce); !errors.Is(err, errHeavy) {
		t.Errorf("published: %v", err)
	}
	ce = saying("t", nil)
	mark(&ce, map[string]string{"kne": strings.Repeat("x", mostMarks), "code": "500"})
	if _, marked := events.Attribute(ce, "code"); marked {
		t.Error("it is marked with more than there is room for")
	}
	mark(&ce, map[string]string{"code": "500"})
	if code, _ := events.Attribute(ce, "code"); code != "500" {
		t.Error("it is not marked")
	}
}

func TestRead(t *testing.T) {
	want := map[string]string{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "datacontenttype": "text/plain", "seats": "2", "vip": "true"}
	headers := amqp.Table{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "seats": int32(2), "vip": true}
	with := func(prefix string) amqp.Table {
		h := amqp.Table{"unrelated": "x", "x-death": []any{}, "Other": "y"}
		for k, v := range headers {
			h[prefix+k] = v
		}
		return h
	}
	for _, prefix := range []string{"ce-", "CE-", "cloudEvents:", "cloudEvents_", "cloudevents:"} {
		t.Run("the prefix "+prefix+" is known", func(t *testing.T) {
			ce, err := read(&amqp.Delivery{Headers: with(prefix), ContentType: "text/plain", Body: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, attributesOf(t, ce)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("bare names are known, and headers that cannot be attributes are left out", func(t *testing.T) {
		h := with("")
		delete(h, "unrelated")
		h["content-type"], h[headerTries] = "text/plain", int64(1)
		ce, err := read(&amqp.Delivery{Headers: h, ContentType: "text/plain", Body: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, attributesOf(t, ce)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("structured mode is known", func(t *testing.T) {
		ce, err := read(&amqp.Delivery{ContentType: "application/cloudevents+json; charset=utf-8",
			Body: []byte(`{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/plain","seats":2,"vip":true,"data":"x"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, attributesOf(t, ce)); diff != "" || string(ce.Data()) != "x" {
			t.Errorf("(-want +got):\n%s%q", diff, ce.Data())
		}
	})
	for name, d := range map[string]amqp.Delivery{
		"nothing":         {},
		"no type":         {Headers: amqp.Table{"id": "1", "source": "/s", "specversion": "1.0"}},
		"a wrong source":  {Headers: amqp.Table{"id": "1", "source": "a b", "type": "t", "specversion": "1.0"}},
		"another version": {Headers: amqp.Table{"id": "1", "source": "/s", "type": "t", "specversion": "0.3"}},
		"broken JSON":     {ContentType: "application/cloudevents+json", Body: []byte("{")},
		"a batch":         {ContentType: "application/cloudevents-batch+json", Body: []byte("[]")},
	} {
		t.Run("not a CloudEvent: "+name, func(t *testing.T) {
			if ce, err := read(&d); err == nil {
				t.Errorf("read %v", ce)
			}
			if err := unreadable(&d, "q").Validate(); err != nil {
				t.Errorf("what stands for it is no event either: %v", err)
			}
		})
	}
	t.Run("what says nothing of an event is told so", func(t *testing.T) {
		if _, err := read(&amqp.Delivery{Body: []byte("hello")}); !errors.Is(err, errNotEvent) {
			t.Errorf("got %v", err)
		}
	})
}
