package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// hand is a process of this program that a benchmark has work for it. It ends
// when its input does, which is when this process ends, however that is.
type hand struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
}

// answer is a line that a hand says: one when it is ready, and one to each
// question.
type answer struct {
	Error  string          `json:"error,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// hire starts a hand on one core, where that can be, and takes what it says when
// it is ready into ready.
func hire(ctx context.Context, name string, core int, ready any, args ...string) (*hand, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &hand{name: name, cmd: exec.CommandContext(ctx, self, args...)}
	h.cmd.Args[0] = os.Args[0]
	h.cmd.Env = append(h.cmd.Environ(), "GOMAXPROCS=1", "FUNCTION_TARGET=")
	h.cmd.Stderr = os.Stderr
	h.cmd.WaitDelay = 10 * time.Second
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	h.cmd.Cancel = h.in.Close
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pinned(core, h.cmd.Start); err != nil {
		return nil, fmt.Errorf("start the %s: %w", name, err)
	}
	h.out = json.NewDecoder(out)
	if err := h.hear(ready); err != nil {
		return nil, errors.Join(err, h.dismiss())
	}
	return h, nil
}

// ask puts a question and waits for its answer.
func (h *hand) ask(question, into any) error {
	if err := json.NewEncoder(h.in).Encode(question); err != nil {
		return fmt.Errorf("ask the %s: %w", h.name, err)
	}
	return h.hear(into)
}

func (h *hand) hear(into any) error {
	var a answer
	err := h.out.Decode(&a)
	switch {
	case err != nil:
		return fmt.Errorf("the %s says nothing more: %w", h.name, err)
	case a.Error != "":
		return fmt.Errorf("the %s: %s", h.name, a.Error)
	}
	return json.Unmarshal(a.Result, into)
}

// dismiss has the hand end, and waits until it has.
func (h *hand) dismiss() error {
	_ = h.in.Close() // it ends by that, or has ended
	if err := h.cmd.Wait(); err != nil {
		return fmt.Errorf("the %s ended: %w", h.name, err)
	}
	return nil
}

// serve is a hand's side: it says that it is ready, and answers questions until
// its input ends. Signals, which may reach all processes at once, are for its
// parent to act on.
func serve[Q any](ctx context.Context, in io.Reader, out io.Writer, ready any, do func(context.Context, Q) (any, error)) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	questions := make(chan Q)
	go func() {
		defer gone()
		for d := json.NewDecoder(in); ; {
			var q Q
			if d.Decode(&q) != nil { // an end is an end
				return
			}
			select {
			case questions <- q:
			case <-ctx.Done():
				return
			}
		}
	}()
	lines := json.NewEncoder(out)
	if err := say(lines, ready, nil); err != nil {
		return err
	}
	for {
		select {
		case q := <-questions:
			is, err := do(ctx, q)
			if err := say(lines, is, err); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func say(lines *json.Encoder, is any, failed error) error {
	if failed != nil {
		return lines.Encode(answer{Error: failed.Error()})
	}
	raw, err := json.Marshal(is)
	if err != nil {
		return err
	}
	return lines.Encode(answer{Result: raw})
}
