package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// tick is how often the hub looks after its topics; grace is how long late
// news may take to explain a gap.
const (
	tick  = time.Second
	grace = time.Second
)

// sight is what is known of whether the hub sees: its feed, and the records.
type sight struct {
	mu     sync.Mutex
	feed   time.Time // last heard of
	alive  bool      // heard of since it was run
	seen   time.Time // last read
	broken bool      // the last read failed
	stale  bool
}

func (s *sight) begin(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed, s.seen = now, now
}

func (s *sight) heard(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed, s.alive = now, true
}

// deaf notes that the feed must be run anew: what it tells next may have a gap
// before it.
func (s *sight) deaf() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alive = false
}

func (s *sight) saw(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.broken = now, false
}

func (s *sight) blind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
}

func (s *sight) isBroken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// The reasons not to be ready.
var (
	errFeed    = errors.New("the feed is silent")
	errRecords = errors.New("the records cannot be read")
)

func (s *sight) wrong(now time.Time, silence time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.alive || now.Sub(s.feed) > silence:
		return errFeed
	case s.broken:
		return errRecords
	}
	return nil
}

// Ready reports why new connections are better sent elsewhere, if so: the feed
// is silent, the records cannot be read, or the relay is being stopped.
func (h *Hub) Ready() error {
	h.mu.Lock()
	closed := h.closed || h.draining
	h.mu.Unlock()
	if closed {
		return ErrClosed
	}
	return h.sight.wrong(time.Now(), h.Silence)
}

// Stale reports whether clients were told that values may be old.
func (h *Hub) Stale() bool {
	h.sight.mu.Lock()
	defer h.sight.mu.Unlock()
	return h.sight.stale
}

// hear runs the feed until ctx ends. Whenever it is run anew, what it told
// nobody in between is read.
func (h *Hub) hear(ctx context.Context) {
	for pause := tick; ctx.Err() == nil; pause = min(2*pause, 30*tick) {
		began := time.Now()
		var first sync.Once
		err := h.run(ctx, func(c Change) {
			first.Do(h.doubtAll)
			h.Apply(c)
		})
		if ctx.Err() != nil {
			return
		}
		h.sight.deaf()
		h.Log.Warn("the feed ended, and is run anew", "err", err)
		if time.Since(began) > 30*tick {
			pause = tick
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (h *Hub) run(ctx context.Context, deliver func(Change)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the feed panicked: %v", p)
		}
	}()
	return h.feed.Run(ctx, deliver)
}

// doubtAll has every topic read again.
func (h *Hub) doubtAll() {
	h.mu.Lock()
	defer h.unlock()
	for _, t := range h.topics {
		h.readSoon(t)
	}
}

// look looks after the topics until ctx ends.
func (h *Hub) look(ctx context.Context) {
	every := time.NewTicker(tick)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		now := time.Now()
		h.ping(ctx, now)
		wrong := h.sight.wrong(now, h.Silence)
		h.announce(wrong)
		h.sweep(now, wrong)
	}
}

// ping asks the records for a sign of life where nothing else did.
func (h *Hub) ping(ctx context.Context, now time.Time) {
	h.sight.mu.Lock()
	due := h.sight.broken || now.Sub(h.sight.seen) > h.Sweep
	h.sight.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, h.Patience)
	defer cancel()
	if err := h.from.Ping(ctx); err != nil {
		h.sight.blind()
		return
	}
	h.sight.saw(now)
}

// announce tells all clients when values begin to be old, and when they no
// longer are.
func (h *Hub) announce(wrong error) {
	is := wrong != nil
	h.sight.mu.Lock()
	changed := is != h.sight.stale
	h.sight.stale = is
	h.sight.mu.Unlock()
	if !changed {
		return
	}
	if is {
		h.Log.Warn("values may be old", "err", wrong)
	} else {
		h.Log.Info("values are new again")
	}
	m := staleMessage(is)
	h.mu.Lock()
	defer h.unlock()
	for c := range h.clients {
		c.mu.Lock()
		c.notice = m
		h.wakeLater(c)
		c.mu.Unlock()
	}
}

// sweep has those topics read that may be wrong, and forgets those that nobody
// watches. With a silent feed every value may be; with records that cannot be
// read there is nothing to be done.
func (h *Hub) sweep(now time.Time, wrong error) {
	silent, broken := errors.Is(wrong, errFeed), h.sight.isBroken()
	h.mu.Lock()
	defer h.unlock()
	for _, t := range h.topics {
		if !t.idle.IsZero() && t.groups == 0 && now.Sub(t.idle) > h.Linger && !t.reading && !t.queued {
			h.drop(t)
			continue
		}
		if !broken && !t.reading && h.overdue(t, now, silent) {
			h.readSoon(t)
		}
	}
}

func (h *Hub) overdue(t *topic, now time.Time, silent bool) bool {
	after := h.Sweep
	switch {
	case !t.failed.IsZero():
		return now.Sub(t.failed) >= tick
	case !t.suspect.IsZero() && t.Group():
		return now.Sub(t.read) >= h.Poll
	case !t.suspect.IsZero():
		return now.Sub(t.suspect) >= grace
	case t.groups > 0 && len(t.subs) == 0:
		return false // its group is read
	case silent, t.Operators():
		after = min(h.Sweep, h.Poll)
	}
	return now.Sub(t.read) >= after
}
