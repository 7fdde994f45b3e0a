package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/realtime/audience"
)

// realtimeBench is what is measured of the relay.
type realtimeBench struct {
	*console
	only        []string
	transports  []string
	sockets     []int
	subscribers []int
	aimed       int
	departures  int
	crowd       int
	crowds      int
	lasts       time.Duration
	times       int
	short       bool
}

// The parts that can be measured alone.
const (
	partMemory     = "memory"
	partDeliveries = "deliveries"
	partChange     = "change"
	partOverload   = "overload"
)

func (k *console) realtimeBenchCommand() *cobra.Command {
	b := realtimeBench{console: k}
	cmd := &cobra.Command{
		Use:   "realtime",
		Short: "Measure the relay: memory of a connection, CPU of a delivery, how late values are",
		Long: "Starts the relay as a process of its own, and crowds of clients as others, over loopback. Facts are made in the\n" +
			"relay's process and go through its feed, its hub and its doors; lateness is from the time at which a fact was due\n" +
			"to its being read by a client. Each value is checked: it must be newer than the one before and have the numbers of\n" +
			"its version, and the last one must be the newest. The relay's limits are as always, but for how many may\n" +
			"connect at once, and for how often a departure is told where LIMIT is none. Where there are two cores, the relay\n" +
			"has one and the crowds the other.\n\n" +
			"  memory      resident memory of a connection that watches, and to which nothing happens: the slope over --sockets\n" +
			"  deliveries  CPU and lateness at --subscribers: 100 changes a second of one departure, and of\n" +
			"              --departures, of which a client watches one (and, where clients are fewest, all)\n" +
			"  change      one change, told to --crowd\n" +
			"  overload    ten changes a second, told to --crowd: how old the newest value is",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context(), cmd.Flags().Changed) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&b.only, "only", []string{partMemory, partDeliveries, partChange, partOverload}, "what to measure")
	f.StringSliceVar(&b.transports, "transports", []string{string(audience.WebSocket), string(audience.SocketIO)}, "how clients come in")
	f.IntSliceVar(&b.sockets, "sockets", []int{1000, 4000, 8000, 12_000, 16_000}, "at how many connections memory is read")
	f.IntSliceVar(&b.subscribers, "subscribers", []int{1000, 5000, 16_000}, "to how many clients changes are told")
	f.IntVar(&b.aimed, "aimed", 5000, "to how many clients ten changes a second are told, as the aim for CPU has it")
	f.IntVar(&b.departures, "departures", 500, "how many departures the many are")
	f.IntVar(&b.crowd, "crowd", 10_000, "to how many clients one change is told, and too many")
	f.IntVar(&b.crowds, "crowds", 2, "over how many processes, at least, clients are spread")
	f.DurationVar(&b.lasts, "lasts", 5*time.Second, "how long each figure is measured")
	f.IntVar(&b.times, "times", 20, "how often one change is told")
	f.BoolVar(&b.short, "short", false, "few clients, for a moment: that all of it works, not how fast")
	cmd.AddCommand(k.stageCommand(), k.crowdCommand())
	return cmd
}

// shorten makes everything small that was not set.
func (b *realtimeBench) shorten(set func(flag string) bool) {
	for flag, small := range map[string]func(){
		"sockets":     func() { b.sockets = []int{20, 40, 60} },
		"subscribers": func() { b.subscribers = []int{30} },
		"aimed":       func() { b.aimed = 30 },
		"departures":  func() { b.departures = 10 },
		"crowd":       func() { b.crowd = 50 },
		"lasts":       func() { b.lasts = 500 * time.Millisecond },
		"times":       func() { b.times = 2 },
	} {
		if !set(flag) {
			small()
		}
	}
}

// leastLasts has ten changes a second happen once at least.
const leastLasts = 100 * time.Millisecond

func (b *realtimeBench) check() error {
	parts := []string{partMemory, partDeliveries, partChange, partOverload}
	for _, part := range b.only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("--only has %q: set some of %s", part, strings.Join(parts, ", "))
		}
	}
	for _, way := range b.transports {
		if !slices.Contains(audience.Ways(), audience.Way(way)) {
			return fmt.Errorf("--transports has %q: set some of %s, %s", way, audience.WebSocket, audience.SocketIO)
		}
	}
	slices.Sort(b.sockets)
	b.sockets = slices.Compact(b.sockets)
	least := slices.Concat(b.sockets, b.subscribers, []int{b.aimed, b.departures, b.crowd, b.crowds, b.times})
	switch {
	case len(b.sockets) < 2 || len(b.subscribers) == 0 || slices.Min(least) < 1:
		return errors.New("set numbers from 1, and two of --sockets at least: a slope has two ends")
	case b.lasts < leastLasts:
		return fmt.Errorf("--lasts is %v: set %v or more", b.lasts, leastLasts)
	}
	return nil
}

// most is how many are connected at once, at the most.
func (b *realtimeBench) most() (n int) {
	for part, of := range map[string][]int{
		partMemory: b.sockets, partDeliveries: append(b.subscribers, b.aimed), partChange: {b.crowd}, partOverload: {b.crowd},
	} {
		if slices.Contains(b.only, part) {
			n = max(n, slices.Max(of))
		}
	}
	return n
}

func (b *realtimeBench) run(ctx context.Context, set func(flag string) bool) error {
	if b.short {
		b.shorten(set)
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := room(b.most()); err != nil {
		return err
	}
	var r realtimeReport
	r.conditions()
	for _, part := range b.only {
		for _, way := range b.transports {
			if err := b.part(ctx, part, audience.Way(way), &r); err != nil {
				return fmt.Errorf("measure %s by %s: %w", part, way, err)
			}
		}
	}
	if b.short && !b.console.json() {
		fmt.Fprintln(b.console.out, "So few clients, for a moment, show that all of it works: the figures say nothing of how fast.")
	}
	return r.write(b.console)
}
