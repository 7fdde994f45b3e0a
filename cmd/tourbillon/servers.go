package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// servers is where events and records are, each empty where it is embedded.
type servers struct {
	Redis       string // URL
	RedisPrefix string // of every key
	Fleeting    bool   // that Redis is one of our own, which ends with this process
	RedisFsync  bool   // wait for the disk at each commit, whatever appendfsync says

	Rabbit   string // URL
	Exchange string // the exchange of facts; the others begin with its name
	Queues   string // what every queue's name begins with

	Kafka       []string // addresses
	KafkaClient string   // how this program calls itself there
	KafkaGroup  string   // what every consumer group's name begins with
	KafkaTopics string   // what every topic's name begins with
	KafkaAccess kafkaAccess
}

// serverSettings are of the servers that a system may stand on.
var serverSettings = []setting{
	{name: "REDIS_URL", means: "where records are, such as redis://localhost:6379; unset: in memory, for as long as the process lives", take: func(c *config, v string) error {
		return address(&c.Redis, v, "redis://localhost:6379", "redis", "rediss", "unix")
	}},
	{name: "REDIS_PREFIX", or: "tourbillon", means: "what every key in Redis begins with",
		take: func(c *config, v string) error { return word(&c.RedisPrefix, v) }},
	{name: "REDIS_WAITAOF", or: "false", means: "whether every commit waits until Redis has it on disk (7.2 and later)",
		take: func(c *config, v string) error { return truth(&c.RedisFsync, v) }},
	{name: "RABBITMQ_URL", means: "where events are on their way, such as amqp://guest:guest@localhost:5672/; unset: Kafka, or memory", take: func(c *config, v string) error {
		return address(&c.Rabbit, v, "amqp://guest:guest@localhost:5672/", "amqp", "amqps")
	}},
	{name: "RABBITMQ_EXCHANGE", or: "tour_booking_events", means: "the exchange of facts; those of commands and dead letters begin with its name",
		take: func(c *config, v string) error { return word(&c.Exchange, v) }},
	{name: "RABBITMQ_QUEUE_PREFIX", or: "tour_app", means: "what every queue's name begins with",
		take: func(c *config, v string) error { return word(&c.Queues, v) }},
	{name: "KAFKA_BROKERS", means: "where history is kept, such as localhost:9092,localhost:9192; unset: RabbitMQ, or memory",
		take: func(c *config, v string) error { return c.kafka(v) }},
	{name: "KAFKA_CLIENT_ID", or: "tour-booking-app", means: "how this program calls itself to Kafka",
		take: func(c *config, v string) error { return word(&c.KafkaClient, v) }},
	{name: "KAFKA_GROUP_ID", or: "tour-services", means: "what every consumer group's name begins with",
		take: func(c *config, v string) error { return word(&c.KafkaGroup, v) }},
	{name: "KAFKA_TOPIC_PREFIX", means: "what every topic's name begins with",
		take: func(c *config, v string) error { return prefix(&c.KafkaTopics, v) }},
}

// embedded reports whether everything ends with this process.
func (s servers) embedded() bool { return s.Redis == "" && s.Rabbit == "" && len(s.Kafka) == 0 }

// String says what the system stands on.
func (s servers) String() string {
	records, moving := "records are in Redis", "events move through memory"
	if s.Redis == "" {
		records = "records are in memory and end with this process"
	}
	switch {
	case s.Rabbit != "" && len(s.Kafka) > 0:
		moving = "events move through RabbitMQ, and their history is in Kafka"
	case s.Rabbit != "":
		moving = "events move through RabbitMQ, which keeps their history too"
	case len(s.Kafka) > 0:
		moving = "events move through Kafka, which keeps their history too"
	}
	return records + "; " + moving
}

// address takes a URL of one of the schemes. It is not repeated: it may hold a
// password, and where a character of that should have been encoded, what looks
// like a port or a path is part of it.
func address(to *string, v, like string, schemes ...string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" && u.Scheme != "unix" {
		return fmt.Errorf("not a URL: set one such as %s", like)
	}
	if u.User == nil && u.Scheme != "unix" && strings.Contains(v, "@") {
		return fmt.Errorf("percent-encode what is odd in the password: %%2F for /, %%3F for ?, %%23 for #; it is to be like %s", like)
	}
	for _, s := range schemes {
		if u.Scheme == s {
			*to = v
			return nil
		}
	}
	return fmt.Errorf("its scheme is %q: set one such as %s", u.Scheme, like)
}

// wordy is what a name of ours on a server is made of.
var wordy = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func word(to *string, v string) error {
	if !wordy.MatchString(v) {
		return fmt.Errorf("%q is no name: set up to 100 letters, digits, dots, dashes and underscores", v)
	}
	*to = v
	return nil
}

func prefix(to *string, v string) error {
	if v == "" {
		return nil
	}
	return word(to, v)
}

func truth(to *bool, v string) (err error) {
	if *to, err = strconv.ParseBool(v); err != nil {
		return fmt.Errorf("%q is neither: set true or false", v)
	}
	return nil
}

func (c *config) kafka(v string) error {
	if v == "" {
		return nil
	}
	for at := range strings.SplitSeq(v, ",") {
		host, port, err := net.SplitHostPort(strings.TrimSpace(at))
		if _, no := strconv.ParseUint(port, 10, 16); err != nil || no != nil || host == "" {
			return errors.New("not a list of host:port: set one such as localhost:9092,localhost:9192")
		}
		c.Kafka = append(c.Kafka, net.JoinHostPort(host, port))
	}
	return nil
}
