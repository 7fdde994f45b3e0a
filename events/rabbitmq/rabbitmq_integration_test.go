//go:build integration

package rabbitmq

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"

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
	t.Helper()
	s := Settings{URL: url, Exchange: tr.names.exchange, Queues: tr.names.queues}
	if err := Remove(context.Background(), s, slices.Collect(maps.Keys(tr.queues))...); err != nil {
		t.Error(err)
	}
}
