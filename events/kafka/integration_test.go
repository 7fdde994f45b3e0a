//go:build integration

package kafka_test

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"

	segmentio "github.com/segmentio/kafka-go"

	"tourbillon/events"
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

// space is a prefix of topics of the test's own, which go with the test.
func space(t testing.TB, brokers []string) string {
	name := strings.ToLower(rand.Text()[:12])
	clear(t, brokers, name)
	return name
}

func clear(t testing.TB, brokers []string, space string) {
	c := client(t, brokers)
	var topics []string
	for _, name := range []string{"bookings", "payments", "tours", "notifications", "sagas", "commands", "dead-letters", "retries"} {
		topics = append(topics, space+"."+name)
	}
	t.Cleanup(func() {
		if _, err := c.DeleteTopics(context.Background(), &segmentio.DeleteTopicsRequest{Topics: topics}); err != nil {
			t.Logf("delete topics: %v", err)
		}
	})
}

func TestTransport(t *testing.T) {
	brokers := servers(t)
	transporttest.Run(t, transporttest.Features{Durable: true}, func(t *testing.T, space string) events.Transport {
		s := settings(brokers, io.Discard)
		s.Group, s.Prefix = space, space+"."
		clear(t, brokers, space)
		return open(t, s)
	})
}

func TestIntegration_MembersComeAndGo(t *testing.T) {
	s := settings(servers(t), io.Discard)
	s.Group = space(t, s.Brokers)
	s.Prefix, s.Partitions = s.Group+".", 6
	comeAndGo(t, s)
}
