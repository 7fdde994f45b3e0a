// Tourbillon is the booking back end of a tour operator, as one program.
//
// With FUNCTION_TARGET set it is that function, on PORT: it takes CloudEvents
// by HTTP and answers with at most one. Otherwise it is the command line, of
// which `tourbillon up` runs the whole system in this process.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, environment, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tourbillon:", err)
		os.Exit(1)
	}
}

// run is the program, given its environment, its arguments and where it prints
// to.
func run(ctx context.Context, env func(string) string, args []string, out io.Writer) error {
	c, err := read(env)
	if err != nil {
		return err
	}
	if c.Target != "" {
		options := &slog.HandlerOptions{Level: c.Log}
		if c.Child {
			return host(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, options))) // among its parent's lines
		}
		return host(ctx, c, slog.New(slog.NewJSONHandler(os.Stderr, options)))
	}
	return command(c, args, out).ExecuteContext(ctx)
}
