package knative_test

import (
	"testing"
	"time"

	"tourbillon/knative"
)

// TestWritten_Longest holds the figures of each class together.
func TestWritten_Longest(t *testing.T) {
	two, second := 2, time.Second
	some := &knative.Written{Retry: &two, BackoffDelay: &second, Timeout: &second}
	for _, c := range []struct {
		says  string
		class string
		of    *knative.Written
		want  time.Duration
	}{
		{"RabbitMQ waits twice the delay first", knative.ClassRabbitMQ, some, (3 + 2 + 4) * time.Second},
		{"so does Kafka", knative.ClassKafka, some, (3 + 2 + 4) * time.Second},
		{"a channel begins with the delay", knative.ClassChannel, some, (3 + 1 + 2) * time.Second},
		{"linear waits grow by the delay", knative.ClassRabbitMQ,
			&knative.Written{Retry: &two, BackoffDelay: &second, BackoffPolicy: knative.Linear}, (1 + 2) * time.Second},
		{"without any, a cluster tries ten times", knative.ClassChannel, nil, 200 * time.Millisecond * (1<<10 - 1)},
		{"RabbitMQ tries five times where the rest is set", knative.ClassRabbitMQ,
			&knative.Written{BackoffDelay: &second}, 62 * time.Second},
	} {
		if got, ok := c.of.Longest(c.class); !ok || got != c.want {
			t.Errorf("%s: %v, %v; want %v", c.says, got, ok, c.want)
		}
	}
	if _, ok := some.Longest("Own"); ok {
		t.Error("a class that nobody knows has figures")
	}
}
