package knative_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/arrow"
)

// answers makes a receiver that says one thing.
func answers(id string, pairs ...string) arrow.Receiver {
	return func(context.Context, event.Event) (*event.Event, error) {
		ce := said(id, pairs...)
		return &ce, nil
	}
}

func TestRunner(t *testing.T) {
	t.Run("an answer goes back into the Broker and to whom it concerns", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+service("b")+
				to("first", "a", wants("type: one"), "")+to("second", "b", wants("type: two"), ""))
			var heard []event.Event
			s := play(t, m, map[string]arrow.Receiver{
				"a": answers("2", "type", "two"),
				"b": func(_ context.Context, ce event.Event) (*event.Event, error) {
					heard = append(heard, ce)
					return nil, nil
				},
			})
			s.publish("main", said("1", "type", "one"))
			synctest.Wait()
			s.stop()
			if len(heard) != 1 || heard[0].ID() != "2" || len(heard[0].Extensions()) > 0 {
				t.Errorf("b heard %v", heard)
			}
			if got := s.log.String(); got != "" {
				t.Errorf("something went wrong: %s", got)
			}
		})
	})
	t.Run("a Broker as subscriber gets a copy", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("Kafka", delivery("retry: 1"))+`
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: archive}
spec: {}`+trigger("keep", "ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: archive}", wants("kind: fact"), ""))
			s := play(t, m, nil)
			s.publish("main", said("1", "kind", "fact"), said("2", "kind", "command"))
			synctest.Wait()
			if got := s.history("archive"); !slices.Equal(got, []string{"1"}) {
				t.Errorf("got %q", got)
			}
			s.stop()
		})
	})
}
