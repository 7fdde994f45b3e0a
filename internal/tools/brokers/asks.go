package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// runAsk asks the three servers at the addresses that programs are given.
func runAsk(ctx context.Context, f *flag.FlagSet, args []string, say io.Writer) error {
	redis := f.String("redis", usual.redisURL(), "Redis, as REDIS_URL has it")
	rabbit := f.String("rabbitmq", usual.rabbitURL(), "RabbitMQ, as RABBITMQ_URL has it")
	kafka := f.String("kafka", usual.kafkaBrokers(), "Kafka, as KAFKA_BROKERS has it")
	if err := parse(f, args); err != nil {
		return err
	}
	err := errors.Join(
		missed(ctx, "Redis", *redis, askRedisURL),
		missed(ctx, "RabbitMQ", *rabbit, askRabbitURL),
		missed(ctx, "Kafka", *kafka, askKafka),
	)
	if err != nil {
		return fmt.Errorf("not all servers answer: run make brokers first\n%w", err)
	}
	fmt.Fprintf(say, "Redis, RabbitMQ and Kafka answer at %s, %s and %s\n", shown(*redis), shown(*rabbit), *kafka)
	return nil
}

// missed asks a server, and words which does not answer, and where.
func missed(ctx context.Context, name, where string, ask func(context.Context, string) error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := ask(ctx, where)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s at %s: %w", name, shown(where), err)
}

// shown is an address without its password.
func shown(where string) string {
	if u, err := url.Parse(where); err == nil && strings.Contains(where, "://") {
		return u.Redacted()
	}
	return where
}

func askRedisURL(ctx context.Context, where string) error {
	u, err := address(where, "redis", "6379")
	if err != nil {
		return err
	}
	return askRedis(ctx, u.Host)
}

func askRabbitURL(ctx context.Context, where string) error {
	u, err := address(where, "amqp", "5672")
	if err != nil {
		return err
	}
	password, set := u.User.Password()
	if !set {
		password = "guest"
	}
	return askRabbit(ctx, u.Host, cmp.Or(u.User.Username(), "guest"), password, cmp.Or(strings.TrimPrefix(u.Path, "/"), "/"))
}

// address reads a URL of a scheme, with the port that it means.
func address(where, scheme, port string) (*url.URL, error) {
	u, err := url.Parse(where)
	if err != nil || u.Scheme != scheme || u.Hostname() == "" {
		return nil, fmt.Errorf("it is not written as %s://host:port", scheme)
	}
	u.Host = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	return u, nil
}
