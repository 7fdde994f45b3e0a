//go:build integration

package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
)

func TestDeclaredOtherwise(t *testing.T) {
	tr, url := opened(t, Settings{})
	declare(t, tr, charge)
	second, err := Open(t.Context(), Settings{URL: url, Exchange: tr.names.exchange, Queues: tr.names.queues, Log: quietly(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	filter, bound, more := charge, charge, charge
	filter.Filter = events.Filter{"kind": "command", "to": "other"}
	bound.Bound = 5
	more.Concurrency = 4
	for what, s := range map[string]events.Subscription{"another filter": filter, "another bound": bound} {
		err := second.Declare(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), tr.names.work("charge")) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if err := second.Declare(t.Context(), more); err != nil {
		t.Errorf("another process may deliver more at once: %v", err)
	}
	if err := second.Declare(t.Context(), events.Subscription{Name: "dead", Concurrency: 1}); err == nil {
		t.Error("a subscription took the queue of dead letters")
	}
	_, err = Open(t.Context(), Settings{URL: url, Exchange: tr.names.commands(), Queues: tr.names.queues, Log: quietly(t)})
	if err == nil || !strings.Contains(err.Error(), "another kind of exchange") {
		t.Errorf("an exchange of another kind: got %v", err)
	}
}

func TestOpen(t *testing.T) {
	for name, s := range map[string]Settings{
		"nobody there": {URL: "amqp://me:s3cret@127.0.0.1:1", Exchange: "x", Queues: "q"},
		"odd URL":      {URL: "amqp://me:s3cret@[::1", Exchange: "x", Queues: "q"},
		"no names":     {URL: server(t)},
		"wrong key":    {URL: strings.Replace(server(t), "guest:guest", "guest:s3cret", 1), Exchange: "x", Queues: "q"},
	} {
		tr, err := Open(t.Context(), s)
		if err == nil {
			tr.Close()
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestHistory(t *testing.T) {
	tr, url := opened(t, Settings{History: true})
	read := func(cursor string, limit int) (ids []string, next string) {
		t.Helper()
		began := time.Now()
		ces, next, err := tr.Read(t.Context(), cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("reading took %v", took)
		}
		for _, ce := range ces {
			ids = append(ids, ce.ID())
		}
		return ids, next
	}
	if ids, _ := read("", 10); len(ids) > 0 {
		t.Errorf("an empty history tells %q", ids)
	}
	var batch []event.Event
	var want []string
	for i := range 1000 {
		batch = append(batch, either(fmt.Sprint(i), true), saying("no.fact", nil))
		want = append(want, fmt.Sprint(i))
	}
	batch = append(batch, either("a-command", false))
	if err := tr.Publish(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	var got []string
	cursor := ""
	for {
		ids, next := read(cursor, 300)
		if cursor = next; len(ids) == 0 {
			break
		}
		got = append(got, ids...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d facts were read, %.100q; want %d", len(got), got, len(want))
	}
	if err := tr.Publish(t.Context(), either("later", true)); err != nil {
		t.Fatal(err)
	}
	if ids, _ := read(cursor, 10); !slices.Equal(ids, []string{"later"}) {
		t.Errorf("after the end: %q", ids)
	}
	for _, wrong := range []string{"17", "rabbitmq-1000000"} {
		if _, _, err := tr.Read(t.Context(), wrong, 1); !errors.Is(err, events.ErrCursor) {
			t.Errorf("the cursor %q: got %v; want ErrCursor", wrong, err)
		}
	}
	other, err := Open(t.Context(), Settings{URL: url, Exchange: tr.names.exchange, Queues: tr.names.queues, Log: quietly(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, _, err := other.Read(t.Context(), "", 1); err == nil {
		t.Error("a transport that keeps no history reads it")
	}
}

// TestDeletedUnderUs deletes a queue, a delay queue and an exchange while they
// are in use.
func TestDeletedUnderUs(t *testing.T) {
	var logged log
	tr, url := opened(t, Settings{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	declare(t, tr, charge)
	got := consume(t, tr, "charge", func(_ context.Context, d events.Delivery) events.Verdict {
		if d.Tries == 0 && strings.HasPrefix(d.Event.ID(), "off") {
			return events.Verdict{Again: 10 * time.Millisecond}
		}
		return events.Verdict{}
	})
	send := func(id string) {
		t.Helper()
		if err := publishing(t.Context(), tr, either(id, false)); err != nil {
			t.Fatal(err)
		}
	}
	send("before")
	next(t, "an event", got)
	send("off-1")
	next(t, "an event", got)
	next(t, "it again", got)

	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDelete(tr.names.work("charge")+".after.10ms", false, false, false); err != nil {
		t.Fatal(err)
	}
	send("off-2")
	next(t, "what is put off into a queue that was deleted", got)
	next(t, "it again", got)

	if _, err := ch.QueueDelete(tr.names.work("charge"), false, false, false); err != nil {
		t.Fatal(err)
	}
	id := untilDelivered(t, tr, got)
	if !strings.Contains(logged.about("RabbitMQ"), "was deleted while it was consumed") {
		t.Errorf("after %s nothing was said of it: %s", id, logged.about(""))
	}
	if err := ch.ExchangeDelete(tr.names.commands(), false, false); err != nil {
		t.Fatal(err)
	}
	untilDelivered(t, tr, got)
	if !strings.Contains(logged.about("RabbitMQ"), "closed a channel") {
		t.Errorf("nothing was said of it: %s", logged.about(""))
	}
}

// untilDelivered publishes until something is delivered: what is published
// while a queue is not there is told as unroutable, and lost on no way.
func untilDelivered(t *testing.T, tr *Transport, got <-chan events.Delivery) string {
	t.Helper()
	for i := range 1000 {
		if err := publishing(t.Context(), tr, either(fmt.Sprint("after-", i), false)); err != nil {
			t.Fatal(err)
		}
		select {
		case d := <-got:
			return d.Event.ID()
		case <-time.After(30 * time.Millisecond):
		}
	}
	t.Fatal("nothing is delivered any more")
	return ""
}
