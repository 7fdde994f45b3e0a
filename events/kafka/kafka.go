package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/segmentio/kafka-go/sasl"

	"tourbillon/events"
)

// Settings are where Kafka is, and how a transport calls itself there.
type Settings struct {
	Brokers    []string // host:port, one at least
	Client     string   // the client id that the servers see
	Group      string   // consumer groups are called Group.subscription; at least one letter
	Prefix     string   // before every topic's name
	Broker     string   // whose the dead letters are that the transport keeps itself
	Partitions int      // of the topics that are made; 0 is 6
	Access     Access   // by TLS, and with a password

	// Gather is how long what is published waits for more to go with it, where
	// that is worth more than the time: a history that somebody else's copies go
	// into. 0: it waits for nothing.
	Gather time.Duration

	Log *slog.Logger

	reach dial           // in tests, another way to the servers
	sasl  sasl.Mechanism // by Access; nil: without a password
}

// doubt asks what a person can look at after an error at the start, where the
// error does not say it.
func (s Settings) doubt(err error) string {
	cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	said := &net.OpError{}
	switch {
	case refused(err), errors.As(err, &said) && said.Op == "remote error": // which TLS has words for
		return ""
	case forbidden(err):
		return " (its user may not: see docs/operations.md for what it must be allowed)"
	case cut && (s.Access.TLS == nil || s.sasl == nil):
		return " (does it run? does it want TLS or a password there?)"
	}
	return " (does it run?)"
}

// topics are all topics of the transport.
func (s Settings) topics() (all []string) {
	for _, name := range append(append(all, traffic...), deadLetters, retries) {
		all = append(all, s.Prefix+name)
	}
	return all
}

func (s Settings) check() error {
	if len(s.Brokers) == 0 || s.Group == "" || s.Partitions < 0 {
		return errors.New("open Kafka: brokers and a group are needed, and no negative number of partitions")
	}
	return nil
}

// Transport is an [events.Transport] and an [events.History] on Kafka. [Open]
// makes one.
type Transport struct {
	Settings
	client   *client
	producer *producer
	health   *health
	letters  *letters
	pages    pages

	closing context.Context // ends when Close begins
	close   context.CancelFunc
	calls   sync.WaitGroup // every call under way
	mu      sync.Mutex     // guards all below
	groups  map[string]*group
	closed  bool
}

var (
	_ events.Transport = (*Transport)(nil)
	_ events.History   = (*Transport)(nil)
)

// Open finds the servers, makes the topics that are not there, and logs what
// is not as it should be of those that are. A nil Log is [slog.Default].
func Open(ctx context.Context, s Settings) (*Transport, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	s.Log = cmp.Or(s.Log, slog.Default())
	s.Partitions = cmp.Or(s.Partitions, defaultPartitions)
	var err error
	if s.sasl, err = s.Access.mechanism(); err != nil {
		return nil, fmt.Errorf("open Kafka: %w", err)
	}
	c, err := prepare(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("open Kafka at %s%s: %w", strings.Join(s.Brokers, ","), s.doubt(err), err)
	}
	t := &Transport{Settings: s, client: c, groups: map[string]*group{}}
	t.health = &health{log: s.Log}
	t.producer = &producer{client: t.client, gather: s.Gather, queues: map[int]*queue{}}
	t.letters = &letters{t, s.Broker}
	t.closing, t.close = context.WithCancel(context.Background())
	return t, nil
}

// enter begins a call; who enters must leave (t.calls.Done).
func (t *Transport) enter(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return events.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t.calls.Add(1)
	return nil
}

// Publish implements [events.Transport]. Where Kafka does not answer it goes
// on trying for a few seconds: what it cannot know to be written it writes
// again. No subscription is ever full: what waits, waits in the topics. Nobody
// can tell here what no subscription anywhere wants.
func (t *Transport) Publish(ctx context.Context, ces ...event.Event) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.calls.Done()
	var all []record
	for _, ce := range ces {
		if err := ce.Validate(); err != nil {
			return fmt.Errorf("publish: not a valid event: %w", err)
		}
		r, err := encode(ce)
		if err != nil {
			return fmt.Errorf("publish: not a valid event: %w", err)
		}
		for _, topic := range route(ce) {
			r.topic = t.Prefix + topic
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil
	}
	if err := t.write(ctx, all...); err != nil {
		return fmt.Errorf("publish: %w", explain(err))
	}
	return nil
}

// write writes records, and tells how Kafka does.
func (t *Transport) write(ctx context.Context, records ...record) error {
	err := t.producer.write(ctx, records...)
	if ctx.Err() == nil {
		t.health.saw(err)
	}
	return err
}

// explain says what a person can do about an error.
func explain(err error) error {
	if tooLarge(err) {
		return fmt.Errorf("the event is larger than its topic takes (max.message.bytes, 1 MiB where we made it): send less, or a reference: %w", err)
	}
	return err
}

// Close implements [events.Transport]. What waits is there for the next.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.close()
	t.calls.Wait()
	t.client.close()
	t.producer.done.Wait()
	return nil
}
