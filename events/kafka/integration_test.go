//go:build integration

package kafka_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"

	"tourbillon/events"
	kafkatransport "tourbillon/events/kafka"
	"tourbillon/events/transporttest"
)

// servers are the real ones.
func servers(t testing.TB) []string {
	t.Helper()
	list := os.Getenv("TOURBILLON_TEST_KAFKA")
	if list == "" {
		t.Fatal("TOURBILLON_TEST_KAFKA is not set: run make brokers, then make integration")
	}
	return strings.Split(list, ",")
}

// remove takes away the topics that a test made.
func remove(t testing.TB, brokers []string, prefix string) {
	c := &kafka.Client{Addr: kafka.TCP(brokers...), Transport: &kafka.Transport{}}
	defer c.Transport.(*kafka.Transport).CloseIdleConnections()
	var topics []string
	for _, name := range []string{"bookings", "payments", "tours", "notifications", "sagas", "commands", "dead-letters", "retries"} {
		topics = append(topics, prefix+name)
	}
	if _, err := c.DeleteTopics(t.Context(), &kafka.DeleteTopicsRequest{Topics: topics}); err != nil {
		t.Logf("delete topics: %v", err)
	}
}

func TestTransport(t *testing.T) {
	brokers := servers(t)
	transporttest.Run(t, transporttest.Features{Durable: true}, func(t *testing.T, space string) events.Transport {
		tr, err := kafkatransport.Open(t.Context(), kafkatransport.Settings{
			Brokers: brokers, Client: "test", Group: space, Prefix: space + ".", Partitions: 2, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	})
}
