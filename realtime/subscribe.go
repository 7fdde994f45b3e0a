package realtime

import "time"

// Subscribe has the client told of a topic, from its value on; what it says it
// has seen is not sent again. A client that watches the topic already is sent
// the value if it is newer than what it says it has. Refusals are answered by
// a message of type error with the topic.
func (c *Client) Subscribe(cmd Command) {
	t, err := ParseTopic(cmd.Topic)
	if err != nil {
		c.Reply(errorMessage(CodeBadTopic, cmd.Topic))
		return
	}
	h := c.hub
	c.mu.Lock()
	token := c.info.Token
	c.mu.Unlock()
	if !h.auth.May(token, t) {
		c.Reply(errorMessage(CodeForbidden, cmd.Topic))
		return
	}
	h.mu.Lock()
	ok := h.subscribe(c, t, cmd)
	h.unlock()
	if !ok {
		c.Reply(errorMessage(CodeTooMany, cmd.Topic))
	}
}

// subscribe registers the client first and looks for a value then: no change
// falls between. It reports false for a client that watches as much as it may.
func (h *Hub) subscribe(c *Client, t Topic, cmd Command) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.closed || c.left {
		return true
	}
	var s *sub
	if known := h.topics[t.String()]; known != nil {
		s = known.of(c)
	}
	named := s != nil && s.named
	if !named && c.named >= h.Subscriptions {
		return false
	}
	if s == nil {
		s = h.attach(c, h.open(t))
	}
	if !named {
		s.named = true
		c.named++
	}
	if s.sent = nil; cmd.Version != nil && !t.Group() {
		h.resume(s, Value{Version: *cmd.Version, Epoch: cmd.Epoch})
	}
	if s.topic.current == nil {
		s.asked = &cmd
		return true
	}
	h.offer(s, s.topic.current, false)
	h.confirm(s, cmd)
	for m := range s.topic.members {
		h.joinGroup(c, m, cmd, !named)
	}
	return true
}

// resume notes what the client says it has seen. One that has seen more than
// the hub has been told of it is a reason to read.
func (h *Hub) resume(s *sub, seen Value) {
	h.stats.resumes.Add(1)
	s.sent = &Message{Type: TypeValue, value: seen}
	if now := s.topic.current; now != nil && seen.follows(&now.value) && (seen.Epoch == "" || seen.Epoch == now.value.Epoch) {
		s.topic.doubt()
	}
}

// confirm says that what the client has is the newest, if it asked for that.
func (h *Hub) confirm(s *sub, cmd Command) {
	if c := s.client; cmd.Confirm && s.wait == nil {
		c.replies = append(c.replies, currentMessage(s.topic.name))
		h.wakeLater(c)
	}
}

// joinGroup has the client told of a member of a group that it watches; first,
// if it did not watch the group before, or this was not its member.
func (h *Hub) joinGroup(c *Client, m *topic, cmd Command, first bool) {
	s := m.of(c)
	if s == nil {
		s = h.attach(c, m)
	}
	if first {
		s.groups++
	}
	if v, ok := cmd.Seen[m.name]; ok {
		h.resume(s, Value{Version: v, Epoch: cmd.Epoch})
	}
	if m.current != nil {
		h.offer(s, m.current, false)
	}
}

// attach has h.mu and c.mu held.
func (h *Hub) attach(c *Client, t *topic) *sub {
	s := &sub{topic: t, client: c, at: int32(len(t.subs))}
	t.subs = append(t.subs, s)
	t.idle = time.Time{}
	c.subs = append(c.subs, s)
	h.stats.subscriptions.Add(1)
	return s
}

// detach takes a subscription out of its topic. h.mu is held.
func (h *Hub) detach(s *sub) {
	t, end := s.topic, len(s.topic.subs)-1
	t.subs[s.at] = t.subs[end]
	t.subs[s.at].at = s.at
	t.subs[end] = nil
	t.subs = t.subs[:end]
	h.stats.subscriptions.Add(-1)
	h.maybeIdle(t)
}

func (h *Hub) maybeIdle(t *topic) {
	if len(t.subs) == 0 && t.idle.IsZero() {
		t.idle = time.Now()
	}
}

// of returns the client's subscription, or nil.
func (t *topic) of(c *Client) *sub {
	if len(t.subs) < len(c.subs) {
		for _, s := range t.subs {
			if s.client == c {
				return s
			}
		}
		return nil
	}
	for _, s := range c.subs {
		if s.topic == t {
			return s
		}
	}
	return nil
}

// Unsubscribe ends what [Client.Subscribe] began. A topic that the client does
// not watch is no error.
func (c *Client) Unsubscribe(name string) {
	h := c.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[name]
	if t == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := t.of(c)
	if s == nil || !s.named {
		return
	}
	s.named = false
	c.named--
	for m := range t.members {
		h.leaveGroup(c, m)
	}
	c.release(s)
}

// leaveGroup ends what joinGroup began.
func (h *Hub) leaveGroup(c *Client, m *topic) {
	if s := m.of(c); s != nil && s.groups > 0 {
		s.groups--
		c.release(s)
	}
}

// release lets go of a subscription that nothing needs any more.
func (c *Client) release(s *sub) {
	if s.named || s.groups > 0 {
		return
	}
	c.forget(s)
	c.hub.detach(s)
}

// forget takes a subscription out of the client. c.mu is held.
func (c *Client) forget(s *sub) {
	for i := range c.subs {
		if end := len(c.subs) - 1; c.subs[i] == s {
			c.subs[i], c.subs[end] = c.subs[end], nil
			c.subs = c.subs[:end]
			break
		}
	}
	if s.wait == nil {
		return
	}
	s.wait = nil
	var before *sub
	for x := c.first; x != nil; before, x = x, x.next {
		if x != s {
			continue
		}
		if before == nil {
			c.first = x.next
		} else {
			before.next = x.next
		}
		if c.last == x {
			c.last = before
		}
		return
	}
}
