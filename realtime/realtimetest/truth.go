// Package realtimetest is for tests of the relay: a truth that a test changes,
// with a feed that loses, doubles and reorders what it tells, and a relay over
// it with all its doors.
package realtimetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tourbillon/realtime"
)

// Faults are what goes wrong between the truth and a hub: chances from 0 to 1.
type Faults struct {
	Lose, Double, Late float64
	Silent             bool // the feed tells nothing, and gives no sign of life
	Blind              bool // the records cannot be read
}

// Truth is how things stand. It is a [realtime.Feed] and [realtime.Snapshots]
// for any number of hubs.
type Truth struct {
	mu     sync.Mutex
	epoch  string
	values map[realtime.Topic]realtime.Value
	groups map[realtime.Topic][]realtime.Topic
	hubs   map[int]func(realtime.Change)
	late   []realtime.Change
	next   int
	faults Faults
	chance *rand.Rand
	broken chan struct{}

	Reads   int                  // so far
	OnRead  func(realtime.Topic) // called before a read looks, if set
	Latency time.Duration        // of an answer, which is then that old
}

// NewTruth returns an empty truth; seed decides what goes wrong.
func NewTruth(seed uint64) *Truth {
	return &Truth{
		epoch: "first", values: make(map[realtime.Topic]realtime.Value), groups: make(map[realtime.Topic][]realtime.Topic),
		hubs: make(map[int]func(realtime.Change)), broken: make(chan struct{}), chance: rand.New(rand.NewPCG(seed, seed)),
	}
}

// Fault sets what goes wrong from now on.
func (t *Truth) Fault(f Faults) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = f
}

// Restore begins a new history: versions count anew, and no feed tells of it.
func (t *Truth) Restore(epoch string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.epoch = epoch
	for topic, v := range t.values {
		v.Version, v.Epoch = 1, epoch
		t.values[topic] = v
	}
}

// Put adds a topic that nothing was told of yet, as a member of groups.
func (t *Truth) Put(topic realtime.Topic, data string, groups ...realtime.Topic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.values[topic] = realtime.Value{Topic: topic, Epoch: t.epoch, Data: json.RawMessage(data)}
	for _, g := range groups {
		t.groups[g] = append(t.groups[g], topic)
	}
}

// Change makes the next version of a topic, and has the feed tell of it.
func (t *Truth) Change(topic realtime.Topic) realtime.Value {
	return t.Set(topic, func(version uint64) string {
		return fmt.Sprintf(`{"id":%q,"capacity":100,"held":%d,"sold":0,"available":%d}`, topic.ID, version%100, 100-version%100)
	})
}

// Set is [Truth.Change] to data of the test's own.
func (t *Truth) Set(topic realtime.Topic, data func(version uint64) string) realtime.Value {
	t.mu.Lock()
	v := t.values[topic]
	v.Topic, v.Epoch, v.At = topic, t.epoch, time.Now()
	v.Version++
	v.Data = json.RawMessage(data(v.Version))
	t.values[topic] = v
	tell := t.fate(realtime.Change{Value: v})
	hubs := make([]func(realtime.Change), 0, len(t.hubs))
	for _, h := range t.hubs {
		hubs = append(hubs, h)
	}
	t.mu.Unlock()
	for _, c := range tell {
		for _, h := range hubs {
			h(c)
		}
	}
	return v
}

// fate is what the feed makes of a change.
func (t *Truth) fate(c realtime.Change) (tell []realtime.Change) {
	c.Epoch = "" // facts do not tell it
	if t.faults.Silent || t.chance.Float64() < t.faults.Lose {
		return nil
	}
	tell = append(tell, c)
	if t.chance.Float64() < t.faults.Double {
		tell = append(tell, c)
	}
	if t.chance.Float64() < t.faults.Late {
		tell, t.late = t.late, tell
	}
	return tell
}

// Value is how a topic stands.
func (t *Truth) Value(topic realtime.Topic) realtime.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.values[topic]
}

// Run implements [realtime.Feed].
func (t *Truth) Run(ctx context.Context, deliver func(realtime.Change)) error {
	t.mu.Lock()
	me := t.next
	t.next++
	t.hubs[me] = deliver
	broken := t.broken
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		delete(t.hubs, me)
		t.mu.Unlock()
	}()
	alive := time.NewTicker(100 * time.Millisecond)
	defer alive.Stop()
	for {
		t.mu.Lock()
		silent := t.faults.Silent
		t.mu.Unlock()
		if !silent {
			deliver(realtime.Change{})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-broken:
			return errBroken
		case <-alive.C:
		}
	}
}

// Break ends every feed that runs, as a broken connection does.
func (t *Truth) Break() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.broken)
	t.broken = make(chan struct{})
}

var errBroken = errors.New("the feed broke")

// Take takes a topic out of a group, and has the feed say nothing of it.
func (t *Truth) Take(topic, group realtime.Topic) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups[group] = slices.DeleteFunc(t.groups[group], func(m realtime.Topic) bool { return m == topic })
}

var errBlind = errors.New("the records are not to be seen")

func (t *Truth) look(topic realtime.Topic) error {
	if t.OnRead != nil {
		t.OnRead(topic)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Reads++
	if t.faults.Blind {
		return errBlind
	}
	return nil
}

// Read implements [realtime.Snapshots].
func (t *Truth) Read(_ context.Context, topic realtime.Topic) (realtime.Value, error) {
	defer func() { time.Sleep(t.Latency) }()
	if err := t.look(topic); err != nil {
		return realtime.Value{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.values[topic]
	if !ok {
		return v, realtime.ErrUnknown
	}
	if topic.Operators() {
		v.Epoch, v.Version = "", 0 // nobody counts those
	}
	return v, nil
}

// Members implements [realtime.Snapshots].
func (t *Truth) Members(_ context.Context, group realtime.Topic) (values []realtime.Value, err error) {
	defer func() { time.Sleep(t.Latency) }()
	if err := t.look(group); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if group.Kind == realtime.Tour && t.groups[group] == nil {
		return nil, realtime.ErrUnknown
	}
	for _, topic := range t.groups[group] {
		values = append(values, t.values[topic])
	}
	return values, nil
}

// Ping implements [realtime.Snapshots].
func (t *Truth) Ping(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.faults.Blind {
		return errBlind
	}
	return nil
}
