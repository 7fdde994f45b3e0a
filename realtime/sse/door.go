package sse

import (
	"cmp"
	"net/http"
	"time"

	"tourbillon/internal/web"
	"tourbillon/realtime"
	"tourbillon/realtime/gate"
	"tourbillon/realtime/pump"
)

// Options are a door's settings. The zero value of each is its default.
type Options struct {
	Beat  time.Duration // between two comments that keep proxies from hanging up; 25 s
	Write time.Duration // how long a write may take; 10 s
}

// Door is an http.Handler. Make it with [New].
type Door struct {
	Options
	hub   *realtime.Hub
	gate  *gate.Gate
	wheel *pump.Wheel
	codec *realtime.Codec
}

// New returns a door to hub. Close it when the hub was drained.
func New(hub *realtime.Hub, g *gate.Gate, o Options) *Door {
	o.Beat = cmp.Or(o.Beat, 25*time.Second)
	o.Write = cmp.Or(o.Write, 10*time.Second)
	return &Door{Options: o, hub: hub, gate: g, wheel: pump.NewWheel(o.Beat), codec: hub.Codec(func(m *realtime.Message) any { return frame(name(m.Type), m.JSON) })}
}

// name is an event's name. A browser's own event error says that the connection
// broke, so ours has another.
func name(kind string) string {
	if kind == realtime.TypeError {
		return "refused"
	}
	return kind
}

// frame is an event without its id.
func frame(name string, data []byte) []byte {
	b := make([]byte, 0, len(name)+len(data)+16)
	b = append(append(append(b, "event: "...), name...), "\ndata: "...)
	return append(append(b, data...), "\n\n"...) // JSON of ours has no line breaks
}

// Close stops the door.
func (d *Door) Close() { d.wheel.Close() }

// ServeHTTP serves one stream, until either side ends it.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		web.NotAllowed(w, http.MethodGet, "Here is: GET.")
		return
	}
	pass := d.gate.Enter(w, r)
	if pass == nil {
		return
	}
	defer pass.Leave()
	gate.Share(w, r)
	topics := r.URL.Query()["topic"]
	if no := d.refusal(pass.Token, topics); no != nil {
		no.Write(w)
		return
	}
	s := &stream{door: d, out: http.NewResponseController(w), w: w, topics: topics, seen: parseID(r.Header.Get("Last-Event-ID"), len(topics)), wake: make(chan struct{}, 1)}
	client, err := d.hub.Join(s, realtime.Info{Transport: "sse", Address: pass.Address, Token: pass.Token})
	if err != nil {
		web.Problem{Kind: "closing", Title: "The relay is being stopped", Status: http.StatusServiceUnavailable, Detail: "Connect again in a moment.", After: time.Second}.Write(w)
		return
	}
	s.client = client
	defer client.Leave()
	slot := d.wheel.Add(s)
	defer d.wheel.Remove(s, slot)
	s.run(r.Context())
}

func (d *Door) refusal(token string, topics []string) *web.Problem {
	switch {
	case !d.hub.Known(token):
		return &web.Problem{Kind: "token", Title: "Token is not known", Status: http.StatusUnauthorized, Detail: "Send the token that you were given, or none."}
	case len(topics) == 0, len(topics) > d.hub.Subscriptions:
		return &web.Problem{Kind: "parameter", Title: "Parameter cannot be taken", Status: http.StatusBadRequest, Detail: "topic: name at least one topic, and not too many, each by a parameter of its own"}
	}
	return nil
}
