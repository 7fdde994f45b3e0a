package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// handed is the descriptor of the socket that a child is given.
const handed = 3

// listen opens where the one function answers: the socket that its parent made,
// or its port.
func (c config) listen() (net.Listener, error) {
	if c.Child {
		f := os.NewFile(handed, "socket")
		l, err := net.FileListener(f)
		if err != nil {
			return nil, fmt.Errorf("listen on descriptor %d: %w (TOURBILLON_CHILD is for `tourbillon up -isolate` to set)", handed, err)
		}
		return l, f.Close()
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", c.Port))
	if err != nil {
		return nil, fmt.Errorf("listen: %w (set PORT to another port)", err)
	}
	return l, nil
}

// attached is ctx until standard input ends, which it does with the parent,
// however that ends, or when the parent has no more for this function. Signals
// may reach all processes at once, as from who runs services: the parent alone
// acts on them, and ends its children when deliveries have ended.
func attached(ctx context.Context) context.Context {
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	ctx, gone := context.WithCancel(ctx)
	go func() {
		defer gone()
		_, _ = io.Copy(io.Discard, os.Stdin) // an end is an end
	}()
	return ctx
}
