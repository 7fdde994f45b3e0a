package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// ports are where the servers listen.
type ports struct{ redis, rabbitmq, kafka int }

// usual are the servers' own.
var usual = ports{redis: 6379, rabbitmq: 5672, kafka: 9092}

// How far from RabbitMQ's own its other ports are: the one where its nodes and
// tools talk to it, and the one of epmd, which knows the former. The usual ones
// are not near: 4369, which another RabbitMQ often has, and one that is higher
// by 20000, which from 12768 on is where outgoing connections begin.
const (
	distribution = 1
	portMapper   = 2
)

func (p ports) redisURL() string     { return "redis://" + loopback(p.redis) }
func (p ports) rabbitURL() string    { return "amqp://guest:guest@" + loopback(p.rabbitmq) }
func (p ports) kafkaBrokers() string { return loopback(p.kafka) }

// check says which ports cannot be.
func (p ports) check() (err error) {
	for _, s := range []struct {
		name       string
		port, most int
	}{{"Redis", p.redis, 65535}, {"RabbitMQ", p.rabbitmq, 65535 - portMapper}, {"Kafka", p.kafka, 65534}} {
		if s.port < 1 || s.port > s.most {
			err = errors.Join(err, fmt.Errorf("%s cannot have port %d: set one from 1 to %d", s.name, s.port, s.most))
		}
	}
	return err
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// becomesFree reports whether a port can be listened at before ctx ends.
func becomesFree(ctx context.Context, port int) bool {
	for !free(port) {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
	return true
}

// free reports whether a port can be listened at.
func free(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
