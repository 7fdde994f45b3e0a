package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/segmentio/kafka-go"

	"tourbillon/events"
)

// Read implements [events.History] over the topics of facts. The events of a
// partition come in its order, those of different partitions by when they were
// written, as far as that is known: what is published while it is read comes
// after. Records that are no events are left out.
func (t *Transport) Read(ctx context.Context, cursor string, limit int) (ces []event.Event, next string, err error) {
	if err := t.enter(ctx); err != nil {
		return nil, cursor, err
	}
	defer t.calls.Done()
	p, err := t.page(ctx, cursor)
	if err != nil {
		return nil, cursor, err
	}
	for len(ces) < limit {
		if err := p.fill(ctx, t.client); err != nil {
			return nil, cursor, fmt.Errorf("read history: %w", err)
		}
		r := p.take()
		if r == nil {
			break
		}
		ce, err := r.decode()
		if err != nil {
			t.Log.Debug("a record in the history is no event: left out", "topic", r.topic, "partition", r.partition, "offset", r.offset)
			continue
		}
		if kind, _ := events.Attribute(ce, "kind"); kind != string(events.Command) {
			ces = append(ces, ce)
		}
	}
	next = t.writeCursor(p.cursor)
	t.pages.keep(next, p)
	return ces, next, nil
}

func (t *Transport) historyTopics() (topics []string) {
	for _, name := range history {
		topics = append(topics, t.Prefix+name)
	}
	return topics
}

// page is what was fetched and not read yet behind a cursor.
type page struct {
	cursor cursor // of what is read next
	places []place
	found  map[place][]*record
	ahead  map[place]int64 // where to fetch next
	end    map[place]int64 // the ends as far as they are known
	asked  time.Time       // when they were
}

// page returns where a cursor leads to: what is left from the Read before, for
// who reads on.
func (t *Transport) page(ctx context.Context, at string) (*page, error) {
	places, err := t.client.places(ctx, t.historyTopics())
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	if p := t.pages.find(at); p != nil && len(p.places) == len(places) { // else a topic has more partitions by now
		return p, nil
	}
	c, err := t.readCursor(at)
	if err != nil {
		return nil, err
	}
	first, err := t.client.bounds(ctx, oldest, places)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	last, err := t.client.bounds(ctx, newest, places)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	for _, at := range places {
		if c[at] > last[at] {
			return nil, fmt.Errorf("read history: %w: %s has less than that", events.ErrCursor, at.topic)
		}
		c[at] = max(c[at], first[at])
	}
	return &page{cursor: c, places: places, found: map[place][]*record{}, ahead: maps.Clone(c), end: last, asked: time.Now()}, nil
}

// fill fetches what must be known before it is clear what comes next: of every
// partition that has more, the first record.
func (p *page) fill(ctx context.Context, c *client) error {
	for len(p.missing()) > 0 {
		if err := c.insist(ctx, func() error { return p.fetch(ctx, c, p.missing()) }); err != nil {
			return err
		}
	}
	return nil
}

// missing is what is to be fetched: at the end, once in a Read, all.
func (p *page) missing() (asks []ask) {
	look := p.asked.IsZero() && p.empty()
	for _, at := range p.places {
		if look || len(p.found[at]) == 0 && p.ahead[at] < p.end[at] {
			asks = append(asks, ask{at, p.ahead[at]})
		}
	}
	return asks
}

func (p *page) empty() bool {
	return !slices.ContainsFunc(p.places, func(at place) bool { return len(p.found[at]) > 0 })
}

// fetch asks every leader once.
func (p *page) fetch(ctx context.Context, c *client, asks []ask) error {
	l, err := c.look(ctx)
	if err != nil {
		return err
	}
	byLeader := map[int][]ask{}
	for _, a := range asks {
		leader, ok := l.leaders[a.place]
		if !ok {
			return fmt.Errorf("%s/%d: %w", a.topic, a.partition, kafka.LeaderNotAvailable)
		}
		byLeader[leader] = append(byLeader[leader], a)
	}
	p.asked = time.Now()
	for _, leader := range slices.Sorted(maps.Keys(byLeader)) {
		gots, err := c.fetch(ctx, byLeader[leader], time.Millisecond, func(r *record, value func()) {
			value()
			p.found[r.place] = append(p.found[r.place], r)
		})
		if err != nil {
			return err
		}
		for _, g := range gots {
			if g.err != nil {
				err = g.err
				continue
			}
			p.ahead[g.place], p.end[g.place] = g.next, max(g.end, g.next)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// take returns the record that comes next, or nil at the end.
func (p *page) take() *record {
	var first *record
	for _, at := range p.places {
		if list := p.found[at]; len(list) > 0 && (first == nil || list[0].time.Before(first.time)) {
			first = list[0]
		}
	}
	if first == nil {
		maps.Copy(p.cursor, p.ahead) // what is no record, marks of transactions, is passed too
		return nil
	}
	p.found[first.place] = p.found[first.place][1:]
	p.cursor[first.place] = first.offset + 1
	return first
}

// pages are those of who reads on, by the cursor that they were given last.
type pages struct {
	mu   sync.Mutex
	kept map[string]*page
	last []string
}

const mostPages = 8

// find returns the page behind a cursor, which is nobody else's from then on.
func (ps *pages) find(cursor string) *page {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.kept[cursor]
	if p != nil {
		delete(ps.kept, cursor)
		ps.last = slices.DeleteFunc(ps.last, func(c string) bool { return c == cursor })
		p.asked = time.Time{}
	}
	return p
}

func (ps *pages) keep(cursor string, p *page) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.kept == nil {
		ps.kept = map[string]*page{}
	}
	if ps.kept[cursor] == nil {
		ps.last = append(ps.last, cursor)
	}
	ps.kept[cursor] = p
	if len(ps.last) > mostPages {
		delete(ps.kept, ps.last[0])
		ps.last = ps.last[1:]
	}
}

// Newest returns the cursor of what is published from now on.
func (t *Transport) Newest(ctx context.Context) (string, error) {
	if err := t.enter(ctx); err != nil {
		return "", err
	}
	defer t.calls.Done()
	places, err := t.client.places(ctx, t.historyTopics())
	if err != nil {
		return "", fmt.Errorf("find the history's end: %w", err)
	}
	last, err := t.client.bounds(ctx, newest, places)
	if err != nil {
		return "", fmt.Errorf("find the history's end: %w", err)
	}
	return t.writeCursor(last), nil
}
