package realtime

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// Apply takes news in: what is not newer than what is known is dropped, so it
// may come late, twice, or in any order. News of topics that nobody watches is
// dropped too. It is what a feed's deliver does.
func (h *Hub) Apply(c Change) {
	h.sight.heard(time.Now())
	if c.Topic.Kind == "" {
		return
	}
	h.stats.in.Add(1)
	h.mu.Lock()
	defer h.unlock()
	if h.closed {
		return
	}
	for _, g := range c.Groups {
		h.discover(g, c.Topic)
	}
	if t := h.topics[c.Topic.String()]; t != nil {
		h.apply(t, c)
	}
}

func (h *Hub) apply(t *topic, c Change) {
	switch {
	case c.Data == nil && time.Since(t.read) < h.Every:
		t.doubt() // it was read a moment ago, and will be again
		return
	case c.Data == nil || c.Epoch != "" && t.current != nil && c.Epoch != t.current.value.Epoch:
		h.readSoon(t) // only a read can tell which history is the true one
		return
	case t.reading && (t.early == nil || c.Version > t.early.Version):
		t.early = &c
	}
	if t.current == nil {
		return // a topic's first value is always a read one
	}
	c.Epoch = t.current.value.Epoch
	known := t.current.value.Version
	if c.Version <= known {
		h.stats.dropped.Add(1)
		return
	}
	if c.Version > known+1 {
		h.stats.gaps.Add(1)
		t.doubt()
	}
	h.put(t, c.Value)
}

// discover has a group read that is watched and does not have a member: who is
// one is for the records to say. Some are none, however often they change, so it
// is not read for them all the time.
func (h *Hub) discover(group, member Topic) {
	g := h.topics[group.String()]
	switch {
	case g == nil, g.current == nil, g.members[h.topics[member.String()]]:
	case time.Since(g.read) < h.Poll:
		g.doubt()
	default:
		h.readSoon(g)
	}
}

// put makes v the topic's value, and has it sent: now, or as soon as the topic
// may be sent again.
func (h *Hub) put(t *topic, v Value) {
	m, err := valueMessage(v)
	if err != nil {
		h.Log.Error("a value cannot be told", "topic", t.shown(), "err", err)
		return
	}
	h.show(t, m)
}

func (h *Hub) show(t *topic, m *Message) {
	first := t.current == nil
	t.current = m
	now := time.Now()
	switch {
	case t.due:
		h.stats.conflated.Add(uint64(len(t.subs)))
		return
	case first || !now.Before(t.next):
		h.fan(t, now)
		return
	case t.timer == nil:
		t.timer = time.AfterFunc(t.next.Sub(now), func() { h.fanLate(t) })
	default:
		t.timer.Reset(t.next.Sub(now))
	}
	t.due = true
}

func (h *Hub) fanLate(t *topic) {
	h.mu.Lock()
	defer h.unlock()
	t.due = false
	if !h.closed && h.topics[t.name] == t {
		h.fan(t, time.Now())
	}
}

// fan offers a topic's value to all who watch it.
func (h *Hub) fan(t *topic, now time.Time) {
	t.next = now.Add(h.Every)
	for _, s := range t.subs {
		s.client.mu.Lock()
		h.offer(s, t.current, true)
		s.client.mu.Unlock()
	}
}

// offer has a message wait for who watches, in place of what waited before.
// h.mu and the client's are held.
func (h *Hub) offer(s *sub, m *Message, live bool) {
	switch newest := last(s); {
	case newest == m, newest != nil && m.Type == TypeValue && !m.value.follows(&newest.value):
		return
	}
	c := s.client
	switch {
	case s.wait != nil:
		h.stats.conflated.Add(1)
	case c.last == nil:
		c.first, c.last = s, s
	default:
		c.last.next, c.last = s, s
	}
	s.wait, s.live = m, live
	h.wakeLater(c)
}

func last(s *sub) *Message {
	if s.wait != nil {
		return s.wait
	}
	return s.sent
}

// same reports whether a value that nobody counts says what is known already.
func (t *topic) same(v Value) bool {
	return t.current != nil && bytes.Equal(t.current.value.Data, v.Data)
}

// doubt has the topic read again before long: late news often explains it.
func (t *topic) doubt() {
	if t.suspect.IsZero() {
		t.suspect = time.Now()
	}
}

// regroup makes these the members of a group, and has those who watch it told
// of each.
func (h *Hub) regroup(g *topic, values []Value) {
	is := make(map[*topic]bool, len(values))
	var fresh []*topic
	for _, v := range values {
		m := h.member(v)
		if is[m] = true; !g.members[m] {
			fresh = append(fresh, m)
			m.groups++
		}
	}
	gone := slices.DeleteFunc(keys(g.members), func(m *topic) bool { return is[m] })
	changed := g.current == nil || len(fresh)+len(gone) > 0
	g.members = is
	for _, m := range gone {
		m.groups--
	}
	if changed {
		names := make([]string, 0, len(is))
		for m := range is {
			names = append(names, m.name)
		}
		slices.SortFunc(names, strings.Compare)
		h.show(g, membersMessage(g.name, names))
	}
	for _, s := range g.subs {
		h.regroupFor(s, fresh, gone)
	}
	for _, v := range values {
		h.settle(h.topics[v.Topic.String()], v)
	}
}

// member is the topic of a group's member, which was read with its group.
func (h *Hub) member(v Value) *topic {
	t := h.topics[v.Topic.String()]
	if t == nil {
		t = &topic{Topic: v.Topic, name: v.Topic.String(), idle: time.Now()}
		h.topics[t.name] = t
	}
	t.read = time.Now()
	return t
}

// regroupFor has one who watches a group told of its new members.
func (h *Hub) regroupFor(s *sub, fresh, gone []*topic) {
	var cmd Command
	if s.asked != nil {
		cmd, s.asked = *s.asked, nil
	}
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	for _, m := range fresh {
		h.joinGroup(s.client, m, cmd, true)
	}
	for _, m := range gone {
		h.leaveGroup(s.client, m)
	}
}
