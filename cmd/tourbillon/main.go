// Tourbillon is the booking back end of a tour operator, as one program.
//
// With FUNCTION_TARGET set it is that function, on PORT: it takes CloudEvents
// by HTTP and answers with at most one. Otherwise it runs the whole system in
// this process, on the embedded broker and store, books once in each flow,
// and shows what happened.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, environment, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tourbillon:", err)
		os.Exit(1)
	}
}

// run is the program, given its environment and where it prints to.
func run(ctx context.Context, env func(string) string, out *os.File) error {
	c, err := read(env)
	if err != nil {
		return err
	}
	if c.Target != "" {
		log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
		return host(ctx, c, log)
	}
	return show(ctx, c, out)
}
