package knative_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/internal/arrow"
	"tourbillon/knative"
)

// TestRunner_Order has the first of two events fail twice: where order is kept,
// the second waits for that.
func TestRunner_Order(t *testing.T) {
	kept, not := []string{"1", "1", "1", "2"}, []string{"1", "2", "1", "1"}
	for _, c := range []struct {
		says, class, annotation string
		want                    []string
	}{
		{"RabbitMQ has one worker", "RabbitMQBroker", "", kept},
		{"and more where it is told to", "RabbitMQBroker", `rabbitmq.eventing.knative.dev/parallelism: "2"`, not},
		{"Kafka keeps no order", "Kafka", "", not},
		{"unless it is told to", "Kafka", "kafka.eventing.knative.dev/delivery.order: ordered", kept},
		{"the channel keeps none", "MTChannelBasedBroker", "", not},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := inTurn(t, c.class, c.annotation); !slices.Equal(got, c.want) {
					t.Errorf("asked in the order %q, want %q", got, c.want)
				}
			})
		})
	}
	t.Run("and who stops does not wait for it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 5\n    backoffDelay: PT10S"))+service("a")+to("t", "a", "", ""))
			s := play(t, m, map[string]arrow.Receiver{"a": errored(arrow.Again(errors.New("down")))})
			s.publish("main", said("1"))
			synctest.Wait()
			began := time.Now()
			if s.stop(); time.Since(began) > time.Second || len(s.letters("main")) > 0 {
				t.Errorf("it took %v; letters %q", time.Since(began), s.letters("main"))
			}
		})
	})
}

// inTurn is the order in which a subscriber is asked of two events, of which
// the first fails twice.
func inTurn(t *testing.T, class, annotation string) (asked []string) {
	trig := to("t", "a", "", "")
	if annotation != "" {
		trig = annotated(trig, annotation)
	}
	m := read(t, broker(class, delivery("retry: 3\n    backoffDelay: PT1S"))+service("a")+trig)
	s := play(t, m, map[string]arrow.Receiver{"a": func(_ context.Context, ce event.Event) (*event.Event, error) {
		asked = append(asked, ce.ID())
		if ce.ID() == "1" && count(asked, "1") < 3 {
			return nil, arrow.Again(errors.New("down"))
		}
		return nil, nil
	}})
	s.publish("main", said("1"))
	synctest.Wait()
	s.publish("main", said("2"))
	time.Sleep(time.Hour)
	s.stop()
	return asked
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// TestRunner_Late holds that an answer after the delivery's timeout is none.
func TestRunner_Late(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := read(t, broker("Kafka", delivery("retry: 0\n    timeout: PT5S"))+service("a")+to("t", "a", wants("type: test"), ""))
		s := play(t, m, map[string]arrow.Receiver{"a": func(context.Context, event.Event) (*event.Event, error) {
			time.Sleep(6 * time.Second)
			answer := said("2", "type", "answer")
			return &answer, nil
		}})
		s.publish("main", said("1"))
		time.Sleep(time.Minute)
		s.stop()
		want := []string{"1 of t: Service a did not answer once: no answer in time"}
		if got := s.letters("main"); !slices.Equal(got, want) || !slices.Equal(s.history("main"), []string{"1"}) {
			t.Errorf("letters %q, published %q", got, s.history("main"))
		}
	})
}

// TestRunner_Lenient holds that what is lost is said to be, at once, unless
// nobody wants to know.
func TestRunner_Lenient(t *testing.T) {
	for lenient, want := range map[bool]string{false: "level=ERROR msg=\"LOST: its broker counts this answer as delivered;", true: ""} {
		synctest.Test(t, func(t *testing.T) {
			m := read(t, broker("RabbitMQBroker", delivery("retry: 0"))+trigger("t", there, "", ""))
			s := play(t, m, nil, by(func(*http.Request) (*http.Response, error) { return says(400, ""), nil }),
				func(o *knative.Options) { o.Lenient = lenient })
			s.publish("main", said("1"))
			synctest.Wait()
			s.stop()
			if log := s.log.String(); !strings.Contains(log, want) || want == "" && log != "" {
				t.Errorf("lenient is %v: %s", lenient, log)
			}
		})
	}
}
