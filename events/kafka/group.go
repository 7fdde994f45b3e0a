package kafka

import (
	"container/heap"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"tourbillon/events"
)

// group is a subscription: one consumer group of Kafka's, of which this
// process is one member while anything here consumes it, however many do.
type group struct {
	events.Subscription
	t      *Transport
	id     string   // of the consumer group
	topics []string // that it reads, with the prefix
	off    string   // the topic of what was put off
	log    *slog.Logger

	ofTraffic, ofRetries limits
	lately               time.Duration

	life      sync.Mutex // held while the member comes or goes
	consumers int        // guarded by life
	member    *member    // guarded by life

	mu    sync.Mutex // guards all below; held for moments only
	wake  *sync.Cond // something is ready, finished, or a worker has to stop
	parts map[place]*partition
	lanes lanes
	later later
	seq   uint64
	timer *time.Timer // rings when the first of later is due
}

func newGroup(t *Transport, s events.Subscription) *group {
	g := &group{
		Subscription: s, t: t, id: t.Group + "." + s.Name, off: t.Prefix + retries,
		log: t.Log.With("function", s.Name), lanes: lanes{lanes: map[string]*lane{}},
		ofTraffic: limitsOfTraffic, ofRetries: limitsOfRetries, lately: lately,
	}
	for _, topic := range slices.Concat(topicsOf(s.Filter), []string{retries}) {
		g.topics = append(g.topics, t.Prefix+topic)
	}
	g.wake = sync.NewCond(&g.mu)
	return g
}

// partition is one of its, of which all before an offset is done.
func (g *group) partition(at place, next int64) *partition {
	p := &partition{place: at, limits: g.ofTraffic, next: next, committed: next}
	if at.topic == g.off {
		p.limits = g.ofRetries
	}
	return p
}

// assign begins a generation with the partitions given.
func (g *group) assign(parts map[place]*partition) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parts = parts
}

// take takes in a record that is its, or may be.
func (g *group) take(p *partition, r *record) {
	it := &item{of: p, record: r, offset: r.offset, lane: r.key}
	if r.key == "" {
		it.lane = r.topic + "/" + strconv.Itoa(r.partition) + "/" + strconv.FormatInt(r.offset, 10)
	}
	if r.topic == g.off {
		it.tries, _ = strconv.Atoi(r.header(tries))
		it.due, _ = time.Parse(time.RFC3339Nano, r.header(due))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.lost || it.offset < p.next || !p.add(it) {
		return
	}
	if it.due.After(time.Now()) {
		g.seq++
		it.state, it.seq = waiting, g.seq
		heap.Push(&g.later, it)
		g.arm()
		return
	}
	g.lanes.push(it)
	g.wake.Signal()
}

// wants reports whether a record may be one of its, by its headers.
func (g *group) wants(r *record) bool {
	if r.topic == g.off {
		return r.header(subscription) == g.Name
	}
	return r.mayMatch(g.Filter)
}

// arm sets the timer to the first that is due. It is called with the lock held.
func (g *group) arm() {
	if len(g.later) == 0 {
		return
	}
	d := time.Until(g.later[0].due)
	if g.timer == nil {
		g.timer = time.AfterFunc(d, g.ripen)
		return
	}
	g.timer.Reset(d)
}

// ripen readies what is due.
func (g *group) ripen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for len(g.later) > 0 && !g.later[0].due.After(now) {
		it := heap.Pop(&g.later).(*item)
		if it.state == waiting && !it.of.lost {
			it.state = ready
			g.lanes.push(it)
			g.wake.Signal()
		}
	}
	g.arm()
}

// next waits for an item to deliver; false means stop.
func (g *group) next(ctx context.Context) (*item, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for ctx.Err() == nil {
		if it := g.lanes.pop(); it != nil {
			it.state = flying
			return it, true
		}
		g.wake.Wait()
	}
	return nil, false
}

// land ends an item's flight; finished says whether there is nothing left to do
// about it. If there is, the next who is free has it, here or elsewhere.
func (g *group) land(it *item, finished bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lanes.leave(it.lane)
	if finished {
		it.of.finish(it)
	} else if !it.of.lost {
		it.state = ready
		g.lanes.push(it)
	}
	g.wake.Broadcast()
}

func (g *group) wakeAll() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wake.Broadcast()
}

// asks are the partitions of a leader that there is room for, from where they
// are to be read; short says that others wait for room.
func (g *group) asks(leads func(place) bool) (asks []ask, short bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.parts {
		switch {
		case !leads(p.place):
		case p.room():
			asks = append(asks, ask{p.place, p.next})
		default:
			short = true
		}
	}
	return asks, short
}

// part returns a partition that is still its.
func (g *group) part(at place) *partition {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.parts[at]
}

// advance notes from where a partition is to be read, which was read from an
// offset. A leader that lost it may answer when the next was asked already.
func (g *group) advance(p *partition, from, next int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.next == from {
		p.next = next
	}
}

// renew has a partition begin anew, at another offset: what was known of the
// offsets there says nothing any more.
func (g *group) renew(p *partition, next int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.parts[p.place] != p {
		return
	}
	p.lost = true
	anew := g.partition(p.place, next)
	anew.dirty = true
	g.parts[p.place] = anew
}

// progress returns what is to be committed.
func (g *group) progress() map[place]stand {
	g.mu.Lock()
	defer g.mu.Unlock()
	stands := map[place]stand{}
	for at, p := range g.parts {
		if p.dirty || p.watermark() > p.committed {
			stands[at] = p.stand()
			p.dirty = false
		}
	}
	return stands
}

// committed notes what was, or was not.
func (g *group) committed(stands map[place]stand, well bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for at, s := range stands {
		p := g.parts[at]
		if p == nil {
			continue
		}
		if well {
			p.committed = s.offset
		} else {
			p.dirty = true
		}
	}
}

// settle drops all that is not flying and waits for what is, at most until
// patience ends. What falls due from then on, or comes back, is the next
// owner's.
func (g *group) settle(patience context.Context) {
	defer context.AfterFunc(patience, g.wakeAll)()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.parts {
		p.lost = true
	}
	g.lanes.clear()
	for len(g.lanes.lanes) > 0 && patience.Err() == nil {
		g.wake.Wait()
		g.lanes.clear()
	}
}

// release gives all partitions up.
func (g *group) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.parts {
		p.lost = true
	}
	g.parts, g.later = nil, nil
	if g.timer != nil {
		g.timer.Stop()
	}
}
