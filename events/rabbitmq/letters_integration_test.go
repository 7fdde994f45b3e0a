//go:build integration

package rabbitmq

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

var charge = events.Subscription{Name: "charge", Filter: events.Filter{"kind": "command", "to": "charge"}, Concurrency: 1}

// raw publishes as a stranger does.
func raw(t *testing.T, exchange, key string, p amqp.Publishing) {
	t.Helper()
	conn, err := amqp.Dial(server(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	c, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, p)
	if err != nil || !c.Wait() {
		t.Fatalf("publish: %v", err)
	}
}

func declare(t testing.TB, tr *Transport, s events.Subscription) {
	t.Helper()
	if err := tr.Declare(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// consume consumes until the test ends and shows what came.
func consume(t testing.TB, tr *Transport, name string, h handle) <-chan events.Delivery {
	got := make(chan events.Delivery, 1000)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() {
		stopped <- tr.Consume(ctx, name, func(ctx context.Context, d events.Delivery) events.Verdict {
			got <- d
			return h(ctx, d)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil && !errors.Is(err, events.ErrClosed) {
			t.Error(err)
		}
	})
	return got
}

func done(context.Context, events.Delivery) events.Verdict { return events.Verdict{} }

func next(t testing.TB, what string, got <-chan events.Delivery) events.Delivery {
	t.Helper()
	select {
	case d := <-got:
		return d
	case <-time.After(30 * time.Second):
		t.Fatalf("waited too long for %s", what)
		return events.Delivery{}
	}
}

// lettersOf waits for n letters.
func lettersOf(t testing.TB, list func(context.Context) ([]events.DeadLetter, error), n int) []events.DeadLetter {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all, err := list(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) >= n || time.Now().After(end) {
			if len(all) != n {
				t.Fatalf("%d letters; want %d", len(all), n)
			}
			return all
		}
	}
}

func TestPoison(t *testing.T) {
	tr, _ := opened(t, Settings{})
	declare(t, tr, charge)
	raw(t, tr.names.commands(), "charge", amqp.Publishing{MessageId: "m-1", Body: []byte("hello")})
	raw(t, "", tr.names.work("charge"), amqp.Publishing{ContentType: "application/cloudevents+json", Body: []byte("{")})
	if err := tr.Publish(t.Context(), either("behind", false)); err != nil {
		t.Fatal(err)
	}
	if d := next(t, "what is behind", consume(t, tr, "charge", done)); d.Event.ID() != "behind" {
		t.Errorf("got %s", d.Event.ID())
	}
	all := lettersOf(t, tr.DeadLetters, 2)
	if l := all[0]; l.Event.ID() != "m-1" || string(l.Event.Data()) != "hello" || l.Subscription != "charge" || !strings.Contains(l.Reason, "not a CloudEvent") {
		t.Errorf("the first letter is %+v", l)
	}
}

func TestStrangers(t *testing.T) {
	tr, _ := opened(t, Settings{})
	declare(t, tr, events.Subscription{Name: "door", Filter: events.Filter{"type": "booking.request"}, Concurrency: 1})
	got := consume(t, tr, "door", done)
	if err := tr.Publish(t.Context(), saying("booking.request", nil)); err != nil {
		t.Fatal(err)
	}
	next(t, "an event without a name", got)
	h := amqp.Table{"ce-id": "1", "ce-source": "/node", "ce-type": "booking.request", "ce-specversion": "1.0"}
	raw(t, tr.names.exchange, "-.-.booking.request", amqp.Publishing{Headers: h, ContentType: "application/json", Body: []byte("{}")})
	if d := next(t, "a stranger's event", got); d.Event.ID() != "1" || d.Event.Source() != "/node" {
		t.Errorf("got %v", d.Event)
	}
}

// TestGivenUpByServer has the server give a message up, after two deliveries
// that nobody answered.
func TestGivenUpByServer(t *testing.T) {
	outside := &outside{}
	for _, tt := range []struct {
		says    string
		letters events.Letters
		list    func(*Transport) func(context.Context) ([]events.DeadLetter, error)
	}{
		{"it is among our letters", nil, func(tr *Transport) func(context.Context) ([]events.DeadLetter, error) { return tr.DeadLetters }},
		{"it is given to who keeps letters", outside, func(*Transport) func(context.Context) ([]events.DeadLetter, error) { return outside.DeadLetters }},
	} {
		t.Run(tt.says, func(t *testing.T) {
			tr, _ := openedWith(t, Settings{Letters: tt.letters}, 1)
			declare(t, tr, charge)
			if err := tr.Publish(t.Context(), either("deadly", false)); err != nil {
				t.Fatal(err)
			}
			crash(t, tr.names.work("charge"), 2)
			l := lettersOf(t, tt.list(tr), 1)[0]
			if l.Event.ID() != "deadly" || l.Subscription != "charge" || !strings.Contains(l.Reason, "never heard of it again") {
				t.Errorf("the letter is %+v", l)
			}
			if age := time.Since(l.At); age < 0 || age > time.Minute {
				t.Errorf("it is of %v", l.At)
			}
		})
	}
}

// crash takes a message and dies, so often.
func crash(t *testing.T, queue string, times int) {
	t.Helper()
	for range times {
		conn, err := amqp.Dial(server(t))
		if err != nil {
			t.Fatal(err)
		}
		ch, err := conn.Channel()
		if err != nil {
			t.Fatal(err)
		}
		ds, err := ch.Consume(queue, "", false, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		<-ds
		conn.Close()
	}
}

// outside keeps letters elsewhere; it fails as often as told.
type outside struct {
	mu    sync.Mutex
	kept  []events.DeadLetter
	fails int
}

func (o *outside) Keep(_ context.Context, l events.DeadLetter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fails--; o.fails >= 0 {
		return errors.New("planted")
	}
	l.ID = l.Event.ID()
	o.kept = append(o.kept, l)
	return nil
}

func (o *outside) DeadLetters(context.Context) ([]events.DeadLetter, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.kept), nil
}

func (o *outside) Discard(_ context.Context, id string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept = slices.DeleteFunc(o.kept, func(l events.DeadLetter) bool { return l.ID == id })
	return nil
}

func TestLettersElsewhere(t *testing.T) {
	o := &outside{fails: 1}
	tr, _ := opened(t, Settings{Letters: o})
	declare(t, tr, charge)
	lost := either("lost", false)
	lost.SetExtension("to", "nobody")
	for err := error(events.ErrFull); err != nil; err = tr.Publish(t.Context(), lost) { // the first fails
	}
	consume(t, tr, "charge", func(context.Context, events.Delivery) events.Verdict { return events.Verdict{Dead: "no"} })
	o.mu.Lock()
	o.fails = 1 // then it is delivered again
	o.mu.Unlock()
	if err := tr.Publish(t.Context(), either("dead", false)); err != nil {
		t.Fatal(err)
	}
	all := lettersOf(t, o.DeadLetters, 2)
	if all[0].Reason != events.Unroutable || all[1].Event.ID() != "dead" || all[1].Reason != "no" {
		t.Errorf("got %+v", all)
	}
	if listed, err := tr.DeadLetters(t.Context()); err != nil || len(listed) != 2 {
		t.Errorf("the transport lists %d, %v", len(listed), err)
	}
	if err := tr.Discard(t.Context(), "dead"); err != nil {
		t.Error(err)
	}
	lettersOf(t, o.DeadLetters, 1)
}

// TestLettersAway gives an event up again and again while nobody keeps letters:
// it waits longer each time, and in the end it is kept as what it is.
func TestLettersAway(t *testing.T) {
	o := &outside{fails: 4}
	tr, _ := opened(t, Settings{Letters: o})
	declare(t, tr, charge)
	var given atomic.Int32
	consume(t, tr, "charge", func(context.Context, events.Delivery) events.Verdict {
		given.Add(1)
		return events.Verdict{Dead: "no"}
	})
	began := time.Now()
	if err := tr.Publish(t.Context(), either("dead", false)); err != nil {
		t.Fatal(err)
	}
	l := lettersOf(t, o.DeadLetters, 1)[0]
	if l.Reason != "no" || given.Load() != 5 || l.Tries != 4 {
		t.Errorf("given up %d times, and kept as %q after %d tries; want 5 times, no, 4", given.Load(), l.Reason, l.Tries)
	}
	if took, least := time.Since(began), 15*FirstPause; took < least {
		t.Errorf("four failures took %v: want more than %v, it is asked for again and again", took, least)
	}
}

// TestLetters_Wordy gives an event up for a reason, and with marks, that are more
// than the server takes in the headers of a message.
func TestLetters_Wordy(t *testing.T) {
	tr, _ := opened(t, Settings{})
	declare(t, tr, charge)
	long := strings.Repeat("é", 200<<10)
	consume(t, tr, charge.Name, func(context.Context, events.Delivery) events.Verdict {
		return events.Verdict{Dead: long, Marks: map[string]string{"why": long}}
	})
	if err := tr.Publish(t.Context(), either("1", false)); err != nil {
		t.Fatal(err)
	}
	all := lettersOf(t, tr.DeadLetters, 1)
	if got := all[0].Reason; len(got) < mostReason-1 || !strings.HasPrefix(long, got) {
		t.Errorf("the reason has %d bytes", len(got))
	}
}
