package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

// Which offset of a partition is asked for.
const (
	oldest = kafka.FirstOffset // the first that is kept
	newest = kafka.LastOffset  // the one that the next record gets
)

// insist does what only asks until it is answered, for as long as servers take
// to come back or to hand over.
func (c *client) insist(ctx context.Context, do func() error) error {
	end := time.Now().Add(persistence)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := do()
		if !passing(err) || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return err
		}
		sleep(ctx, pause)
	}
}

// bounds returns an offset for each of the places, or an error.
func (c *client) bounds(ctx context.Context, which int64, places []place) (found map[place]int64, err error) {
	err = c.insist(ctx, func() error {
		found, err = c.boundsNow(ctx, which, places)
		return err
	})
	return found, err
}

func (c *client) boundsNow(ctx context.Context, which int64, places []place) (map[place]int64, error) {
	byTopic := map[string][]listoffsets.RequestPartition{}
	for _, p := range places {
		byTopic[p.topic] = append(byTopic[p.topic], listoffsets.RequestPartition{
			Partition: int32(p.partition), CurrentLeaderEpoch: -1, Timestamp: which,
		})
	}
	found := make(map[place]int64, len(places))
	for _, topic := range slices.Sorted(maps.Keys(byTopic)) { // one by one: the library opens a connection for each partition
		m, err := c.send(ctx, 0, &listoffsets.Request{
			ReplicaID: -1, Topics: []listoffsets.RequestTopic{{Topic: topic, Partitions: byTopic[topic]}},
		})
		if err != nil {
			return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
		}
		for _, t := range m.(*listoffsets.Response).Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					return nil, fmt.Errorf("list offsets of %s/%d: %w", topic, p.Partition, kafka.Error(p.ErrorCode))
				}
				found[place{t.Topic, int(p.Partition)}] = p.Offset
			}
		}
	}
	if len(found) < len(places) {
		return nil, fmt.Errorf("list offsets: the server told those of %d partitions, of %d", len(found), len(places))
	}
	return found, nil
}

// places returns every partition of the topics, in order.
func (c *client) places(ctx context.Context, topics []string) (all []place, err error) {
	l, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	for _, topic := range topics {
		if l.counts[topic] == 0 {
			return nil, fmt.Errorf("topic %s is not there: was it deleted?", topic)
		}
		for p := range l.counts[topic] {
			all = append(all, place{topic, p})
		}
	}
	return all, nil
}

// stands returns where a group stands, in those of the places where it does.
func (c *client) stands(ctx context.Context, group string, places []place) (found map[place]stand, err error) {
	err = c.insist(ctx, func() error {
		found, err = c.standsNow(ctx, group, places)
		return err
	})
	return found, err
}

func (c *client) standsNow(ctx context.Context, group string, places []place) (map[place]stand, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	topics := map[string][]int{}
	for _, p := range places {
		topics[p.topic] = append(topics[p.topic], p.partition)
	}
	res, err := c.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: topics})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) { // some servers say so of a group that never was
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask where group %s stands: %w", group, err)
	}
	found := map[place]stand{}
	for topic, partitions := range res.Topics {
		for _, p := range partitions {
			if p.Error != nil {
				return nil, fmt.Errorf("ask where group %s stands in %s/%d: %w", group, topic, p.Partition, p.Error)
			}
			if p.CommittedOffset >= 0 {
				found[place{topic, p.Partition}] = stand{p.CommittedOffset, p.Metadata}
			}
		}
	}
	return found, nil
}

// commit sets where a group stands, for a member of a generation of it; for
// nobody, where the group has no members: generation -1.
func (c *client) commit(ctx context.Context, group, member string, generation int, stands map[place]stand) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	topics := map[string][]kafka.OffsetCommit{}
	for p, s := range stands {
		topics[p.topic] = append(topics[p.topic], kafka.OffsetCommit{Partition: p.partition, Offset: s.offset, Metadata: s.done})
	}
	res, err := c.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: group, GenerationID: generation, MemberID: member, Topics: topics})
	if err != nil {
		return err
	}
	for _, partitions := range res.Topics {
		for _, p := range partitions {
			if p.Error != nil {
				return p.Error
			}
		}
	}
	return nil
}
