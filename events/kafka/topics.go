package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// For how long topics keep what is in them, at least.
const (
	letterDays = 30
	otherDays  = 7
)

// Partitions of a topic that is made, where the settings do not say.
const defaultPartitions = 6

// setting is one setting of a topic.
type setting struct {
	name, value string
}

// wanted is a topic as it should be.
type wanted struct {
	name       string // without the prefix
	partitions int
	settings   []setting
}

// wantedTopics are all topics of the transport. What was put off or given up
// is larger than it was, by what we say about it: hence the room.
func wantedTopics(partitions int) []wanted {
	days := func(n int) string { return strconv.Itoa(n * 24 * 3600 * 1000) }
	of := func(name string, partitions int, retention string, room int) wanted {
		return wanted{name, partitions, []setting{
			{"cleanup.policy", "delete"}, {"retention.ms", retention}, {"retention.bytes", "-1"},
			{"max.message.bytes", strconv.Itoa(room)}, {"unclean.leader.election.enable", "false"},
		}}
	}
	const one = 1 << 20
	var all []wanted
	for _, name := range history {
		all = append(all, of(name, partitions, "-1", one))
	}
	return append(all,
		of(commands, partitions, days(otherDays), one),
		of(retries, partitions, days(otherDays), 2*one),
		of(deadLetters, 1, days(letterDays), 3*one))
}

// prepare makes the topics that are not there, tells where those that are
// there are not as they should be, and returns a client that knows them.
func prepare(ctx context.Context, s Settings) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first := newClient(s, s.topics())
	defer first.close()
	m, err := first.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	copies := min(3, len(m.Brokers))
	if err := create(ctx, first, s, m.Topics, copies); err != nil {
		return nil, err
	}
	c, err := settled(ctx, s)
	if err != nil {
		return nil, err
	}
	c.cluster = m.ClusterID
	if err := inspect(ctx, c, s, copies); err != nil {
		c.close()
		return nil, err
	}
	inspectServer(ctx, c, s, m.Brokers[0].ID)
	return c, nil
}

// inspectServer warns where a server forgets, sooner than events do, where
// groups stand that nobody consumes: declared again, they would begin anew.
// That a server does not tell is no reason not to begin.
func inspectServer(ctx context.Context, c *client, s Settings, id int) {
	const name = "offsets.retention.minutes"
	res, err := c.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{{
		ResourceType: kafka.ResourceTypeBroker, ResourceName: strconv.Itoa(id), ConfigNames: []string{name},
	}}})
	if err != nil {
		s.Log.Debug("Kafka does not tell its settings", "err", err)
		return
	}
	for _, r := range res.Resources {
		for _, e := range r.ConfigEntries {
			if minutes, err := strconv.Atoi(e.ConfigValue); err == nil && e.ConfigName == name && minutes < otherDays*24*60 {
				s.Log.Warn("Kafka forgets where subscriptions stand when nothing runs for that long, and what waits for them is then passed by",
					"setting", name, "is", minutes, "should", otherDays*24*60)
			}
		}
	}
}

// create makes every topic that is not there.
func create(ctx context.Context, c *client, s Settings, there []kafka.Topic, copies int) error {
	req := &kafka.CreateTopicsRequest{}
	for _, w := range wantedTopics(s.Partitions) {
		if slices.ContainsFunc(there, func(t kafka.Topic) bool { return t.Name == s.Prefix+w.name && t.Error == nil }) {
			continue
		}
		t := kafka.TopicConfig{Topic: s.Prefix + w.name, NumPartitions: w.partitions, ReplicationFactor: copies}
		for _, x := range append(w.settings, setting{"min.insync.replicas", strconv.Itoa(max(1, copies-1))}) {
			t.ConfigEntries = append(t.ConfigEntries, kafka.ConfigEntry{ConfigName: x.name, ConfigValue: x.value})
		}
		req.Topics = append(req.Topics, t)
	}
	if len(req.Topics) == 0 {
		return nil
	}
	res, err := c.CreateTopics(ctx, req)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	var no []error
	for _, t := range req.Topics {
		switch err := res.Errors[t.Topic]; {
		case err == nil:
			s.Log.Info("Kafka topic made", "topic", t.Topic, "partitions", t.NumPartitions, "replicas", copies)
		case !errors.Is(err, kafka.TopicAlreadyExists):
			no = append(no, fmt.Errorf("create topic %s: %w", t.Topic, err))
		}
	}
	return errors.Join(no...)
}

// settled waits until every partition of the topics has a leader. It returns a
// client that knows: the library remembers for seconds that one did not.
func settled(ctx context.Context, s Settings) (*client, error) {
	for {
		c := newClient(s, s.topics())
		l, err := c.look(ctx)
		if err == nil && l.ready(s.topics()) {
			return c, nil
		}
		c.close()
		select {
		case <-ctx.Done():
			return nil, cmp.Or(err, fmt.Errorf("wait for the leaders of topics %v: %w", s.topics(), ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ready reports whether all of the topics can be written to and read.
func (l *layout) ready(topics []string) bool {
	return !slices.ContainsFunc(topics, func(topic string) bool {
		n := 0
		for at := range l.leaders {
			if at.topic == topic {
				n++
			}
		}
		return n == 0 || n < l.counts[topic]
	})
}

// inspect logs what is not as it should be: as errors, where facts are lost in
// time by it.
func inspect(ctx context.Context, c *client, s Settings, copies int) error {
	names := []string{"cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "unclean.leader.election.enable", "min.insync.replicas"}
	req := &kafka.DescribeConfigsRequest{}
	for _, topic := range s.topics() {
		req.Resources = append(req.Resources, kafka.DescribeConfigRequestResource{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: names,
		})
	}
	res, err := c.DescribeConfigs(ctx, req)
	if err != nil {
		return fmt.Errorf("describe topics: %w", err)
	}
	is := map[string]map[string]string{}
	for _, r := range res.Resources {
		if r.Error != nil {
			s.Log.Warn("the settings of a Kafka topic cannot be checked", "topic", r.ResourceName, "err", r.Error)
		}
		is[r.ResourceName] = map[string]string{}
		for _, e := range r.ConfigEntries {
			is[r.ResourceName][e.ConfigName] = e.ConfigValue
		}
	}
	l, err := c.look(ctx)
	if err != nil {
		return err
	}
	for _, w := range wantedTopics(s.Partitions) {
		topic := s.Prefix + w.name
		if n := l.counts[topic]; n != w.partitions {
			s.Log.Warn("a Kafka topic has other partitions than it would be made with: they are used as they are",
				"topic", topic, "partitions", n, "would", w.partitions)
		}
		compare(s.Log, w, topic, is[topic])
		if least, err := strconv.Atoi(is[topic]["min.insync.replicas"]); err == nil && least < max(1, copies-1) {
			s.Log.Warn("a Kafka topic acknowledges writes that fewer copies have than could", "topic", topic,
				"setting", "min.insync.replicas", "is", least, "should", max(1, copies-1))
		}
	}
	return nil
}

// compare logs where a topic's settings keep less than they should.
func compare(log *slog.Logger, w wanted, topic string, is map[string]string) {
	for _, x := range w.settings {
		value, told := is[x.name]
		if !told || !worseThan(x, value) {
			continue
		}
		level, says := slog.LevelWarn, "a Kafka topic keeps or takes less than it should: set it right, or remove the topic and start again"
		if slices.Contains(history, w.name) && x.name != "max.message.bytes" {
			level, says = slog.LevelError, "a Kafka topic of facts LOSES FACTS in time: set it right"
		}
		log.Log(context.Background(), level, says, "topic", topic, "setting", x.name, "is", value, "should", x.value)
	}
}

// worseThan reports whether a setting's value keeps or takes less.
func worseThan(x setting, value string) bool {
	should, err := strconv.ParseInt(x.value, 10, 64)
	is, err2 := strconv.ParseInt(value, 10, 64)
	if err != nil || err2 != nil {
		return value != x.value
	}
	endless := func(n int64) bool { return n < 0 }
	return !endless(is) && (endless(should) || is < should)
}
