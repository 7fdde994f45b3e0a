package realtime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// readSoon has a topic read: by nobody else at the same time, and again if it
// was being read when this was asked for. h.mu is held.
func (h *Hub) readSoon(t *topic) {
	switch {
	case h.closed || t.queued:
		return
	case t.reading:
		t.again = true
		return
	}
	t.queued = true
	h.queue = append(h.queue, t)
	if h.readers < h.Readers {
		h.readers++
		h.reads.Go(h.reader)
	}
}

// reader reads what is queued, and leaves when nothing is.
func (h *Hub) reader() {
	h.mu.Lock()
	defer h.unlock()
	for len(h.queue) > 0 && !h.closed {
		t := h.queue[0]
		h.queue[0], h.queue = nil, h.queue[1:]
		t.queued, t.reading, t.again, t.early = false, true, false, nil
		h.mu.Unlock()
		values, err := h.readNow(t.Topic)
		h.mu.Lock()
		h.learn(t, values, err)
		if t.reading, t.early = false, nil; t.again {
			h.readSoon(t)
		}
		h.unlock()
		h.mu.Lock()
	}
	h.readers--
}

func (h *Hub) readNow(t Topic) ([]Value, error) {
	ctx, cancel := context.WithTimeout(h.base, h.Patience)
	defer cancel()
	var values []Value
	var err error
	if t.Group() {
		values, err = h.from.Members(ctx, t)
	} else {
		values = make([]Value, 1)
		values[0], err = h.from.Read(ctx, t)
		values[0].Topic = t
	}
	switch {
	case h.base.Err() != nil:
	case err == nil || errors.Is(err, ErrUnknown):
		h.sight.saw(time.Now())
	default:
		h.sight.blind()
		h.Log.Warn("a topic cannot be read", "topic", t.shown(), "err", err)
	}
	return values, err
}

// learn takes in what a read found.
func (h *Hub) learn(t *topic, values []Value, err error) {
	now := time.Now()
	switch {
	case h.closed || h.topics[t.name] != t:
		return
	case errors.Is(err, ErrUnknown):
		if t.read = now; t.current == nil {
			h.refuse(t)
		}
		return
	case err != nil:
		t.failed = now
		return
	}
	t.read, t.failed, t.suspect = now, time.Time{}, time.Time{}
	if t.Group() {
		h.regroup(t, values)
		return
	}
	h.settle(t, values[0])
	if early := t.early; early != nil {
		h.apply(t, *early)
	}
}

// settle takes in a value that was read. The records are right: where theirs
// is newer than what the feed told, the feed was at fault, or is late.
func (h *Hub) settle(t *topic, v Value) {
	known := t.current
	switch {
	case v.Epoch == "":
		if t.same(v) {
			return
		}
		if v.Epoch, v.Version = h.self, 1; known != nil {
			v.Version = known.value.Version + 1
		}
	case known == nil, v.Epoch != known.value.Epoch:
	case v.Version <= known.value.Version:
		return
	default:
		h.stats.missed.Add(1)
	}
	h.put(t, v)
	for _, s := range t.subs {
		if cmd := s.asked; cmd != nil {
			s.asked = nil
			s.client.mu.Lock()
			h.confirm(s, *cmd)
			s.client.mu.Unlock()
		}
	}
}

// refuse tells those who wait for a topic that there is none, and forgets it.
func (h *Hub) refuse(t *topic) {
	for _, s := range slices.Clone(t.subs) {
		c := s.client
		c.mu.Lock()
		if s.named {
			s.named = false
			c.named--
		}
		s.groups = 0
		c.release(s)
		c.replies = append(c.replies, errorMessage(CodeUnknownTopic, t.name))
		h.wakeLater(c)
		c.mu.Unlock()
	}
	h.drop(t)
}

// wakeLater has a client woken by unlock. h.mu and the client's are held.
func (h *Hub) wakeLater(c *Client) {
	if c.wake() {
		h.woken = append(h.woken, c)
	}
}

// unlock lets go of h.mu and then wakes those who must be. Their list is used
// again, so that telling many allocates nothing.
func (h *Hub) unlock() {
	woken := h.woken
	h.woken = nil
	if len(woken) > 0 {
		h.woken = *lists.Get().(*[]*Client)
	}
	h.mu.Unlock()
	if len(woken) == 0 {
		return
	}
	for _, c := range woken {
		c.outlet.Wake()
	}
	clear(woken)
	woken = woken[:0]
	lists.Put(&woken)
}

var lists = sync.Pool{New: func() any { return new([]*Client) }}

func keys(m map[*topic]bool) []*topic { return slices.Collect(maps.Keys(m)) }
