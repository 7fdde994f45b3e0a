package realtime_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tourbillon/realtime"
)

// person is one client of the conformance run, which comes back whenever it is
// hung up on, and says then what it has.
type person struct {
	run    *run
	chance *rand.Rand
	kind   string // of kinds
	number int
	calm   atomic.Bool // neither slow nor leaving any more

	mu   sync.Mutex
	have map[string]uint64
	last string // SSE's last id
}

// connection is what a person has for a while. next is the next value.
type connection struct {
	next  func() (heard, error)
	close func()
}

// kinds are the ways in.
var kinds = []string{"plain", "group", "socket.io", "sse"}

func (p *person) open(addr string) (connection, error) {
	switch p.kind {
	case "socket.io":
		return socketIO(p, addr)
	case "sse":
		return events(p, addr)
	}
	return plain(p, addr)
}

// watches are the topics that the person names, or that are in its group.
func (p *person) watches() (all []realtime.Topic) {
	if p.kind == "group" {
		for i := range conformed {
			all = append(all, departure(i))
		}
		return all
	}
	return []realtime.Topic{departure(p.number % conformed), departure((p.number + 7) % conformed)}
}

func (p *person) has(topic string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.have[topic]
}

// live connects, listens, and comes back, until the run is over.
func (p *person) live() {
	for !p.run.over.Load() {
		c, err := p.open(p.run.addrs[p.chance.IntN(2)])
		if err == nil {
			p.run.comes.Add(1)
			p.listen(c)
			c.close()
		}
		time.Sleep(time.Duration(p.chance.IntN(200)) * time.Millisecond)
	}
}

func (p *person) listen(c connection) {
	for {
		v, err := c.next()
		if err != nil {
			return
		}
		p.take(v)
		if p.calm.Load() {
			continue
		}
		switch n := p.chance.IntN(100); {
		case n < 3: // it does not read for a while
			time.Sleep(time.Duration(p.chance.IntN(500)) * time.Millisecond)
		case n < 4:
			return
		}
	}
}

func (p *person) take(v heard) {
	if v.Type != realtime.TypeValue {
		return
	}
	p.run.values.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if had := p.have[v.Topic]; v.Version < had {
		p.run.Errorf("a client (%s) is told %s@%d after %d", p.kind, v.Topic, v.Version, had)
	}
	p.have[v.Topic] = max(p.have[v.Topic], v.Version)
}

// asks are the commands by which the person watches, and says what it has.
func (p *person) asks() (all []realtime.Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kind == "group" {
		c := realtime.Command{Type: realtime.TypeSubscribe, Topic: tours.String(), Seen: map[string]uint64{}}
		for topic, version := range p.have {
			c.Seen[topic] = version
		}
		return []realtime.Command{c}
	}
	for _, topic := range p.watches() {
		c := realtime.Command{Type: realtime.TypeSubscribe, Topic: topic.String()}
		if version, ok := p.have[c.Topic]; ok {
			c.Version = &version
		}
		all = append(all, c)
	}
	return all
}

func dial(addr, path string) (*websocket.Conn, error) {
	c, _, err := (&websocket.Dialer{ReadBufferSize: 512, WriteBufferSize: 512}).Dial("ws://"+addr+path, nil)
	return c, err
}

func plain(p *person, addr string) (connection, error) {
	c, err := dial(addr, "/ws")
	if err != nil {
		return connection{}, err
	}
	for _, ask := range p.asks() {
		if err := c.WriteJSON(ask); err != nil {
			_ = c.Close()
			return connection{}, err
		}
	}
	return connection{func() (v heard, err error) { return v, c.ReadJSON(&v) }, func() { _ = c.Close() }}, nil
}

func socketIO(p *person, addr string) (connection, error) {
	c, err := dial(addr, "/socket.io/?EIO=4&transport=websocket")
	if err != nil {
		return connection{}, err
	}
	say := func(text string) {
		if err == nil {
			err = c.WriteMessage(websocket.TextMessage, []byte(text))
		}
	}
	say("40")
	for _, ask := range p.asks() {
		raw, _ := json.Marshal(ask) // it has nothing that JSON has not
		say(`42["subscribe",` + string(raw) + `]`)
	}
	if err != nil {
		_ = c.Close()
		return connection{}, err
	}
	next := func() (v heard, err error) {
		for {
			_, raw, err := c.ReadMessage()
			if err != nil {
				return v, err
			}
			if text, ok := bytes.CutPrefix(raw, []byte(`42["value",`)); ok {
				return v, json.Unmarshal(text[:len(text)-1], &v)
			}
		}
	}
	return connection{next, func() { _ = c.Close() }}, nil
}

func events(p *person, addr string) (connection, error) {
	ctx, cancel := context.WithCancel(context.Background())
	topics := p.watches()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/sse?topic=%s&topic=%s", addr, topics[0], topics[1]), nil)
	if err != nil {
		cancel()
		return connection{}, err
	}
	r.Header.Set("Last-Event-ID", p.last)
	resp, err := http.DefaultClient.Do(r)
	if err == nil && resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		err = errors.New(resp.Status)
	}
	if err != nil {
		cancel()
		return connection{}, err
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() (v heard, err error) {
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				p.last = id
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return v, json.Unmarshal([]byte(data), &v)
			}
		}
		return v, errors.Join(lines.Err(), http.ErrBodyReadAfterClose)
	}
	return connection{next, func() { cancel(); _ = resp.Body.Close() }}, nil
}
