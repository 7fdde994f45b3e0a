package kafka_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	segmentio "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/events/kafka"
	"tourbillon/events/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a server in this process.
func fake(t testing.TB, opts ...kfake.Opt) []string {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

func TestTransport_Fake(t *testing.T) {
	at := fake(t)
	transporttest.Run(t, transporttest.Features{Durable: true}, func(t *testing.T, space string) events.Transport {
		s := settings(at, io.Discard)
		s.Group, s.Prefix = space, space+"."
		return open(t, s)
	})
}

func settings(brokers []string, log io.Writer) kafka.Settings {
	return kafka.Settings{
		Brokers: brokers, Client: "test", Group: "test", Partitions: 2,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

func open(t testing.TB, s kafka.Settings) *kafka.Transport {
	t.Helper()
	tr, err := kafka.Open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr
}

// client is a stranger's.
func client(t testing.TB, brokers []string) *segmentio.Client {
	tr := &segmentio.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &segmentio.Client{Addr: segmentio.TCP(brokers...), Transport: tr}
}

// put writes a record as a stranger does, to partition 0.
func put(t testing.TB, c *segmentio.Client, topic, key, value string, headers ...string) {
	t.Helper()
	r := segmentio.Record{Key: segmentio.NewBytes([]byte(key)), Value: segmentio.NewBytes([]byte(value))}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, segmentio.Header{Key: headers[i], Value: []byte(headers[i+1])})
	}
	res, err := c.Produce(context.Background(), &segmentio.ProduceRequest{
		Topic: topic, RequiredAcks: segmentio.RequireAll, Records: segmentio.NewRecordReader(r),
	})
	if err = errors.Join(err, res.Error); err != nil {
		t.Fatal(err)
	}
}

var facts = events.Filter{"kind": "fact"}

func fact(id, key string) event.Event {
	return named(id, key, events.PaymentSucceeded)
}

func named(id, key string, name events.Name) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("/tourbillon/payment")
	ce.SetType(name.Type(1))
	for k, v := range map[string]string{"name": string(name), "kind": "fact", "flow": "choreography", "partitionkey": key} {
		ce.SetExtension(k, v)
	}
	return ce
}

func declare(t testing.TB, tr events.Transport, name string, f events.Filter) {
	t.Helper()
	if err := tr.Declare(t.Context(), events.Subscription{Name: name, Filter: f, Concurrency: 4}); err != nil {
		t.Fatal(err)
	}
}

func publish(t testing.TB, tr events.Transport, ces ...event.Event) {
	t.Helper()
	if err := tr.Publish(t.Context(), ces...); err != nil {
		t.Fatal(err)
	}
}

// consume consumes until the test ends or stop is called.
func consume(t testing.TB, tr events.Transport, name string, h func(events.Delivery) events.Verdict) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- tr.Consume(ctx, name, func(_ context.Context, d events.Delivery) events.Verdict { return h(d) })
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, events.ErrClosed) {
			t.Errorf("consume %s: %v", name, err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// inbox consumes and shows what comes; all of it is done.
func inbox(t testing.TB, tr events.Transport, name string) (got chan events.Delivery, stop func()) {
	got = make(chan events.Delivery, 1000)
	return got, consume(t, tr, name, func(d events.Delivery) events.Verdict {
		got <- d
		return events.Verdict{}
	})
}

func await[T any](t testing.TB, what string, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(60 * time.Second):
		t.Fatalf("waited 60 s for %s", what)
	}
	return v
}

func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 60 s for %s", what)
		}
	}
}

// buffer is a log that is read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) lines(with string) (found []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.b.String()) {
		if strings.Contains(line, with) {
			found = append(found, line)
		}
	}
	return found
}
