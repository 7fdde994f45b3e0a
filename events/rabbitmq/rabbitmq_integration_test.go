//go:build integration

package rabbitmq

import (
	"log/slog"
	"os"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"tourbillon/events"
	"tourbillon/events/transporttest"
)

// server is the URL of the server that the tests run on.
func server(t testing.TB) string {
	t.Helper()
	url := os.Getenv("TOURBILLON_TEST_RABBITMQ")
	if url == "" {
		t.Fatal("TOURBILLON_TEST_RABBITMQ is not set: run make brokers, then make integration")
	}
	return url
}

func TestTransport(t *testing.T) {
	url := server(t)
	f := transporttest.Features{Ordered: true, Bounded: true, Tells: true, Durable: true}
	transporttest.Run(t, f, func(t *testing.T, space string) events.Transport {
		tr, err := Open(t.Context(), Settings{URL: url, Exchange: "test." + space, Queues: "test." + space, Log: quietly(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sweep(t, url, tr) })
		return tr
	})
}

func quietly(testing.TB) *slog.Logger { return slog.New(slog.DiscardHandler) }

// sweep takes everything of a closed transport off the server.
func sweep(t testing.TB, url string, tr *Transport) {
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		t.Error(err)
		return
	}
	queues := []string{tr.names.letters(), tr.names.forward(), tr.names.history()}
	for name, q := range tr.queues {
		queues = append(queues, q.on)
		for _, step := range steps {
			queues = append(queues, tr.names.work(name)+".after."+step.String())
		}
	}
	for _, q := range queues {
		if _, err := ch.QueueDelete(q, false, false, false); err != nil {
			t.Error(err)
		}
	}
	for _, x := range []string{tr.names.exchange, tr.names.commands(), tr.names.broadcast(), tr.names.graves()} {
		if err := ch.ExchangeDelete(x, false, false); err != nil {
			t.Error(err)
		}
	}
}
