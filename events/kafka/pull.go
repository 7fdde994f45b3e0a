package kafka

import (
	"container/heap"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// How long a server waits for something to come: long where there is room for
// all that may come, for it answers at once when it does; short where there is
// not, for room may come meanwhile.
const (
	idleWait  = 5 * time.Second
	roomWait  = 20 * time.Millisecond
	pullPause = 200 * time.Millisecond // after an error
	leadWait  = time.Second            // between two looks at who leads what
)

// pull reads the partitions until ctx ends: one request at a time to each
// server that leads some of them.
func (m *member) pull(ctx context.Context) {
	var pulls sync.WaitGroup
	defer pulls.Wait()
	at := map[int]bool{}
	for ctx.Err() == nil {
		wait := pullPause
		if l, err := m.t.client.look(ctx); err == nil {
			wait = leadWait
			for _, leader := range m.leaders(l) {
				if !at[leader] {
					at[leader] = true
					pulls.Go(func() { m.pullFrom(ctx, leader) })
				}
			}
		}
		sleep(ctx, wait)
	}
}

// leaders are the servers that lead partitions of ours.
func (g *group) leaders(l *layout) (all []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := map[int]bool{}
	for at := range g.parts {
		if leader, ok := l.leaders[at]; ok && !seen[leader] {
			seen[leader] = true
			all = append(all, leader)
		}
	}
	return all
}

// pullFrom reads what one server leads.
func (m *member) pullFrom(ctx context.Context, leader int) {
	for ctx.Err() == nil {
		l, err := m.t.client.look(ctx)
		var found []got
		if err == nil {
			asks, short := m.asks(func(at place) bool { n, ok := l.leaders[at]; return ok && n == leader })
			if len(asks) == 0 {
				sleep(ctx, roomWait)
				m.makeRoom(ctx)
				continue
			}
			wait := idleWait
			if short {
				wait = roomWait
			}
			rand.Shuffle(len(asks), func(i, j int) { asks[i], asks[j] = asks[j], asks[i] }) // none is last for ever
			found, err = m.t.client.fetch(ctx, asks, wait, m.each)
		}
		m.note(found)
		if ctx.Err() != nil {
			return
		}
		m.t.health.saw(err)
		if err != nil {
			sleep(ctx, pullPause)
			continue
		}
		m.mend(ctx, found)
		m.makeRoom(ctx)
	}
}

// each takes in a record that was read, if it is wanted.
func (m *member) each(r *record, value func()) {
	if !m.wants(r) {
		return
	}
	if p := m.part(r.place); p != nil {
		value()
		m.take(p, r)
	}
}

// note goes on behind what was found, also where nothing more is to be read:
// what was found may be done by now, and is to be committed.
func (m *member) note(found []got) {
	for _, g := range found {
		if p := m.part(g.place); p != nil {
			m.advance(p, g.from, g.next)
		}
	}
}

// mend goes on as it can where something was not found.
func (m *member) mend(ctx context.Context, found []got) {
	for _, g := range found {
		p := m.part(g.place)
		switch {
		case p == nil || g.err == nil:
		case errors.Is(g.err, kafka.OffsetOutOfRange):
			m.reset(ctx, p)
		default: // it moves to another server, for one
			m.t.health.saw(g.err)
			sleep(ctx, pullPause)
		}
	}
}

// reset goes on with the oldest that is kept, where what was to be read is
// gone; with the newest, where the server lost what was already read. A place
// where nothing was ever committed begins like that, too.
func (m *member) reset(ctx context.Context, p *partition) {
	first, err := m.t.client.boundsNow(ctx, oldest, []place{p.place})
	last, err2 := m.t.client.boundsNow(ctx, newest, []place{p.place})
	if err = errors.Join(err, err2); err != nil {
		m.t.health.saw(err)
		sleep(ctx, pullPause)
		return
	}
	next := min(max(p.next, first[p.place]), last[p.place])
	if p.next >= 0 && next != p.next {
		m.log.Error("events that were not read yet are gone from Kafka: was a topic's retention too short, or a server's disk lost?",
			"topic", p.topic, "partition", p.partition, "from", p.next, "to", next)
	}
	m.renew(p, next)
}

// makeRoom writes what was put off once more, behind all else, where it is in
// the way of others: nothing more is read before it is done.
func (m *member) makeRoom(ctx context.Context) {
	for ctx.Err() == nil {
		if it := m.inTheWay(); it == nil || !m.move(ctx, it) {
			return
		}
	}
}

// move writes an item once more, and reports whether it is written. What is
// being written when ctx ends is waited for: else there would be two of it.
func (m *member) move(ctx context.Context, it *item) bool {
	writing, cancel := lingering(ctx)
	defer cancel()
	err := m.t.write(writing, it.record.with(m.off, text(subscription, m.Name), number(tries, it.tries), moment(due, it.due)))
	m.moved(it, err == nil)
	return err == nil
}

// inTheWay returns an item that others wait for, and takes it in hand.
func (g *group) inTheWay() *item {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.parts {
		if it := p.inTheWay(); it != nil && time.Since(it.record.time) > g.lately {
			it.state = flying
			return it
		}
	}
	return nil
}

// moved ends that. What was not written waits on; it may have fallen due
// meanwhile, and been passed by.
func (g *group) moved(it *item, written bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if written {
		it.of.finish(it)
		return
	}
	if it.of.lost {
		return
	}
	it.state = waiting
	if !slices.Contains(g.later, it) {
		heap.Push(&g.later, it)
	}
	g.arm()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
