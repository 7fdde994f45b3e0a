package knative

import "time"

// BackoffPolicy says how the waits between tries grow.
type BackoffPolicy string

// The policies.
const (
	Exponential BackoffPolicy = "exponential"
	Linear      BackoffPolicy = "linear"
)

// Delivery is how often an event is delivered, how fast, and where it goes in
// the end. Every figure is as a cluster would fill it in.
type Delivery struct {
	Retry         int // deliveries after the first
	BackoffPolicy BackoffPolicy
	BackoffDelay  time.Duration
	Timeout       time.Duration // for one delivery; 0: none
	DeadLetter    Destination   // zero: what cannot be delivered is dropped
}

// Policy is this system's delivery, of which the manifests are a copy that a
// test compares. A delivery may take longer than a function's own deadline of
// 20 s. The waits are 0.4, 0.8, 1.6 ... 51.2 s, 102 s in all; with nine
// deliveries that each run into their timeout, an event is a dead letter after
// 6 min 12 s, before the keeper tells an operator. RabbitMQ takes back what is
// not acknowledged after 30 minutes, and counts from when its dispatcher fetched
// it, a hundred events ahead: on a cluster, a function of little parallelism
// that is down for long has its events delivered anew instead of buried.
var Policy = Delivery{Retry: 8, BackoffPolicy: Exponential, BackoffDelay: 200 * time.Millisecond, Timeout: 30 * time.Second}

// defaultDelivery is what a cluster gives a Broker that has none, of whatever
// class (config-br-defaults as shipped).
var defaultDelivery = Delivery{Retry: 10, BackoffPolicy: Exponential, BackoffDelay: 200 * time.Millisecond}

// patience bounds a delivery that has no timeout: so long RabbitMQ waits for
// an acknowledgement.
const patience = 30 * time.Minute
