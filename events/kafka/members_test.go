package kafka_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/events/kafka"
)

// counted counts deliveries by id, of every member together.
type counted struct {
	mu    sync.Mutex
	times map[string]int
	last  time.Time
	gap   time.Duration // the longest in which nothing was delivered
}

func (c *counted) done(d events.Delivery) events.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.last.IsZero() {
		c.last = now
	} else {
		c.gap, c.last = max(c.gap, now.Sub(c.last)), now
	}
	c.times[d.Event.ID()]++
	return events.Verdict{}
}

func (c *counted) different() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.times)
}

func (c *counted) twice() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.times {
		n += times - 1
	}
	return n
}

// comeAndGo publishes while processes that share a subscription come and go,
// and wants every event done.
func comeAndGo(t *testing.T, s kafka.Settings) {
	tr := open(t, s)
	declare(t, tr, "s", facts)
	c := &counted{times: map[string]int{}}
	stop := consume(t, tr, "s", c.done)
	defer stop()
	coming, over := context.WithCancel(t.Context())
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for coming.Err() == nil {
				other := open(t, s)
				declare(t, other, "s", facts)
				leave := consume(t, other, "s", c.done)
				select {
				case <-coming.Done():
				case <-time.After(300 * time.Millisecond):
				}
				leave()
				other.Close()
			}
		})
	}
	n := 0
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); n++ {
		publish(t, tr, fact(fmt.Sprint(n), fmt.Sprint("booking-", n%50)))
	}
	eventually(t, "every event to be done", func() bool { return c.different() == n })
	over()
	others.Wait()
	t.Logf("%d events, %d of them twice; the longest pause was %v", n, c.twice(), c.gap)
}

func TestConsume_MembersComeAndGo(t *testing.T) {
	s := settings(fake(t), io.Discard)
	s.Partitions = 6
	comeAndGo(t, s)
}
