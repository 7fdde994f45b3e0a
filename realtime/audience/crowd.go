package audience

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Options are who comes, and where to.
type Options struct {
	Addr       string
	Way        Way
	Number     int  // of watchers
	First      int  // number of the first of them, among all crowds
	Departures int  // watcher n watches departure n modulo this
	All        bool // or each watches all of them, as one group
}

const (
	perAddress = 500 // connections from one address: fewer than a relay takes, and than there are ports
	dialers    = 16  // who connect at once
	arrives    = 30 * time.Second
)

// Tally is what a crowd heard since it was last asked.
type Tally struct {
	Deliveries uint64 `json:"deliveries"` // values that were true, and newer than the one before
	Late       Spread `json:"late"`       // from a fact's time to its being read
	Held       Spread `json:"held"`       // how old the value before was when it came
	Wrong      uint64 `json:"wrong"`      // values that were not
	Ended      uint64 `json:"ended"`      // connections that ended unasked
	First      string `json:"first,omitempty"`
}

// late counts how old a value is, and how old the one before it is by now. One
// that was read, and not told of by a fact, has no time.
func (t *Tally) late(at, before, now time.Time) {
	if at.IsZero() {
		return
	}
	t.Late.Add(now.Sub(at))
	if !before.IsZero() {
		t.Held.Add(now.Sub(before))
	}
}

// Join adds another's.
func (t *Tally) Join(other Tally) {
	t.Deliveries += other.Deliveries
	t.Wrong += other.Wrong
	t.Ended += other.Ended
	t.Late.Join(other.Late)
	t.Held.Join(other.Held)
	if t.First == "" {
		t.First = other.First
	}
}

// Err is what went wrong, or nil.
func (t *Tally) Err() error {
	if t.Wrong == 0 && t.Ended == 0 {
		return nil
	}
	return fmt.Errorf("%d values were wrong and %d connections ended: first %s", t.Wrong, t.Ended, t.First)
}

// Crowd is watchers who are connected. Make it with [Gather]. Safe for
// concurrent use.
type Crowd struct {
	Options
	all     []*watcher
	readers sync.WaitGroup

	mu     sync.Mutex
	tally  Tally
	known  map[string]said // by the message
	number map[string]int  // of departures, by topic
	leaves bool
	moved  chan struct{} // closed and made anew when a watcher has heard, if somebody waits
}

// mostKnown bounds the messages that are remembered.
const mostKnown = 4096

// Gather has a crowd come, and returns when each of it has its first value.
func Gather(ctx context.Context, o Options) (*Crowd, error) {
	c := &Crowd{Options: o, all: make([]*watcher, o.Number), known: make(map[string]said), number: make(map[string]int)}
	for n := range o.Departures {
		c.number[topic(n)] = n
	}
	ctx, cancel := context.WithTimeout(ctx, arrives)
	defer cancel()
	errs := make([]error, dialers)
	var coming sync.WaitGroup
	for d := range dialers {
		coming.Go(func() {
			for n := d; n < o.Number && errs[d] == nil; n += dialers {
				c.all[n], errs[d] = c.enter(ctx, o.First+n)
			}
		})
	}
	coming.Wait()
	err := errors.Join(errs...)
	if err == nil {
		err = c.Settle(ctx, make([]uint64, o.Departures))
	}
	if first := c.Take(); err == nil {
		err = first.Err()
	}
	if err != nil {
		c.Leave()
		return nil, fmt.Errorf("have %d come by %s: %w", o.Number, o.Way, err)
	}
	return c, nil
}

// enter connects a watcher, from one of several addresses: the ports of one are
// not enough, nor is one let in as often.
func (c *Crowd) enter(ctx context.Context, n int) (*watcher, error) {
	from := n / perAddress
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(from/250), byte(from%250+1))}}
	conn, err := d.DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	w := newWatcher(c, conn, n)
	if err := w.begin(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c.readers.Go(w.read)
	return w, nil
}

// Settle waits until every watcher has its departure at the version that is
// given, or a newer one.
func (c *Crowd) Settle(ctx context.Context, versions []uint64) error {
	for {
		c.mu.Lock()
		moved := make(chan struct{})
		c.moved = moved
		behind, ended := 0, c.tally.Err()
		for _, w := range c.all {
			if w != nil && w.behind(versions) {
				behind++
			}
		}
		c.mu.Unlock()
		if behind == 0 || ended != nil {
			return ended
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d have not heard the newest: %w", behind, len(c.all), ctx.Err())
		}
		select { // it looks at all of them: not for every one that moved
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// Take is what was heard since Take was last called.
func (c *Crowd) Take() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tally
	c.tally = Tally{}
	return t
}

// Leave hangs up, and returns when all have.
func (c *Crowd) Leave() {
	c.mu.Lock()
	c.leaves = true
	c.mu.Unlock()
	for _, w := range c.all {
		if w != nil {
			_ = w.conn.Close() // its reader notices
		}
	}
	c.readers.Wait()
}

// understand reads a value; c.mu is held. All are told the same bytes: each is
// read once.
func (c *Crowd) understand(raw []byte) (said, error) {
	if v, ok := c.known[string(raw)]; ok {
		return v, nil
	}
	var v said
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, err
	}
	if err := v.check(); err != nil {
		return v, err
	}
	n, ok := c.number[v.Topic]
	if !ok {
		return v, fmt.Errorf("%s is told, which nobody watches", v.Topic)
	}
	v.departure = n
	if len(c.known) >= mostKnown {
		clear(c.known)
	}
	c.known[string(raw)] = v
	return v, nil
}
