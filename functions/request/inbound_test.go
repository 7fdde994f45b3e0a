package request_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// ceHeaders are a CloudEvent's attributes in binary mode.
func ceHeaders(id string, more ...string) []string {
	return append([]string{
		"ce-specversion", "1.0", "ce-id", id, "ce-source", "https://shop.example/checkout", "ce-type", "tourbillon.booking.request.v2",
	}, more...)
}

// flat is the same request as camille's, in version 1.
const flat = `{"departureId":"lyon-0900","seats":2,"customerName":"Camille","customerEmail":"camille@example.com",
	"customerPhone":"+33199000000","locale":"fr-FR","paymentToken":"tok_visa"}`

// structured is an event that is all body.
func structured(id, version, data string) string {
	return `{"specversion":"1.0","id":"` + id + `","source":"https://shop.example/checkout","type":"tourbillon.booking.request.` +
		version + `",` + data + `}`
}

const structuredType = "application/cloudevents+json"

func TestDoor_Hears(t *testing.T) {
	h := opened(t, 40)
	send := func(t *testing.T, body string, headers ...string) (got taken) {
		t.Helper()
		r := h.must(202, h.ask("POST", "/events", body, headers...))
		r.into(t, &got)
		if r.header.Get("Location") != "/bookings/"+got.BookingID {
			t.Errorf("%v", r.header)
		}
		return got
	}
	first := send(t, camille, ceHeaders("order-17")...)
	if s := h.reads(first.BookingID); first.Status != booking.StatusPending || s.Status != booking.StatusConfirmed {
		t.Fatalf("%+v, then %+v", first, s)
	}
	asJSON := []string{"Content-Type", "", "Content-Type", structuredType}
	for _, c := range []struct {
		name, body string
		headers    []string
	}{
		{"in binary mode", camille, ceHeaders("order-17")},
		{"without a content type", camille, ceHeaders("order-17", "Content-Type", "")},
		{"with more attributes", camille, ceHeaders("order-17", "ce-time", "2026-05-02T12:00:00Z", "ce-to", "saga", "ce-subject", "x", "ce-recordversion", "9")},
		{"in structured mode", structured("order-17", "v2", `"data":`+camille), asJSON},
		{"with data in base64", structured("order-17", "v2", `"data_base64":"`+base64.StdEncoding.EncodeToString([]byte(camille))+`"`), asJSON},
		{"in version 1", structured("order-17", "v1", `"data":`+flat), asJSON},
	} {
		h.run(t, "the same source and id is the same booking "+c.name, func(t *testing.T) {
			if got := send(t, c.body, c.headers...); got.BookingID != first.BookingID {
				t.Errorf("%+v", got)
			}
		})
	}
	h.run(t, "for ever: an event's id is no key that grows old", func(t *testing.T) {
		h.later(48 * time.Hour)
		if got := send(t, camille, ceHeaders("order-17")...); got.BookingID != first.BookingID {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "another id is another", func(t *testing.T) {
		if got := send(t, camille, ceHeaders("order-18")...); got.BookingID == first.BookingID {
			t.Error("it is the same")
		}
	})
	h.run(t, "and the door's own keys are apart from it", func(t *testing.T) {
		if got := h.books(camille, "Idempotency-Key", "order-17"); got.BookingID == first.BookingID {
			t.Error("they are not")
		}
	})
}

func TestDoor_KeepsAStrangersIDToItself(t *testing.T) {
	h := opened(t, 4)
	var got taken
	h.must(202, h.ask("POST", "/events", camille, ceHeaders("Ada Lovelace, +33612345678")...)).into(t, &got)
	told := fmt.Sprintf("%+v", h.broker.published) + h.log.String() + h.ask("GET", "/bookings/"+got.BookingID, "").body
	for _, secret := range []string{"Lovelace", "33612345678", "shop.example"} {
		if strings.Contains(told, secret) {
			t.Errorf("%q is told", secret)
		}
	}
}

func TestDoor_HearsNot(t *testing.T) {
	h := opened(t, 4)
	taken := h.must(202, h.ask("POST", "/events", camille, ceHeaders("taken")...))
	commits, published := h.store.count(), len(h.broker.names())
	for _, c := range []struct {
		name, body string
		headers    []string
		code       int
		kind       string
		pointer    string
	}{
		{"no CloudEvent", camille, nil, 400, "not-a-cloudevent", ""},
		{"one without an id", camille, ceHeaders("", "ce-id", ""), 400, "missing-attribute", ""},
		{"one without a source", camille, ceHeaders("1", "ce-source", ""), 400, "missing-attribute", ""},
		{"another version of CloudEvents", camille, ceHeaders("1", "ce-specversion", "", "ce-specversion", "0.3"), 400, "invalid-cloudevent", ""},
		{"a bad time", camille, ceHeaders("1", "ce-time", "today"), 400, "invalid-cloudevent", ""},
		{"a batch", "[" + structured("1", "v2", `"data":`+camille) + "]", []string{"Content-Type", "", "Content-Type", "application/cloudevents-batch+json"}, 415, "batch-not-supported", ""},
		{"another format", "<event/>", []string{"Content-Type", "", "Content-Type", "application/cloudevents+xml"}, 415, "format-not-supported", ""},
		{"what is compressed", camille, ceHeaders("1", "Content-Encoding", "gzip"), 415, "format-not-supported", ""},
		{"data of another type", camille, ceHeaders("1", "Content-Type", "", "Content-Type", "text/xml"), 415, "media-type", ""},
		{"ten megabytes", `{"a":"` + strings.Repeat("x", 10<<20) + `"}`, ceHeaders("1"), 413, "too-large", ""},
		{"an unknown type", camille, ceHeaders("1", "ce-type", "", "ce-type", "com.example.order.v1"), 422, "event-type", ""},
		{"a version to come", camille, ceHeaders("1", "ce-type", "", "ce-type", "tourbillon.booking.request.v3"), 422, "event-type", ""},
		{"a command that is ours", camille, ceHeaders("1", "ce-type", "", "ce-type", "tourbillon.booking.confirm.v1"), 422, "event-type", ""},
		{"a source that is ours", camille, ceHeaders("1", "ce-source", "", "ce-source", "/tourbillon/door/bookings"), 422, "event-source", ""},
		{"a source without end", camille, ceHeaders("1", "ce-source", "", "ce-source", "/"+strings.Repeat("x", 1024)), 422, "event-source", ""},
		{"an id without end", camille, ceHeaders(strings.Repeat("x", 256)), 422, "event-source", ""},
		{"no data", "", ceHeaders("1"), 400, "not-json", ""},
		{"data that is no JSON", "seats=2", ceHeaders("1"), 400, "not-json", ""},
		{"data that says a thing twice", `{"seats":1,"seats":2}`, ceHeaders("1"), 400, "not-json", ""},
		{"an id that it chose", `{"bookingId":"q7Xw2LrT9vKcMz4J"}`, ceHeaders("1"), 422, "invalid", "/bookingId"},
		{"fields of version 2 in version 1", camille, ceHeaders("1", "ce-type", "", "ce-type", "tourbillon.booking.request.v1"), 422, "invalid", "/customer"},
		{"no seats", wanting("seats", "0"), ceHeaders("1"), 422, "invalid", "/seats"},
		{"an unknown departure", wanting("departureId", `"nice-0900"`), ceHeaders("1"), 422, "invalid", "/departureId"},
		{"an id that was used for other data", wanting("seats", "1"), ceHeaders("taken"), 422, "event-reused", ""},
	} {
		h.run(t, c.name+" is refused, and changes nothing", func(t *testing.T) {
			p := h.must(c.code, h.ask("POST", "/events", c.body, c.headers...)).problem(t)
			if p.Type != c.kind || c.pointer != "" && (len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer) {
				t.Errorf("%+v", p)
			}
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
	h.run(t, "what is taken is named", func(t *testing.T) {
		r := h.ask("POST", "/events", camille, ceHeaders("1", "ce-type", "", "ce-type", "com.example.order.v1")...)
		for _, want := range []string{"tourbillon.booking.request.v1", "tourbillon.booking.request.v2"} {
			if !strings.Contains(r.body, want) {
				t.Errorf("%s lacks %s", r.body, want)
			}
		}
	})
	h.run(t, "and the first is what it was", func(t *testing.T) {
		if again := h.must(202, h.ask("POST", "/events", camille, ceHeaders("taken")...)); again.header.Get("Location") != taken.header.Get("Location") {
			t.Error("it is not")
		}
	})
}
