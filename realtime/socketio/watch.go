package socketio

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"tourbillon/realtime"
	"tourbillon/realtime/packet"
)

// Watch is the relay's [App]: package realtime tells what it says. Make it with
// [NewWatch].
type Watch struct {
	hub   *realtime.Hub
	codec *realtime.Codec
}

// NewWatch returns what a namespace of that name says of the hub.
func NewWatch(hub *realtime.Hub, namespace string) *Watch {
	return &Watch{hub: hub, codec: hub.Codec(func(m *realtime.Message) any {
		return packet.Socket{Type: packet.Event, Namespace: namespace, Data: eventArgs(m.Type, m.JSON)}.Message()
	})}
}

// The errors of a client that may not connect: their words are sent.
var (
	errToken = errors.New(realtime.CodeBadToken)
	errMany  = errors.New("too many connections with this token")
)

// Admit implements [App].
func (w *Watch) Admit(c Carrier, auth json.RawMessage) error {
	token, err := bearer(c, auth)
	switch {
	case err != nil, !w.hub.Known(token):
		return errToken
	case !c.Bear(token):
		return errMany
	}
	return nil
}

func bearer(c Carrier, auth json.RawMessage) (string, error) {
	shown := struct{ Token string }{c.Info().Token}
	err := json.Unmarshal(auth, &shown)
	return shown.Token, err
}

// Connect implements [App].
func (w *Watch) Connect(s *Socket, auth json.RawMessage) Talk {
	info := s.Carrier().Info()
	info.Token, _ = bearer(s.Carrier(), auth) // Admit has read it
	t := &watcher{watch: w, socket: s}
	client, err := w.hub.Join(t, info)
	if err != nil {
		return nil
	}
	t.client = client
	return t
}

// watcher is a socket that watches. It is the hub's outlet.
type watcher struct {
	watch  *Watch
	socket *Socket
	client *realtime.Client

	mu      sync.Mutex
	acks    map[string][]uint64 // by topic: who waits for the first that is said of it
	closing *realtime.Closing   // to be said when all else was
}

// Wake implements [realtime.Outlet].
func (t *watcher) Wake() { t.socket.Poke() }

// Close implements [realtime.Outlet].
func (t *watcher) Close(why realtime.Closing) {
	t.mu.Lock()
	t.closing = &why
	t.mu.Unlock()
	t.socket.Poke()
}

// end says why the connection is closed, once.
func (t *watcher) end(into []*packet.Out) ([]*packet.Out, bool) {
	t.mu.Lock()
	why := t.closing
	t.closing = nil
	t.mu.Unlock()
	if why == nil {
		return into, false
	}
	t.socket.Carrier().Close(*why)
	return append(into, packet.Socket{Type: packet.Event, Namespace: t.socket.Namespace, Data: eventArgs("close", why.JSON())}.Message()), true
}

// Moved implements [Talk].
func (t *watcher) Moved(transport string) { t.client.Moved(transport) }

// Gone implements [Talk].
func (t *watcher) Gone() { t.client.Leave() }

// Event implements [Talk].
func (t *watcher) Event(e Event) {
	cmd, err := command(e)
	if err != nil {
		t.client.Refuse(realtime.CodeBadMessage, realtime.Closing{Code: realtime.CloseBadMessage, Reason: realtime.CodeBadMessage})
		return
	}
	switch e.Name {
	case realtime.TypeSubscribe:
		if e.WantsAck() {
			cmd.Confirm = true
			t.wait(cmd.Topic, *e.ack)
		}
		t.client.Subscribe(cmd)
	case realtime.TypeUnsubscribe:
		t.client.Unsubscribe(cmd.Topic)
		e.Ack(json.RawMessage("[]"))
	}
}

// command is an event's one argument: a topic's name, or a command's fields. Of
// events that are nothing to the relay it is not read.
func command(e Event) (cmd realtime.Command, err error) {
	if e.Name != realtime.TypeSubscribe && e.Name != realtime.TypeUnsubscribe {
		return cmd, nil
	}
	if len(e.Args) != 1 || len(e.Attachments) > 0 {
		return cmd, realtime.ErrMessage
	}
	raw := e.Args[0]
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		fields = map[string]json.RawMessage{"topic": raw}
	}
	if fields == nil {
		return cmd, realtime.ErrMessage // it is null
	}
	fields["type"] = json.RawMessage(`"` + e.Name + `"`)
	if raw, err = json.Marshal(fields); err != nil {
		return cmd, err
	}
	return realtime.ParseCommand(raw)
}

// mostAcks bounds the acks that wait for topics that are not read yet.
const mostAcks = 200

// wait has the first that is said of a topic answer an ack.
func (t *watcher) wait(topic string, ack uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.acks == nil {
		t.acks = make(map[string][]uint64)
	}
	if len(t.acks) < mostAcks && len(t.acks[topic]) < mostAcks {
		t.acks[topic] = append(t.acks[topic], ack)
	}
}

// waiting takes those who wait for a topic.
func (t *watcher) waiting(m *realtime.Message) (acks []uint64) {
	if m.Topic == "" && m.Type != realtime.TypeError { // which may be of no topic because none was named
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if acks = t.acks[m.Topic]; acks == nil {
		return nil
	}
	if delete(t.acks, m.Topic); len(t.acks) == 0 {
		t.acks = nil
	}
	return acks
}

var batches = sync.Pool{New: func() any { b := make([]*realtime.Message, 0, 64); return &b }}

// Take implements [Talk].
func (t *watcher) Take(into []*packet.Out) (out []*packet.Out, more bool) {
	room := cap(into) - len(into)
	if room == 0 {
		return into, true
	}
	batch := batches.Get().(*[]*realtime.Message)
	defer batches.Put(batch)
	messages, more := t.client.Take((*batch)[:0:min(room, cap(*batch))])
	for _, m := range messages {
		acks := t.waiting(m)
		switch {
		case acks == nil && m.Type != realtime.TypeCurrent:
			into = append(into, m.Frame(t.watch.codec).(*packet.Out))
		case len(into)+len(acks) > cap(into):
			into = slices.Grow(into, len(acks)) // rare: one asked twice before it was answered
			fallthrough
		default:
			for _, id := range acks {
				into = append(into, packet.Socket{Type: packet.Ack, Namespace: t.socket.Namespace, ID: &id, Data: ackArgs(m.JSON)}.Message())
			}
		}
	}
	clear(messages)
	if !more {
		return t.end(into)
	}
	return into, more
}
