package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tourbillon/internal/standin"
)

// caller posts the stand-ins' webhooks to a system, signed as their providers
// sign, and again until they are taken. What happens before it knows where waits.
type caller struct {
	waiting chan standin.Hook
	log     *slog.Logger

	mu    sync.Mutex
	hooks hooks
}

// hooks is where webhooks are posted, and how.
type hooks struct {
	To    string `json:"to"`    // a system; empty: they wait
	Twice bool   `json:"twice"` // each is posted again after it was taken
}

// What the caller keeps, how often it tries each, and what it waits between.
const (
	callsKept   = 10_000
	callsAtOnce = 16
	callTries   = 60
	callAgain   = time.Second
	callWaits   = 100 * time.Millisecond
	callAnswer  = 10 * time.Second
)

func newCaller(to string, log *slog.Logger) *caller {
	return &caller{hooks: hooks{To: to}, waiting: make(chan standin.Hook, callsKept), log: log}
}

// set is where webhooks go from now on.
func (c *caller) set(h hooks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks = h
}

func (c *caller) where() hooks {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hooks
}

// emit takes a webhook that is to be posted. Whoever is told nothing for long
// loses some, as with the real providers.
func (c *caller) emit(h standin.Hook) {
	select {
	case c.waiting <- h:
	default:
		c.log.Warn("a webhook is lost: too many wait to be taken")
	}
}

// run posts until ctx ends, several at once: who waits for one does not hold up
// the others, and no order is kept.
func (c *caller) run(ctx context.Context) error {
	var all errgroup.Group
	for range callsAtOnce {
		all.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case h := <-c.waiting:
					c.tell(ctx, h)
				}
			}
		})
	}
	return all.Wait()
}

func (c *caller) tell(ctx context.Context, h standin.Hook) {
	var err error
	for tries := 0; tries < callTries && ctx.Err() == nil; {
		to, wait := c.where(), callAgain
		switch {
		case to.To == "":
			wait = callWaits
		default:
			tries++
			if err = c.post(ctx, to.To, h); err == nil && to.Twice {
				err = c.post(ctx, to.To, h)
			}
			if err == nil {
				return
			}
		}
		_ = sleep(ctx, wait) // which the loop looks at
	}
	if ctx.Err() == nil {
		c.log.Warn("a webhook is given up", "path", h.Path, "err", err)
	}
}

func (c *caller) post(ctx context.Context, to string, h standin.Hook) error {
	ctx, cancel := context.WithTimeout(ctx, callAnswer)
	defer cancel()
	req, err := h.Request(ctx, to, now())
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, most))
	if resp.StatusCode/100 != 2 {
		err = fmt.Errorf("it was answered %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}
