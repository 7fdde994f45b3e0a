package kafka_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	segmentio "github.com/segmentio/kafka-go"

	"tourbillon/events/kafka"
)

// made makes a topic with settings of somebody else.
func made(t testing.TB, c *segmentio.Client, topic string, partitions int, settings ...string) {
	t.Helper()
	config := segmentio.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	for i := 0; i < len(settings); i += 2 {
		config.ConfigEntries = append(config.ConfigEntries, segmentio.ConfigEntry{ConfigName: settings[i], ConfigValue: settings[i+1]})
	}
	res, err := c.CreateTopics(t.Context(), &segmentio.CreateTopicsRequest{Topics: []segmentio.TopicConfig{config}})
	if err = errors.Join(err, res.Errors[topic]); err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	t.Run("topics are made with their settings, and nothing is said of them when they are there", func(t *testing.T) {
		at := fake(t)
		var log buffer
		s := settings(at, &log)
		s.Partitions = 0
		open(t, s)
		open(t, s)
		if found := append(log.lines("level=WARN"), log.lines("level=ERROR")...); len(found) > 0 {
			t.Errorf("the log has %q", found)
		}
		if made := log.lines("Kafka topic made"); len(made) != 8 {
			t.Errorf("%d topics were made: %q", len(made), made)
		}
		want := map[string][3]string{ // partitions, retention.ms, max.message.bytes
			"bookings": {"6", "-1", "1048576"}, "payments": {"6", "-1", "1048576"}, "tours": {"6", "-1", "1048576"},
			"notifications": {"6", "-1", "1048576"}, "sagas": {"6", "-1", "1048576"}, "commands": {"6", "604800000", "1048576"},
			"retries": {"6", "604800000", "2097152"}, "dead-letters": {"1", "2592000000", "3145728"},
		}
		for topic, w := range want {
			if got := described(t, client(t, at), topic); got != w {
				t.Errorf("%s has %q; want %q", topic, got, w)
			}
		}
	})
	t.Run("topics with other settings are used, and what is wrong with them is said", func(t *testing.T) {
		at := fake(t)
		c := client(t, at)
		made(t, c, "bookings", 2, "retention.ms", "604800000")
		made(t, c, "payments", 2, "cleanup.policy", "compact", "retention.ms", "-1")
		made(t, c, "tours", 2, "retention.bytes", "1000", "retention.ms", "-1")
		made(t, c, "commands", 3, "retention.ms", "1000")
		made(t, c, "dead-letters", 1, "retention.ms", "-1", "max.message.bytes", "1000")
		var log buffer
		open(t, settings(at, &log))
		for _, want := range []string{
			"level=ERROR topic=bookings setting=retention.ms is=604800000 should=-1",
			"level=ERROR topic=payments setting=cleanup.policy is=compact should=delete",
			"level=ERROR topic=tours setting=retention.bytes is=1000 should=-1",
			"level=WARN topic=commands setting=retention.ms is=1000 should=604800000",
			"level=WARN topic=commands partitions=3 would=2",
			"level=WARN topic=dead-letters setting=max.message.bytes is=1000 should=3145728",
		} {
			words := strings.Fields(want)
			found := false
			for _, line := range log.lines(words[0]) {
				found = found || strings.Contains(line, strings.Join(words[1:], " "))
			}
			if !found {
				t.Errorf("the log does not say %q", want)
			}
		}
		if said := log.lines("topic=dead-letters setting=retention.ms"); len(said) > 0 {
			t.Errorf("to keep for ever is complained of: %q", said)
		}
	})
	t.Run("where nobody answers, an error says where, and soon", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := kafka.Open(ctx, settings([]string{"127.0.0.1:1"}, io.Discard))
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("settings that cannot be", func(t *testing.T) {
		for _, s := range []kafka.Settings{{}, {Brokers: []string{"x:1"}}, {Brokers: []string{"x:1"}, Group: "g", Partitions: -1}} {
			if _, err := kafka.Open(t.Context(), s); err == nil {
				t.Errorf("opened with %+v", s)
			}
		}
	})
}

// described returns a topic's partitions, retention.ms and max.message.bytes.
func described(t testing.TB, c *segmentio.Client, topic string) (got [3]string) {
	t.Helper()
	m, err := c.Metadata(t.Context(), &segmentio.MetadataRequest{Topics: []string{topic}})
	if err != nil || len(m.Topics) != 1 {
		t.Fatalf("%d topics, %v", len(m.Topics), err)
	}
	got[0] = string(rune('0' + len(m.Topics[0].Partitions)))
	res, err := c.DescribeConfigs(t.Context(), &segmentio.DescribeConfigsRequest{
		Resources: []segmentio.DescribeConfigRequestResource{{ResourceType: segmentio.ResourceTypeTopic, ResourceName: topic}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range res.Resources[0].ConfigEntries {
		switch e.ConfigName {
		case "retention.ms":
			got[1] = e.ConfigValue
		case "max.message.bytes":
			got[2] = e.ConfigValue
		}
	}
	return got
}
