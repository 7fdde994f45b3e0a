package transporttest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

var contents = []check{
	{"an event arrives whole, comes again whole and is kept whole", wholeness},
}

// oddities are events that transports like to lose a part of.
func oddities() []event.Event {
	bytes := make([]byte, 256)
	for i := range bytes {
		bytes[i] = byte(i)
	}
	bare := event.New()
	bare.SetID("bare")
	bare.SetSource("/s")
	bare.SetType("t")
	full := fact("full")
	full.SetSubject("booking-1")
	full.SetDataSchema("urn:tourbillon:payment.succeeded:v1")
	for _, x := range []string{"record", "recordversion", "correlationid", "causationid", "traceparent", "trace"} {
		full.SetExtension(x, "the "+x)
	}
	seconds := fact("whole-seconds")
	seconds.SetTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return []event.Event{
		bare, full, seconds,
		say("command", events.BookingCreate, said{"kind": "command", "to": "book"}),
		say("percent", events.PaymentFailed, said{"kind": "fact", "subject": "100% %41 %%", "odd": `a "quoted" b\c, d; e=f`}),
		say(strings.Repeat("long-", 60), events.PaymentFailed, said{"kind": "fact", "correlationid": strings.Repeat("x", 1000)}),
		holding("no-data", "application/json", nil),
		holding("null", "application/json", []byte("null")),
		holding("spaces", "application/json; charset=utf-8", []byte(" {\"a\" :1.0,\n\"a\":2}\r\n ")),
		holding("unicode", "application/json", []byte(`{"name":"Zoë Łódź 北京 🚲 \u00e9"}`)),
		holding("text", "text/plain", []byte("100% %41 +&?")),
		holding("bytes", "application/octet-stream", bytes),
		holding("big", "application/octet-stream", slices.Repeat(bytes, 800)),
	}
}

func holding(id, contentType string, data []byte) event.Event {
	ce := fact(id)
	setData(&ce, contentType, data)
	return ce
}

// wholeness has every event delivered, put off, delivered again and given up.
func wholeness(b *bench) {
	b.declare("all", nil)
	want, got := map[string][]whole{}, map[string][]whole{}
	for _, ce := range oddities() {
		w := wholeOf(ce)
		want[ce.ID()] = []whole{w, w, w}
	}
	in := b.inboxOf("all", func(_ context.Context, d events.Delivery) events.Verdict {
		if d.Tries == 0 {
			return events.Verdict{Again: time.Millisecond}
		}
		return events.Verdict{Dead: "seen enough of it"}
	})
	b.publish(oddities()...)
	for range 2 * len(want) {
		ce := in.next("every event, twice").Event
		got[ce.ID()] = append(got[ce.ID()], wholeOf(ce))
	}
	in.stop()
	for _, l := range b.deadLetters() {
		got[l.Event.ID()] = append(got[l.Event.ID()], wholeOf(l.Event))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("each event's two deliveries and dead letter, wanted (-) and got (+):\n%s", diff)
	}
}
