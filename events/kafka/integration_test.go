//go:build integration

package kafka_test

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	segmentio "github.com/segmentio/kafka-go"

	"tourbillon/events"
	"tourbillon/events/kafka"
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
	s := realSettings(t)
	s.Partitions = 6
	comeAndGo(t, s)
}

// realSettings are settings of a space of the test's own.
func realSettings(t testing.TB) kafka.Settings {
	s := settings(servers(t), io.Discard)
	s.Group = space(t, s.Brokers)
	s.Prefix = s.Group + "."
	return s
}

func TestIntegration_Cut(t *testing.T) {
	w := newWires(t)
	survive(t, realSettings(t).Through(w.dial), func() {
		for range 10 {
			time.Sleep(200 * time.Millisecond)
			w.cut()
		}
	})
}

// TestIntegration_Frozen has the server stand still for longer than a session.
func TestIntegration_Frozen(t *testing.T) {
	w := newWires(t)
	survive(t, realSettings(t).Through(w.dial), func() {
		time.Sleep(time.Second)
		thaw := w.freeze()
		time.Sleep(10 * time.Second)
		thaw()
		time.Sleep(time.Second)
	})
}
