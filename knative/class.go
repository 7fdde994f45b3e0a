package knative

import (
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// class is how a kind of Broker differs from the others, where their code and
// not the specification says so.
type class struct {
	name    string
	config  string // the kind that spec.config must name; empty: any, or none
	literal bool   // knows filter.attributes alone, and "" in it as the empty string

	// What a cluster fills in where a delivery is set without it.
	retry   int
	delay   time.Duration
	timeout time.Duration

	parallelism int  // deliveries at once, unless said otherwise
	ahead       int  // the first wait is that of the n-th retry by the textbook
	prefers     bool // sends "Prefer: reply"

	refusal fate // of a status that is neither 2xx nor retried
	noise   fate // of a 2xx with a body that is no CloudEvent

	nobody string // knativeerrorcode where nobody answered; empty: none
	quotes bool   // sets knativeerrordata
	echoes bool   // takes what a dead-letter sink answers
	named  bool   // has what a failure says in headers kne-* on the dead letter

	marked  func(ce event.Event, now time.Time) event.Event // the event once it has passed the ingress; nil: as it was
	greets  bool                                            // its ingress answers OPTIONS
	jammed  int                                             // what it answers where it cannot take an event now
	tooLong int                                             // and where an event is too large for the runner
}

// The classes that the runner is faithful to.
var (
	rabbit = class{
		name: ClassRabbitMQ, config: "RabbitmqBrokerConfig", literal: true,
		retry: 5, delay: 50 * time.Millisecond, parallelism: 1, ahead: 1,
		refusal: lost, noise: done, nobody: "-1", echoes: true,
		marked: throughHeaders, jammed: http.StatusInternalServerError, tooLong: http.StatusRequestEntityTooLarge,
	}
	kafka = class{
		name: ClassKafka, config: "ConfigMap",
		delay: 200 * time.Millisecond, timeout: 10 * time.Minute, parallelism: 50, ahead: 1, prefers: true,
		refusal: dead, noise: dead, quotes: true, echoes: true, named: true,
		jammed: http.StatusServiceUnavailable, tooLong: http.StatusServiceUnavailable,
	}
	channel = class{
		name: ClassChannel, parallelism: 50, prefers: true,
		refusal: dead, noise: again, nobody: "-1", quotes: true,
		marked: arrived, greets: true, jammed: http.StatusServiceUnavailable, tooLong: http.StatusRequestEntityTooLarge,
	}
)

var classes = []*class{&rabbit, &kafka, &channel}

// fate is what becomes of a delivery.
type fate int

// The fates.
const (
	done  fate = iota
	lost       // acknowledged, though nothing was done: the broker does not see the difference
	again      // to be delivered again
	dead       // never to be delivered again
)

// judge says what the broker makes of an outcome. It is the only place that does.
func (c *class) judge(o outcome) fate {
	switch s := o.status; {
	case o.looped:
		return dead
	case s >= 200 && s < 300 && o.noise:
		return c.noise
	case s >= 200 && s < 300:
		return done
	case s == 0, s == http.StatusNotFound, s == http.StatusRequestTimeout, s == http.StatusConflict,
		s == http.StatusTooManyRequests, s >= 500:
		return again
	}
	return c.refusal
}

// longestWait bounds the wait between two tries. The brokers have no bound; a
// wait beyond this one is a mistake in the manifests.
const longestWait = 30 * time.Minute

// wait is how long the n-th retry waits, from 1.
func (c *class) wait(d Delivery, n int) time.Duration {
	n += c.ahead - 1
	switch {
	case d.BackoffPolicy == Linear && n > 0 && d.BackoffDelay > longestWait/time.Duration(n):
		return longestWait
	case d.BackoffPolicy == Linear:
		return d.BackoffDelay * time.Duration(n)
	case d.BackoffDelay > longestWait>>min(n, 60):
		return longestWait
	}
	return d.BackoffDelay << min(n, 60)
}

// longest is how long an event may be on its way, from its first delivery
// until it is given up. A delivery without a timeout is counted as instant.
func (c *class) longest(d Delivery) time.Duration {
	total := time.Duration(min(d.Retry, mostRetries)+1) * min(d.Timeout, longestWait)
	for n := range min(d.Retry, mostRetries) {
		total += c.wait(d, n+1)
	}
	return total
}

// fill returns the delivery as the cluster would have it.
func (m *deliveryManifest) fill(c *class) Delivery {
	if m == nil {
		d := defaultDelivery
		d.Timeout = c.timeout
		return d
	}
	d := Delivery{
		Retry: c.retry, BackoffPolicy: Exponential, BackoffDelay: c.delay, Timeout: c.timeout,
	}
	if m.BackoffPolicy != "" {
		d.BackoffPolicy = BackoffPolicy(m.BackoffPolicy)
	}
	set(&d.Retry, m.Retry)
	set(&d.BackoffDelay, m.BackoffDelay)
	set(&d.Timeout, m.Timeout)
	return d
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
