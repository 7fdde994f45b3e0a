package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"

	"tourbillon/events"
)

// How many bytes go into one batch, which a server takes or refuses as one,
// and into one request. A record that is larger goes by itself.
const (
	batchBytes   = 512 << 10
	requestBytes = 8 << 20
)

// How long a Publish goes on trying while Kafka is away, or a partition has no
// leader.
const (
	persistence = 15 * time.Second
	firstPause  = 20 * time.Millisecond
	lastPause   = time.Second
)

// producer writes records: what comes while a request is under way goes into
// the next one together, so that one record waits for nothing and many share a
// round trip. Where nobody waits for a record, it may wait for others itself.
// There is one request at a time for each leader, which keeps the order of each
// partition.
type producer struct {
	*client
	gather time.Duration // how long the first of a request waits for others
	done   sync.WaitGroup

	mu     sync.Mutex
	queues map[int]*queue // by leader
}

// queue is what waits for one leader.
type queue struct {
	waiting []parcel
	busy    bool
}

// parcel is a record on its way.
type parcel struct {
	*record
	sent  chan<- outcome // has room for what is said about it
	at    int            // which of its sender's it is
	alone bool           // in a batch with others it was too much
}

type outcome struct {
	at  int
	err error
}

// write writes the records, each to the topic and by the key that it names,
// and sets their partitions. It returns nil only when every one is as safe as
// its topic makes it. While the servers do not answer it goes on trying, for a
// time.
func (p *producer) write(ctx context.Context, records ...record) error {
	end := time.Now().Add(persistence)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		var err error
		if records, err = p.try(ctx, records); len(records) == 0 {
			return nil
		}
		if !passing(err) || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// try writes the records once, and returns those of which it is not known that
// they are written, and why not.
func (p *producer) try(ctx context.Context, records []record) (left []record, err error) {
	l, err := p.look(ctx)
	if err != nil {
		return records, err
	}
	outcomes := make(chan outcome, len(records))
	if err := p.enqueue(l, records, outcomes); err != nil {
		return records, err
	}
	failed := make([]bool, len(records))
	for range records {
		select {
		case o := <-outcomes:
			if o.err != nil {
				failed[o.at] = true
				err = worse(err, fmt.Errorf("write to %s/%d: %w", records[o.at].topic, records[o.at].partition, o.err))
			}
		case <-ctx.Done():
			return records, ctx.Err()
		}
	}
	for i := range records {
		if failed[i] {
			left = append(left, records[i])
		}
	}
	return left, err
}

// worse returns the error that there is no use in trying again after, if any.
func worse(a, b error) error {
	if a == nil || passing(a) {
		return b
	}
	return a
}

// enqueue has every record wait for the leader of its partition.
func (p *producer) enqueue(l *layout, records []record, sent chan<- outcome) error {
	leaders := make([]int, len(records))
	for i := range records {
		r := &records[i]
		n := l.counts[r.topic]
		if n == 0 {
			return fmt.Errorf("write to %s: %w: was it deleted?", r.topic, kafka.UnknownTopicOrPartition)
		}
		r.partition = partitionOf(r.key, n)
		leader, ok := l.leaders[r.place]
		if !ok {
			return fmt.Errorf("write to %s/%d: %w", r.topic, r.partition, kafka.LeaderNotAvailable)
		}
		leaders[i] = leader
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range records {
		q := p.queues[leaders[i]]
		if q == nil {
			q = &queue{}
			p.queues[leaders[i]] = q
		}
		copied := records[i] // the sender may be gone when it is sent
		q.waiting = append(q.waiting, parcel{record: &copied, sent: sent, at: i})
		if !q.busy {
			q.busy = true
			p.done.Go(func() { p.work(q) })
		}
	}
	return nil
}

// partitionOf is where Java's clients put a key, too.
func partitionOf(key string, partitions int) int {
	all := make([]int, partitions)
	for i := range all {
		all[i] = i
	}
	return kafka.Murmur2Balancer{Consistent: true}.Balance(kafka.Message{Key: []byte(key)}, all...)
}

// work sends what waits until nothing does.
func (p *producer) work(q *queue) {
	for {
		if p.gather > 0 {
			time.Sleep(p.gather)
		}
		p.mu.Lock()
		batch := q.take()
		if len(batch) == 0 {
			q.busy = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		again := p.deliver(batch)
		p.mu.Lock()
		q.waiting = append(again, q.waiting...)
		p.mu.Unlock()
	}
}

// take returns what goes into the next request.
func (q *queue) take() (batch []parcel) {
	var all int
	each, full := map[place]int{}, map[place]bool{}
	q.waiting = slices.DeleteFunc(q.waiting, func(x parcel) bool {
		size, taken := x.size(), each[x.place]
		if full[x.place] || taken > 0 && (x.alone || taken+size > batchBytes) || all > 0 && all+size > requestBytes {
			full[x.place] = true // nothing behind it overtakes it
			return false
		}
		each[x.place] += size
		full[x.place] = x.alone
		all += size
		batch = append(batch, x)
		return true
	})
	return batch
}

// deliver sends one request and tells every sender what became of it. It
// returns what is to be sent again, one by one.
func (p *producer) deliver(batch []parcel) (again []parcel) {
	byPlace := map[place][]parcel{}
	for _, x := range batch {
		byPlace[x.place] = append(byPlace[x.place], x)
	}
	m, err := p.send(context.Background(), time.Second, requestOf(byPlace))
	if err != nil {
		tell(batch, err)
		return nil
	}
	for _, t := range m.(*produce.Response).Topics {
		for _, answer := range t.Partitions {
			at := place{t.Topic, int(answer.Partition)}
			parcels := byPlace[at]
			delete(byPlace, at)
			switch err := kafka.Error(answer.ErrorCode); {
			case err == 0:
				tell(parcels, nil)
			case tooLarge(err) && len(parcels) > 1:
				for i := range parcels {
					parcels[i].alone = true
				}
				again = append(again, parcels...)
			default:
				tell(parcels, err)
			}
		}
	}
	for _, unanswered := range byPlace {
		tell(unanswered, errors.New("the server said nothing about it"))
	}
	return again
}

func requestOf(byPlace map[place][]parcel) *produce.Request {
	req := &produce.Request{Acks: int16(kafka.RequireAll), Timeout: int32(patience / time.Millisecond)}
	for at, parcels := range byPlace {
		i := slices.IndexFunc(req.Topics, func(t produce.RequestTopic) bool { return t.Topic == at.topic })
		if i < 0 {
			i = len(req.Topics)
			req.Topics = append(req.Topics, produce.RequestTopic{Topic: at.topic})
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, produce.RequestPartition{
			Partition: int32(at.partition), RecordSet: protocol.RecordSet{Records: recordsOf(parcels)},
		})
	}
	return req
}

func recordsOf(parcels []parcel) protocol.RecordReader {
	records := make([]protocol.Record, len(parcels))
	for i, x := range parcels {
		records[i] = protocol.Record{Key: protocol.NewBytes([]byte(x.key)), Value: protocol.NewBytes(x.value), Headers: x.headers}
	}
	return protocol.NewRecordReader(records...)
}

func tell(parcels []parcel, err error) {
	for _, x := range parcels {
		x.sent <- outcome{x.at, err}
	}
}

// passing reports whether an error may be gone when it is tried again: what
// happens while servers stop, start and hand over, and a connection that broke
// or did not come about.
func passing(err error) bool {
	var said kafka.Error
	if !refused(err) && errors.As(err, &said) {
		return said.Temporary() || said == kafka.Unknown
	}
	return err != nil && !errors.Is(err, events.ErrClosed)
}

// tooLarge reports whether a server refused a record for its size.
func tooLarge(err error) bool {
	return errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge)
}
