package rabbitmq

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

func TestStepOf(t *testing.T) {
	if !slices.IsSorted(steps) {
		t.Fatal("the steps are out of order")
	}
	for d := time.Millisecond; d < latest; d += d/7 + time.Millisecond {
		s := stepOf(d)
		if s < d {
			t.Fatalf("put off for %v, it would come after %v", d, s)
		}
		if d >= 10*time.Millisecond && s > d+2*d/3+time.Hour*time.Duration(min(1, d/time.Hour)) {
			t.Errorf("put off for %v, it would come as late as %v", d, s)
		}
	}
	for _, d := range steps {
		if stepOf(d) != d {
			t.Errorf("the step %v is %v", d, stepOf(d))
		}
	}
	if s := stepOf(90 * time.Minute); s != 2*time.Hour {
		t.Errorf("beyond the last step: got %v", s)
	}
}

func TestDiffers(t *testing.T) {
	refused := &amqp.Error{Code: amqp.PreconditionFailed, Server: true, Reason: "PRECONDITION_FAILED - inequivalent arg " +
		"'x-dead-letter-routing-key' for queue 'app.reserve' in vhost '/': received 'kind=fact' but current is 'kind=command'"}
	err := differs(refused)
	for _, part := range []string{"app.reserve", "another filter", "received 'kind=fact' but current is 'kind=command'", "delete_queue"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("it does not say %q: %v", part, err)
		}
	}
	if !errors.Is(err, refused) {
		t.Error("the cause is lost")
	}
	for _, other := range []error{errors.New("else"), &amqp.Error{Code: 404}, &amqp.Error{Code: 406, Reason: "else"}} {
		if differs(other) != other {
			t.Errorf("%v was changed", other)
		}
	}
}

func TestPlace(t *testing.T) {
	for cursor, want := range map[string]any{"": "first", "rabbitmq-0": int64(0), "rabbitmq-17": int64(17)} {
		if got, err := place(cursor); err != nil || got != want {
			t.Errorf("%q: got %v, %v", cursor, got, err)
		}
	}
	for _, cursor := range []string{"17", "rabbitmq-", "rabbitmq--1", "rabbitmq-x", "kafka-1", "rabbitmq-99999999999999999999"} {
		if _, err := place(cursor); !errors.Is(err, events.ErrCursor) {
			t.Errorf("%q: got %v; want ErrCursor", cursor, err)
		}
	}
}
