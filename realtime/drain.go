package realtime

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"
)

// comeback is the longest that a client is asked to stay away after a drain.
const comeback = 2 * time.Second

// Drain takes nobody in any more and closes all connections, one after the
// other over the given time, each told to come back after a moment of its own.
// It returns when all have left, or ctx ends.
func (h *Hub) Drain(ctx context.Context, over time.Duration) error {
	h.mu.Lock()
	h.draining = true
	all := make([]*Client, 0, len(h.clients))
	for c := range h.clients {
		all = append(all, c)
	}
	h.mu.Unlock()
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	began := time.Now()
	for i, c := range all {
		at := began.Add(over * time.Duration(i) / time.Duration(len(all)))
		if err := sleep(ctx, time.Until(at)); err != nil {
			return err
		}
		c.Close(Restart())
	}
	for h.Connections() > 0 {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// Restart is the closing of a relay that is being stopped.
func Restart() Closing {
	after := 100*time.Millisecond + rand.N(comeback)
	return Closing{Code: CloseRestart, Reason: "reconnect in " + strconv.FormatInt(after.Milliseconds(), 10) + " ms", After: after}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Connections is how many there are.
func (h *Hub) Connections() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// JSON is what a closing says where there is no close frame for it: the
// data of SSE's and Socket.IO's event close.
func (c Closing) JSON() []byte {
	raw, err := json.Marshal(struct {
		Type   string `json:"type"`
		Code   int    `json:"code"`
		Reason string `json:"reason"`
		After  int64  `json:"reconnectAfterMs,omitempty"`
	}{"close", c.Code, c.Reason, c.After.Milliseconds()})
	if err != nil {
		panic(err) // a number and words of ours
	}
	return raw
}
