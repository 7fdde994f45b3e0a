package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"tourbillon/events"
)

// inside opens a transport on a server in this process, whose topics have one
// partition each.
func inside(t *testing.T, log io.Writer) (*Transport, *kfake.Cluster) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	tr, err := Open(t.Context(), Settings{
		Brokers: c.ListenAddrs(), Group: "g", Partitions: 1, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr, c
}

func insideFact(id string) event.Event {
	ce := said(map[string]string{"kind": "fact", "name": "payment.succeeded", "partitionkey": id})
	ce.SetID(id)
	return ce
}

func declared(t *testing.T, tr *Transport) *group {
	t.Helper()
	s := events.Subscription{Name: "s", Filter: events.Filter{"name": "payment.succeeded"}, Concurrency: 2}
	if err := tr.Declare(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return tr.group("s")
}

// consumed begins to consume, and stops with the test.
func consumed(t *testing.T, tr *Transport, h func(events.Delivery) events.Verdict) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	got, ended := make(chan string, 10_000), make(chan error, 1)
	go func() {
		ended <- tr.Consume(ctx, "s", func(_ context.Context, d events.Delivery) events.Verdict {
			got <- d.Event.ID()
			return h(d)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, events.ErrClosed) {
			t.Error(err)
		}
	})
	return got
}

func allDone(events.Delivery) events.Verdict { return events.Verdict{} }

func wantNext(t *testing.T, got <-chan string, want string) {
	t.Helper()
	select {
	case id := <-got:
		if id != want {
			t.Fatalf("got %s; want %s", id, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("waited 10 s for %s", want)
	}
}

func mustPublish(t *testing.T, tr *Transport, ces ...event.Event) {
	t.Helper()
	if err := tr.Publish(t.Context(), ces...); err != nil {
		t.Fatal(err)
	}
}

// TestRetries_Full puts more off for long than is held in memory: what is put
// off for less comes in time all the same.
func TestRetries_Full(t *testing.T) {
	tr, _ := inside(t, io.Discard)
	g := declared(t, tr)
	g.ofRetries, g.lately = limits{window: 30, items: 10, bytes: 1 << 20}, time.Millisecond
	got := consumed(t, tr, func(d events.Delivery) events.Verdict {
		if strings.HasPrefix(d.Event.ID(), "long") {
			return events.Verdict{Again: time.Hour}
		}
		if d.Tries == 0 {
			return events.Verdict{Again: time.Millisecond}
		}
		return events.Verdict{}
	})
	for i := range 40 {
		id := fmt.Sprint("long-", i)
		mustPublish(t, tr, insideFact(id))
		wantNext(t, got, id)
	}
	mustPublish(t, tr, insideFact("short"))
	wantNext(t, got, "short")
	wantNext(t, got, "short")
}

func TestConsume_OffsetsThatAreNotThere(t *testing.T) {
	var log strings.Builder
	tr, _ := inside(t, &log)
	g := declared(t, tr)
	mustPublish(t, tr, insideFact("never-read"))
	at := place{payments, 0}
	if err := tr.client.commit(t.Context(), g.id, "", -1, map[place]stand{at: {offset: 1000}}); err != nil {
		t.Fatal(err)
	}
	got := consumed(t, tr, allDone)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) { // it goes on at the end, and says so
		stands, err := tr.client.stands(t.Context(), g.id, []place{at})
		if err == nil && stands[at].offset == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it stands at %v, %v; want the end", stands, err)
		}
	}
	mustPublish(t, tr, insideFact("behind"))
	wantNext(t, got, "behind")
	tr.Close()
	if !strings.Contains(log.String(), "are gone from Kafka") {
		t.Errorf("the log says %s", &log)
	}
}

func TestPublish_Large(t *testing.T) {
	tr, _ := inside(t, io.Discard)
	declared(t, tr)
	got := consumed(t, tr, func(d events.Delivery) events.Verdict { return events.Verdict{Dead: "no"} })
	large := func(id string, n int) event.Event {
		ce := insideFact(id)
		if err := ce.SetData("text/plain", []byte(strings.Repeat("x", n))); err != nil {
			t.Fatal(err)
		}
		return ce
	}
	err := tr.Publish(t.Context(), large("too-large", 2<<20))
	if !errors.Is(err, kafka.MessageSizeTooLarge) || !strings.Contains(err.Error(), "send less") {
		t.Errorf("got %v", err)
	}
	mustPublish(t, tr, large("a", 900<<10), large("b", 900<<10), insideFact("c"), large("d", 1<<20-1000)) // more than a batch
	ids := []string{<-got, <-got, <-got, <-got}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q", ids)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		letters, err := tr.DeadLetters(t.Context())
		if len(letters) == 4 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d dead letters, %v; want 4", len(letters), err)
		}
	}
}

// TestClose_Away closes while there is no server, with an event in flight that
// is to be put off: it takes a while, and ends.
func TestClose_Away(t *testing.T) {
	var log strings.Builder
	tr, c := inside(t, &log)
	declared(t, tr)
	gate := make(chan struct{})
	got := consumed(t, tr, func(events.Delivery) events.Verdict {
		<-gate
		return events.Verdict{Again: time.Millisecond}
	})
	mustPublish(t, tr, insideFact("e"))
	wantNext(t, got, "e")
	c.Close()
	close(gate)
	began := time.Now()
	tr.Close()
	if d := time.Since(began); d > 15*time.Second {
		t.Errorf("it took %v", d)
	}
	if !strings.Contains(log.String(), "an event is delivered again") {
		t.Errorf("the log says %s", &log)
	}
}

func TestQueue_Take(t *testing.T) {
	parcels := func(sizes ...int) (all []parcel) {
		for i, kib := range sizes {
			r := record{place: place{"t", i % 2}, value: make([]byte, kib<<10)}
			all = append(all, parcel{record: &r, at: i})
		}
		return all
	}
	taken := func(q *queue) (all []int) {
		for _, x := range q.take() {
			all = append(all, x.at)
		}
		return all
	}
	q := &queue{waiting: parcels(300, 300, 300, 100, 1, 1)}
	q.waiting[5].alone = true
	for _, want := range [][]int{{0, 1, 3}, {2, 4, 5}, nil} { // 4 does not overtake 2
		if got := taken(q); !slices.Equal(got, want) {
			t.Errorf("took %v; want %v", got, want)
		}
	}
	q = &queue{waiting: parcels(900, 900, 900)}
	for _, want := range [][]int{{0, 1}, {2}} { // each is more than a batch
		if got := taken(q); !slices.Equal(got, want) {
			t.Errorf("took %v; want %v", got, want)
		}
	}
}

func TestMember_Name(t *testing.T) {
	tr, _ := inside(t, io.Discard)
	g := declared(t, tr)
	got := consumed(t, tr, allDone)
	mustPublish(t, tr, insideFact("e"))
	wantNext(t, got, "e")
	g.life.Lock()
	defer g.life.Unlock()
	if id := g.member.name.id; id == "" || g.member.name.hasLeft() {
		t.Errorf("the library does not tell its logger any more who a member is: %q", id)
	}
}

// TestRefusal is no answer to what was asked, so that is asked again: a server
// that stops refuses some, too.
func TestRefusal(t *testing.T) {
	no := fmt.Errorf("fetch: %w", &refusal{"a:9093", "no", kafka.SASLAuthenticationFailed})
	if !passing(no) || !broken(no) {
		t.Errorf("passing: %v, broken: %v", passing(no), broken(no))
	}
	if passing(kafka.TopicAuthorizationFailed) || broken(kafka.TopicAuthorizationFailed) {
		t.Error("an answer is taken for a connection that broke")
	}
}

// TestHealth_SaysWhyItIsShutOut has servers stop and then let nobody in, which is
// another thing to look at, and then both in turn.
func TestHealth_SaysWhyItIsShutOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		h := &health{log: slog.New(slog.NewTextHandler(&log, nil))}
		gone, shut := io.EOF, &refusal{"a:9093", "it does not take the user and the password", io.EOF}
		for _, err := range []error{gone, shut, shut, gone, shut, nil} {
			h.saw(err)
			time.Sleep(quiet + time.Second)
		}
		var levels []string
		for line := range strings.Lines(log.String()) {
			levels = append(levels, strings.Fields(line)[1])
		}
		if want := []string{"level=WARN", "level=ERROR", "level=INFO"}; !slices.Equal(levels, want) || !strings.Contains(log.String(), "does not take the user") {
			t.Errorf("got %v: %s", levels, &log)
		}
	})
}
