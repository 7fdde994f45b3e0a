package knative_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/arrow"
)

func TestRunner_Hops(t *testing.T) {
	loop := func(t *testing.T) (*stage, *heard) {
		var h heard
		m := read(t, broker("RabbitMQBroker", delivery("retry: 3"))+service("a")+to("round", "a", wants("type: test"), ""))
		return play(t, m, map[string]arrow.Receiver{"a": func(ctx context.Context, ce event.Event) (*event.Event, error) {
			if _, err := h.nothing(ctx, ce); err != nil || len(h.ids()) > 1000 {
				return nil, err // nobody stops it
			}
			return &ce, nil
		}}), &h
	}
	t.Run("a loop ends, and says that it was one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, h := loop(t)
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			if len(h.all) != 256 {
				t.Errorf("it went round %d times", len(h.all))
			}
			got := s.letters("main")
			if len(got) != 1 || !strings.Contains(got[0], "a loop: 255 answers followed from one event; look what Trigger round") {
				t.Errorf("letters: %q", got)
			}
			if log := s.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "a loop") {
				t.Errorf("log: %s", log)
			}
		})
	})
	t.Run("no function gets to see the count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, h := loop(t)
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			for _, ce := range h.all {
				if len(ce.Extensions()) > 0 {
					t.Fatalf("it heard %v", ce)
				}
			}
		})
	})
	t.Run("a source begins anew, whatever it sends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, h := loop(t)
			ce := said("1", "knativebrokerttl", "3")
			s.publish("main", ce)
			synctest.Wait()
			s.stop()
			if len(h.all) != 256 || ce.Extensions()["knativebrokerttl"] != "3" {
				t.Errorf("it went round %d times; the publisher's own is %v", len(h.all), ce)
			}
		})
	})
	t.Run("what a Broker hands on begins anew", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("Kafka", delivery("retry: 1"))+service("a")+to("t", "a", wants("type: test"), "")+
				trigger("further", "ref: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: other}", wants("type: answer"), "")+
				"\n---\napiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: other}\n")
			s := play(t, m, map[string]arrow.Receiver{"a": answers("2", "type", "answer")})
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			ces, _, err := s.transports["other"].Read(t.Context(), "", 10)
			if err != nil || len(ces) != 1 || ces[0].Extensions()["knativebrokerttl"] != nil {
				t.Errorf("got %v, %v", ces, err)
			}
			if got := s.history("main"); !slices.Equal(got, []string{"1", "2"}) {
				t.Errorf("got %q", got)
			}
		})
	})
}
