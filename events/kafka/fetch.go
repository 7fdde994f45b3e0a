package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// How many bytes of one partition a fetch asks for, and of all together.
const (
	partBytes  = 256 << 10
	fetchBytes = 4 << 20
)

// ask is from where a partition is to be read.
type ask struct {
	place
	offset int64
}

// got is what a fetch found in a partition.
type got struct {
	place
	from  int64 // the offset that was asked for
	next  int64 // offset after the last record
	end   int64 // offset after the last that there is
	first int64 // the oldest that is kept, or -1
	err   error
}

// fetch reads partitions of one leader with one request, which the server
// answers as soon as there is anything, at the latest after wait. Every record
// is handed to each; its value is there only if each calls value.
func (c *client) fetch(ctx context.Context, asks []ask, wait time.Duration, each func(r *record, value func())) ([]got, error) {
	req := &fetch.Request{
		ReplicaID: -1, MaxWaitTime: int32(wait / time.Millisecond), MinBytes: 1, MaxBytes: fetchBytes, SessionEpoch: -1,
	}
	from := make(map[place]int64, len(asks))
	for _, a := range asks {
		from[a.place] = a.offset
		i := slices.IndexFunc(req.Topics, func(t fetch.RequestTopic) bool { return t.Topic == a.topic })
		if i < 0 {
			i = len(req.Topics)
			req.Topics = append(req.Topics, fetch.RequestTopic{Topic: a.topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, fetch.RequestPartition{
			Partition: int32(a.partition), CurrentLeaderEpoch: -1, FetchOffset: a.offset, LogStartOffset: -1,
			PartitionMaxBytes: partBytes,
		})
	}
	m, err := c.send(ctx, wait, req)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	res := m.(*fetch.Response)
	if res.ErrorCode != 0 {
		return nil, fmt.Errorf("fetch: %w", kafka.Error(res.ErrorCode))
	}
	var all []got
	for _, t := range res.Topics {
		for i := range t.Partitions {
			p := &t.Partitions[i]
			at := place{t.Topic, int(p.Partition)}
			g := got{place: at, from: from[at], next: from[at], end: p.HighWatermark, first: p.LogStartOffset}
			if p.ErrorCode != 0 {
				g.err = kafka.Error(p.ErrorCode)
			} else {
				g.next, g.err = read(p.RecordSet.Records, at, from[at], each)
			}
			all = append(all, g)
		}
	}
	return all, nil
}

// read hands over the records of a set that are at from or after it.
func read(set protocol.RecordReader, at place, from int64, each func(*record, func())) (next int64, err error) {
	next = from
	batches := []protocol.RecordReader{set}
	if stream, ok := set.(*protocol.RecordStream); ok {
		batches = stream.Records
	}
	for _, batch := range batches {
		if batch == nil {
			continue
		}
		_, control := batch.(*protocol.ControlBatch) // marks of transactions: nobody's
		for {
			pr, err := batch.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return next, fmt.Errorf("read %s/%d at %d: %w", at.topic, at.partition, next, err)
			}
			if pr.Offset >= next {
				next = pr.Offset + 1
				if !control {
					hand(pr, at, each)
				}
			}
			release(pr.Key, pr.Value)
		}
	}
	return next, nil
}

func hand(pr *protocol.Record, at place, each func(*record, func())) {
	r := &record{place: at, offset: pr.Offset, time: pr.Time, headers: pr.Headers}
	if pr.Key != nil {
		key, _ := protocol.ReadAll(pr.Key) // of memory, which does not fail
		r.key = string(key)
	}
	each(r, func() {
		if pr.Value != nil && r.value == nil {
			r.value, _ = protocol.ReadAll(pr.Value)
		}
	})
}

func release(parts ...protocol.Bytes) {
	for _, b := range parts {
		if b != nil {
			b.Close()
		}
	}
}
