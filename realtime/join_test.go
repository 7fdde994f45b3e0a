package realtime

import (
	"runtime"
	"testing"
	"time"
)

// mute is an outlet that does nothing.
type mute struct{}

func (mute) Wake()         {}
func (mute) Close(Closing) {}

// TestJoin_WhileValuesBecomeOld has somebody join in the moment in which all who
// are there are told that values may be old: they are told, too.
func TestJoin_WhileValuesBecomeOld(t *testing.T) {
	h := New(nil, nil, nil, Options{})
	joined := make(chan *Client, 1)
	h.sight.mu.Lock()
	go func() {
		c, _ := h.Join(mute{}, Info{})
		joined <- c
	}()
	for end := time.Now().Add(20 * time.Second); h.mu.TryLock(); runtime.Gosched() {
		h.mu.Unlock()
		if time.Now().After(end) {
			t.Error("who is told might be decided before it is known who is there")
			break
		}
	}
	h.sight.mu.Unlock()
	c := <-joined
	h.announce(errFeed)
	if all, _ := c.Take(make([]*Message, 0, 4)); len(all) != 1 {
		t.Errorf("told %d messages; want one", len(all))
	}
}
