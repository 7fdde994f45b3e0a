package kafka

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func TestRoute_Vocabulary(t *testing.T) {
	want := map[events.Name]string{
		events.BookingRequested: bookings, events.BookingConfirmed: bookings, events.PaymentSucceeded: payments,
		events.SpotsReserved: tours, events.AvailabilityLow: tours, events.SoldOut: tours, events.TourCreated: tours,
		events.DepartureCancelled: tours, events.Sent: notifications, events.OptedOut: notifications,
		events.SagaStuck: sagas, events.OperatorIntervened: sagas, events.BookingRequest: commands, events.SagaWake: commands,
	}
	for _, spec := range events.Vocabulary() {
		got := ofName[string(spec.Name)]
		if w, ok := want[spec.Name]; ok && got != w {
			t.Errorf("%s is in %q; want %q", spec.Name, got, w)
		}
		if fact := slices.Contains(history, got); fact != (spec.Kind == events.Fact) || got == "" {
			t.Errorf("%s, a %s, is in %q", spec.Name, spec.Kind, got)
		}
		ce := said(map[string]string{"name": string(spec.Name), "kind": string(spec.Kind)})
		if spec.Kind == events.Fact && spec.Record != "" {
			ce.SetExtension("record", spec.Record)
		}
		if to := route(ce); !slices.Equal(to, []string{got}) {
			t.Errorf("%s, as the system says it, goes to %q; want %q alone", spec.Name, to, got)
		}
	}
}

func TestRoute_Strangers(t *testing.T) {
	for _, c := range []struct {
		attributes map[string]string
		want       []string
	}{
		{nil, []string{commands}},
		{map[string]string{"type": "booking.request"}, []string{commands}},
		{map[string]string{"kind": "fact", "name": "never.heard.of"}, []string{bookings}},
		{map[string]string{"kind": "fact", "name": "never.heard.of", "record": "payment"}, []string{payments}},
		{map[string]string{"kind": "command", "name": "payment.succeeded"}, []string{commands, payments}},
		{map[string]string{"kind": "fact", "name": "booking.create"}, []string{commands, bookings}},
	} {
		if got := route(said(c.attributes)); !slices.Equal(got, c.want) {
			t.Errorf("%v goes to %q; want %q", c.attributes, got, c.want)
		}
	}
}

// TestTopicsOf makes events and filters of all that routing goes by, and wants
// who wants an event to find it.
func TestTopicsOf(t *testing.T) {
	values := map[string][]string{
		"kind":   {"", "fact", "command", "Fact"},
		"name":   {"", "payment.succeeded", "booking.create", "tour.sold.out", "never.heard.of", "*"},
		"record": {"", "payment", "departure", "customer", "nobody"},
		"type":   {"t", "booking.request"},
	}
	pick := func(r *rand.Rand, p float64) map[string]string {
		m := map[string]string{}
		for name, all := range values {
			if v := all[r.IntN(len(all))]; v != "" && r.Float64() < p {
				m[name] = v
			}
		}
		return m
	}
	r := rand.New(rand.NewPCG(1, 2))
	matched := 0
	for range 200_000 {
		ce, f := said(pick(r, 0.8)), events.Filter(pick(r, 0.4))
		if !f.Matches(ce) {
			continue
		}
		matched++
		to, from := route(ce), topicsOf(f)
		if !slices.ContainsFunc(to, func(topic string) bool { return slices.Contains(from, topic) }) {
			t.Fatalf("%v goes to %q; filter %v is read from %q", ce, to, f, from)
		}
	}
	if matched < 10_000 {
		t.Errorf("only %d events matched", matched)
	}
}

func said(attributes map[string]string) event.Event {
	ce := event.New()
	ce.SetID("1")
	ce.SetSource("/s")
	ce.SetType("t")
	for k, v := range attributes {
		if k == "type" {
			ce.SetType(v)
			continue
		}
		ce.SetExtension(k, v)
	}
	return ce
}

func TestKeyOf(t *testing.T) {
	ce := said(nil)
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "1"},
		{func() { ce.SetSubject("the subject") }, "the subject"},
		{func() { ce.SetExtension("partitionkey", "the key") }, "the key"},
	} {
		if step.do(); keyOf(ce) != step.want {
			t.Errorf("got key %q; want %q", keyOf(ce), step.want)
		}
	}
}
