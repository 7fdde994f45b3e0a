package kafka

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// How a member keeps in touch. A member that died is noticed after session; a
// server takes no less than 6 s by default. One that is asked to let go of its
// partitions has a while to finish what is in flight.
const (
	heartbeat   = 500 * time.Millisecond
	session     = 6 * time.Second
	rebalance   = 20 * time.Second
	rejoin      = 500 * time.Millisecond
	grace       = 2 * time.Second
	commitEvery = 500 * time.Millisecond
	watchEvery  = time.Minute // for partitions that were added
)

// How long a member takes to leave at most: where it is about to be let in, it
// waits for that, for the others would wait for it as for one that died; where
// Kafka does not answer, there is not much to wait for.
const (
	goodbye = session + 4*time.Second
	leaving = 3 * time.Second
)

// member is this process in a consumer group, from when somebody consumes
// until nobody does any more.
type member struct {
	*group
	kafka   *kafka.ConsumerGroup
	line    *line
	reading context.Context // ends when nothing more is to be read
	stop    context.CancelFunc
	run     sync.WaitGroup
	name    name
}

// join begins to be a member; partitions come as soon as the others let go.
func (g *group) join() (*member, error) {
	m := &member{group: g, line: g.t.client.line()}
	m.reading, m.stop = context.WithCancel(context.Background())
	var err error
	m.kafka, err = kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: g.id, Brokers: g.t.Brokers, Topics: g.topics,
		Dialer:            &kafka.Dialer{ClientID: g.t.Client, Timeout: 5 * time.Second, DialFunc: m.line.dial},
		GroupBalancers:    []kafka.GroupBalancer{balancer{name: protocolOf(g)}},
		HeartbeatInterval: heartbeat, SessionTimeout: session, RebalanceTimeout: rebalance, JoinGroupBackoff: rejoin,
		WatchPartitionChanges: true, PartitionWatchInterval: watchEvery, Timeout: patience,
		Logger: m.name.heed(talk(g.log)), ErrorLogger: talk(g.log),
	})
	if err != nil {
		return nil, fmt.Errorf("join group %s: %w", g.id, err)
	}
	m.run.Go(m.follow)
	return m, nil
}

// balancer is round robin under a name that only members of one filter share:
// Kafka lets no others into the group, which would take events from each other
// that only one of them wants.
type balancer struct {
	kafka.RoundRobinGroupBalancer
	name string
}

// ProtocolName implements [kafka.GroupBalancer].
func (b balancer) ProtocolName() string { return b.name }

func protocolOf(g *group) string {
	var said strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.Filter)) {
		fmt.Fprintf(&said, "%q=%q\n", name, g.Filter[name])
	}
	sum := sha256.Sum256([]byte(said.String()))
	return "tourbillon-" + hex.EncodeToString(sum[:6])
}

// follow takes one generation after the other.
func (m *member) follow() {
	told := false
	for {
		gen, err := m.kafka.Next(context.Background())
		switch {
		case errors.Is(err, kafka.ErrGroupClosed):
			return
		case errors.Is(err, kafka.InconsistentGroupProtocol):
			if !told {
				m.log.Error("another process consumes this subscription with another filter: waiting until it stops", "group", m.id)
			}
			told = true
		case errors.Is(err, kafka.RebalanceInProgress):
		case err != nil && m.reading.Err() == nil:
			m.t.health.saw(fmt.Errorf("join group %s: %w", m.id, err))
			m.dismiss()
		case err != nil:
		default:
			told = false
			m.t.health.saw(nil)
			gen.Start(func(ctx context.Context) { m.serve(ctx, gen) })
		}
	}
}

// serve is one generation: it reads what was given to it and commits what is
// done, and when it ends waits a while for what is in flight.
func (m *member) serve(ctx context.Context, gen *kafka.Generation) {
	if ctx.Err() != nil {
		return // nobody waits for it, and the next may be under way
	}
	parts, err := m.given(ctx, gen)
	if err != nil {
		m.t.health.saw(err)
		sleep(ctx, rejoin)
		return // and ends the generation: the next one may do better
	}
	m.log.Debug("partitions given", "group", m.id, "generation", gen.ID, "partitions", len(parts))
	m.assign(parts)
	reading, stop := context.WithCancel(m.reading)
	var pulls sync.WaitGroup
	pulls.Go(func() { m.pull(reading) })
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
			m.commit(gen)
		}
	}
	stop()
	pulls.Wait()
	wait, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	m.settle(wait)
	m.commit(gen)
	m.release()
}

// given are the partitions of a generation, as far as they are done.
func (m *member) given(ctx context.Context, gen *kafka.Generation) (map[place]*partition, error) {
	parts := map[place]*partition{}
	for topic, list := range gen.Assignments {
		for _, a := range list {
			at := place{topic, a.ID}
			parts[at] = m.partition(at, a.Offset)
		}
	}
	if len(parts) == 0 {
		return parts, nil
	}
	stands, err := m.t.client.standsNow(ctx, m.id, slices.Collect(maps.Keys(parts)))
	if err != nil {
		return nil, err
	}
	for at, s := range stands {
		if p := parts[at]; p != nil && p.next == s.offset {
			p.skip = s.offsets()
		}
	}
	return parts, nil
}

// commit tells Kafka what is done. Where it refuses, because the partitions
// are somebody else's by now, that one does it again.
func (m *member) commit(gen *kafka.Generation) {
	stands := m.progress()
	if len(stands) == 0 {
		return
	}
	plain := map[string]map[int]int64{}
	var holes bool
	for at, s := range stands {
		if plain[at.topic] == nil {
			plain[at.topic] = map[int]int64{}
		}
		plain[at.topic][at.partition] = s.offset
		holes = holes || s.done != ""
	}
	var err error
	if !holes {
		err = gen.CommitOffsets(plain) // by the member's own connection, which is the shorter way
	}
	wait, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	for pause := firstPause; holes || broken(err); pause *= 2 { // the connection may have been cut
		holes = false
		if err = m.t.client.commit(wait, m.id, gen.MemberID, int(gen.ID), stands); wait.Err() != nil {
			break
		}
		if broken(err) {
			sleep(wait, pause)
		}
	}
	m.committed(stands, err == nil)
	if err != nil {
		m.log.Debug("Kafka refused a commit: what it was of may be delivered again", "group", m.id, "err", err)
	}
}

// broken reports whether an error is not a server's answer.
func broken(err error) bool {
	var answer kafka.Error
	return err != nil && (refused(err) || !errors.As(err, &answer))
}

// leave ends the membership: nothing more is read, what is in flight has
// landed, what is done is committed, and the partitions are free for others.
func (m *member) leave() {
	m.stop()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		m.kafka.Close()
	}()
	patience := goodbye
	if m.t.health.isAway() {
		patience = leaving
	}
	select {
	case <-gone:
	case <-time.After(patience):
		m.line.cut()
		<-gone
	}
	m.run.Wait()
	m.line.cut()
	if !m.name.hasLeft() {
		m.dismiss()
	}
}
