package knative_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/events/memory"
	"tourbillon/internal/arrow"
	"tourbillon/knative"
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

func TestNew_Refuses(t *testing.T) {
	m := read(t, broker("Kafka", delivery("retry: 1"))+service("a")+to("t", "a", "", "")+
		"\n---\napiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: other}\n")
	good := func() knative.Options {
		return knative.Options{
			Manifests:  m,
			Transports: map[string]events.Transport{"main": memory.New(nil), "other": memory.New(nil)},
			Functions:  map[string]arrow.Receiver{"a": answers("2"), "b": answers("3")},
		}
	}
	for _, c := range []struct {
		says, want string
		change     func(*knative.Options)
	}{
		{"a Broker without a transport", "no transport for Broker other", func(o *knative.Options) { delete(o.Transports, "other") }},
		{"a function that is not there", "no function a, which Service a is: there are b", func(o *knative.Options) { delete(o.Functions, "a") }},
		{"events for a door", "Trigger t delivers to Service a, which takes no events", func(o *knative.Options) { o.Doors = []string{"a"} }},
		{"a transport that is closed", "Trigger t: transport is closed", func(o *knative.Options) { _ = o.Transports["main"].Close() }},
	} {
		t.Run(c.says, func(t *testing.T) {
			o := good()
			if _, err := knative.New(t.Context(), o); err != nil {
				t.Fatalf("even what is good: %v", err)
			}
			o = good()
			c.change(&o)
			if _, err := knative.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestRunner_TellsOfDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := read(t, broker("Kafka", delivery("retry: 1"))+service("a")+to("t", "a", "", ""))
		var told []string
		s := play(t, m, map[string]arrow.Receiver{"a": func(_ context.Context, ce event.Event) (*event.Event, error) {
			if ce.ID() == "bad" {
				return nil, errors.New("no")
			}
			return nil, nil
		}}, func(o *knative.Options) {
			o.Delivered = func(trigger string, tries int, v events.Verdict) {
				told = append(told, fmt.Sprint(trigger, " ", tries, " ", v.Again > 0, " ", v.Dead != ""))
			}
		})
		s.publish("main", said("good"))
		synctest.Wait()
		s.publish("main", said("bad"))
		time.Sleep(time.Minute)
		s.stop()
		want := []string{"t 0 false false", "t 0 true false", "t 1 false true"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

func TestRunner_Run(t *testing.T) {
	t.Run("what is in flight is finished, and its answer published", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+to("t", "a", wants("type: test"), ""))
			s := play(t, m, map[string]arrow.Receiver{"a": func(ctx context.Context, _ event.Event) (*event.Event, error) {
				time.Sleep(10 * time.Second)
				ce := said("2", "type", "answer")
				return &ce, ctx.Err()
			}})
			s.publish("main", said("1"))
			time.Sleep(time.Second)
			s.stop()
			if got := s.history("main"); !slices.Equal(got, []string{"1", "2"}) {
				t.Errorf("published %q", got)
			}
		})
	})
	t.Run("what waits is kept for the next Run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h heard
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+to("t", "a", wants("type: test"), ""))
			s := play(t, m, map[string]arrow.Receiver{"a": h.nothing})
			s.stop()
			s.publish("main", said("1"))
			next, err := knative.New(t.Context(), s.options)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			go func() { time.Sleep(time.Second); stop() }()
			if err := next.Run(ctx); err != nil || !slices.Equal(h.ids(), []string{"1"}) {
				t.Errorf("heard %q, %v", h.ids(), err)
			}
		})
	})
	t.Run("a transport that ends by itself ends it, with an error", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+to("t", "a", "", "")+ping("")+"\n")
			tr := memory.New(nil)
			r, err := knative.New(t.Context(), knative.Options{
				Manifests: m, Transports: map[string]events.Transport{"main": tr}, Functions: map[string]arrow.Receiver{"a": answers("2")},
			})
			if err != nil {
				t.Fatal(err)
			}
			go func() { time.Sleep(time.Second); _ = tr.Close() }()
			if err := r.Run(t.Context()); !errors.Is(err, events.ErrClosed) || !strings.Contains(err.Error(), "Trigger t") {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("where nothing is to be done it waits for the end all the same, whatever the reason", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, err := knative.New(t.Context(), knative.Options{
				Manifests: read(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: empty}"),
			})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			ctx, stop := context.WithCancelCause(t.Context())
			go func() { time.Sleep(time.Second); stop(errors.New("terminated")) }()
			if err := r.Run(ctx); err != nil || time.Since(began) != time.Second {
				t.Errorf("it ended after %v: %v", time.Since(began), err)
			}
		})
	})
	t.Run("at most parallelism deliveries are under way, and so many are", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			now, most := 0, 0
			under := func(more int) {
				mu.Lock()
				defer mu.Unlock()
				now += more
				most = max(most, now)
			}
			text := strings.Replace(broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+to("t", "a", "", ""),
				"metadata: {name: t}", `metadata: {name: t, annotations: {rabbitmq.eventing.knative.dev/parallelism: "3"}}`, 1)
			s := play(t, read(t, text), map[string]arrow.Receiver{"a": func(context.Context, event.Event) (*event.Event, error) {
				under(1)
				time.Sleep(time.Second)
				under(-1)
				return nil, nil
			}})
			for range 9 {
				s.publish("main", said("1"))
			}
			time.Sleep(time.Minute)
			s.stop()
			if most != 3 {
				t.Errorf("%d were", most)
			}
		})
	})
	t.Run("an answer that is not taken fails the delivery, which is made again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var h heard
			m := read(t, broker("RabbitMQBroker", delivery("retry: 1"))+service("a")+to("t", "a", wants("type: test"), ""))
			s := play(t, m, map[string]arrow.Receiver{"a": func(ctx context.Context, ce event.Event) (*event.Event, error) {
				_, err := h.nothing(ctx, ce)
				bad := event.New() // no id, no source
				return &bad, err
			}})
			s.publish("main", said("1"))
			time.Sleep(time.Minute)
			s.stop()
			want := []string{"1 of t: Service a answered 503 at the last of 2 tries: Broker main did not take the event"}
			if got := s.letters("main"); len(h.all) != 2 || !slices.Equal(got, want) {
				t.Errorf("it was asked %d times; letters %q", len(h.all), got)
			}
		})
	})
	t.Run("two of them share nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var one, two heard
			text := broker("RabbitMQBroker", delivery("retry: 1")) + service("a") + to("t", "a", "", "")
			first := play(t, read(t, text), map[string]arrow.Receiver{"a": one.nothing})
			second := play(t, read(t, text), map[string]arrow.Receiver{"a": two.nothing})
			first.publish("main", said("1"))
			second.publish("main", said("2"))
			synctest.Wait()
			first.stop()
			second.publish("main", said("3"))
			synctest.Wait()
			second.stop()
			if !slices.Equal(one.ids(), []string{"1"}) || !slices.Equal(two.ids(), []string{"2", "3"}) {
				t.Errorf("the first heard %q, the second %q", one.ids(), two.ids())
			}
		})
	})
}
