package events

import (
	"maps"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
)

func TestAttributes(t *testing.T) {
	want := map[string]string{
		"specversion": "1.0", "id": "1", "source": "/tourbillon/payment", "type": "tourbillon.payment.succeeded.v1",
		"subject": "b 1", "time": "2026-05-04T03:02:01.5Z", "datacontenttype": "application/json", "name": "payment.succeeded",
		"odd": `100% "ü"`,
	}
	t.Run("what was an event's attributes makes that event again", func(t *testing.T) {
		ce, err := FromAttributes(maps.Clone(want), []byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Attributes(ce)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || string(ce.Data()) != `{"a":1}` {
			t.Errorf("data %s, error %v, attributes wanted (-) and got (+):\n%s", ce.Data(), err, diff)
		}
	})
	t.Run("what would not be taken is not written", func(t *testing.T) {
		bad := event.New()
		bad.SetID("a\x00b")
		bad.SetSource("/s")
		bad.SetType("t")
		if got, err := Attributes(bad); err == nil {
			t.Errorf("got %v", got)
		}
		if _, err := FromAttributes(map[string]string{"id": "1"}, nil); err == nil {
			t.Error("attributes of no event are taken for one")
		}
	})
}
