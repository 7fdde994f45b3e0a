package events_test

import (
	"errors"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
)

// FuzzDecode holds the promise of the package: whatever comes in, Decode
// accepts it or says why not; and what it accepts, Encode and Decode give back.
func FuzzDecode(f *testing.F) {
	ever(func(n events.Name, v int, _ string) {
		f.Add(n.Type(v), example(f, n, v), "id", trace)
	})
	f.Add("tourbillon.clock.tick.v1", []byte(`{"seats":"x","a":{"b":[1e999]}}`), "", "\xff\r\n")
	f.Add("tourbillon.booking.request.v2", []byte(`{"bookingId":"q7Xw2LrT9vKcMz4J","bookingId":1}`), "ü", "")
	f.Add("tourbillon.booking.request.v2", []byte(`{"seats":1e1000001}`), "%", " ")
	f.Add("tourbillon.departure.open.v1", []byte(`{"departureId":"d","departure":{"tourId":"x","startsAt":`+
		`"0000-01-01T00:00:00.1234567891+23:59","timeZone":"U","capacity":1,"price":{"amount":1E1,"currency":"EUR"},"policy":[]}}`), "", "")
	f.Add("tourbillon.departure.open.v1", []byte(`{"departureId":"d","departure":{"tourId":"x","startsAt":`+
		`"9999-12-31T23:59:59-23:59","timeZone":"U","capacity":1,"price":{"amount":1e99999999,"currency":"EUR"}}}`), "", "")
	f.Fuzz(func(t *testing.T, typ string, data []byte, id, parent string) {
		ce := event.Event{DataEncoded: data, Context: &event.EventContextV1{
			ID: id, Type: typ, Source: *types.ParseURIRef("/fuzz"), Extensions: map[string]any{"traceparent": parent, "causationid": id},
		}}
		e, err := events.Decode(ce)
		if err != nil {
			var bad *events.SchemaError
			if !errors.As(err, &bad) && !errors.Is(err, events.ErrUnknown) {
				t.Errorf("got an error of no known kind: %v", err)
			}
			if errors.As(err, &bad) && bad.Problem == "cannot be read" {
				t.Errorf("the schema accepts what Go cannot read: %v", err)
			}
			return
		}
		again, err := events.Encode(e)
		if err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		for k, v := range attributes(t, again) {
			if !printable(v) {
				t.Errorf("%s is %q", k, v)
			}
		}
		back, err := events.Decode(again)
		if err != nil {
			t.Fatalf("accepted and written, but cannot be read: %v\n%s", err, again.Data())
		}
		if !printable(id) || !printable(parent) {
			e.ID, e.CausationID, e.Trace = back.ID, back.CausationID, back.Trace
		}
		if diff := cmp.Diff(e, back, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-accepted +given back):\n%s", diff)
		}
	})
}
