package audience

import (
	"bufio"
	"fmt"
	"net"
	"time"
)

// The buffers hold the largest message that a watcher is told, and several of
// the usual ones: of one departure, and of a group with its members.
const (
	buffer      = 1 << 10
	groupBuffer = 1 << 16
)

// watcher is one connection. Its reader alone reads and writes.
type watcher struct {
	crowd *Crowd
	conn  net.Conn
	in    *bufio.Reader
	topic string
	first int    // number of the first departure that it watches
	has   []held // of each that it watches; guarded by the crowd's mu
}

// held is what a watcher has of a departure.
type held struct {
	told    bool
	version uint64
	at      time.Time
}

func newWatcher(c *Crowd, conn net.Conn, n int) *watcher {
	w := &watcher{crowd: c, conn: conn, topic: all}
	if c.All {
		w.in, w.has = bufio.NewReaderSize(conn, groupBuffer), make([]held, c.Departures)
		return w
	}
	w.first = n % c.Departures
	w.in, w.has, w.topic = bufio.NewReaderSize(conn, buffer), make([]held, 1), topic(w.first)
	return w
}

// of is what the watcher has of a departure, or nil of one that it does not
// watch.
func (w *watcher) of(departure int) *held {
	if n := departure - w.first; n >= 0 && n < len(w.has) {
		return &w.has[n]
	}
	return nil
}

// behind reports whether a departure's version is newer than what it has.
func (w *watcher) behind(versions []uint64) bool {
	for n, h := range w.has {
		if !h.told || h.version < versions[w.first+n] {
			return true
		}
	}
	return false
}

// begin shakes hands and subscribes.
func (w *watcher) begin() error {
	if err := w.conn.SetDeadline(time.Now().Add(arrives)); err != nil {
		return err
	}
	if err := Handshake(w.conn, w.in, w.crowd.Way.path()); err != nil {
		return err
	}
	for _, s := range w.crowd.Way.subscribes(w.topic) {
		if _, err := w.conn.Write(Masked(text, []byte(s))); err != nil {
			return err
		}
	}
	return w.conn.SetDeadline(time.Time{})
}

// read hears everything until the connection ends.
func (w *watcher) read() {
	for {
		opcode, payload, err := next(w.in)
		if err == nil {
			err = w.frame(opcode, payload)
		}
		if err != nil {
			_ = w.conn.Close() // it is over, whatever that says
			w.crowd.ended(err)
			return
		}
	}
}

// frame takes one in. An error ends the connection.
func (w *watcher) frame(opcode byte, payload []byte) error {
	switch opcode {
	case text:
	case ping:
		_, err := w.conn.Write(Masked(pong, payload))
		return err
	default: // a close among them
		return fmt.Errorf("%w: %d %.100q", errFrame, opcode, payload)
	}
	way := w.crowd.Way
	if answer, ok := way.asks(payload); ok {
		_, err := w.conn.Write(Masked(text, answer))
		return err
	}
	raw, err := way.value(payload)
	if err != nil || raw == nil {
		return err
	}
	w.crowd.hear(w, raw, time.Now())
	return nil
}

// ended counts a connection that nobody wanted to end.
func (c *Crowd) ended(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.leaves {
		c.tally.Ended++
		c.complain(why)
	}
}

func (c *Crowd) complain(why error) {
	if c.tally.First == "" {
		c.tally.First = why.Error()
	}
	c.move()
}

// move has those look again who wait for the crowd.
func (c *Crowd) move() {
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
}

// hear takes a value in.
func (c *Crowd) hear(w *watcher, raw []byte, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, err := c.understand(raw)
	var has *held
	if err == nil {
		has = w.of(v.departure)
	}
	switch {
	case err != nil:
	case has == nil:
		err = fmt.Errorf("%s is told to who watches %s", v.Topic, w.topic)
	case has.told && v.Version <= has.version:
		err = fmt.Errorf("version %d of %s comes after %d", v.Version, v.Topic, has.version)
	}
	if err != nil {
		c.tally.Wrong++
		c.complain(err)
		return
	}
	if has.told {
		c.tally.Deliveries++
		c.tally.late(v.Time, has.at, now)
	}
	*has = held{true, v.Version, v.Time}
	c.move()
}
