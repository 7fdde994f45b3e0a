package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
	"tourbillon/knative/scale"
)

// cold is the bench of starts: a booking while every function is at zero, again
// and again.
type cold struct {
	bench
	rounds int
	window time.Duration
}

func (k *console) benchColdCommand() *cobra.Command {
	c := cold{bench: bench{console: k}}
	cmd := &cobra.Command{
		Use:   "cold",
		Short: "Measure cold starts, from exec to first answer, and bookings that find everything at zero",
		Long: "Starts a system of its own by `up -isolate`, books one seat while no function has a process, waits until none has one\n" +
			"again, and so on. A booking starts most functions, several of them at once, on the same CPUs.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	cmd.Flags().IntVar(&c.rounds, "rounds", 20, "how many bookings, each from zero")
	cmd.Flags().DurationVar(&c.window, "window", time.Second, "how long a process stays with nothing to do")
	return cmd
}

func (c cold) run(ctx context.Context) error {
	if c.rounds < 1 {
		return fmt.Errorf("--rounds is %d: set a number from 1", c.rounds)
	}
	s, err := start(ctx, "--isolate", "--window="+c.window.String())
	if err != nil {
		return err
	}
	c.URL = s.url
	took, all, err := c.again(ctx)
	if _, stopped := s.stop(); err != nil || stopped != nil {
		return errors.Join(err, stopped)
	}
	return c.report(took, all)
}

// again books round after round, and returns how long each booking took and
// how the processes stand after the last.
func (c cold) again(ctx context.Context) (took []time.Duration, all []scale.Status, err error) {
	if err := c.sale(ctx); err != nil {
		return nil, nil, err
	}
	flows := []booking.Flow{booking.Orchestration, booking.Choreography}
	var l loaded
	for i := range c.rounds {
		if _, err := c.still(ctx); err != nil {
			return nil, nil, err
		}
		if err := l.one(ctx, c.bench, string(flows[i%len(flows)]), i); err != nil {
			return nil, nil, err
		}
	}
	all, err = c.still(ctx)
	return l.took, all, err
}

// still waits until no function has a process that need not be there. The clock
// is not waited for: it is started by the time of day.
func (c cold) still(ctx context.Context) ([]scale.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var now instances
		if err := c.ask(ctx, http.MethodGet, "/instances", nil, &now); err != nil {
			return nil, err
		}
		busy := slices.ContainsFunc(now.Functions, func(s scale.Status) bool {
			return s.Function != "clock" && (s.Ready > s.Min || s.Starting+s.Stopping+s.UnderWay > 0)
		})
		if !busy {
			return now.Functions, nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return nil, fmt.Errorf("the functions do not come to rest: %w", err)
		}
	}
}

// coldRow is one line of the report.
type coldRow struct {
	What   string  `json:"what"` // a function, all of them, or a booking
	Starts int     `json:"starts"`
	P50Ms  float64 `json:"p50Ms"`
	P99Ms  float64 `json:"p99Ms"`
}

func (c cold) report(took []time.Duration, all []scale.Status) error {
	var every []time.Duration
	var rows []coldRow
	add := func(what string, of []time.Duration) {
		rows = append(rows, coldRow{what, len(of), nearest(of, 50), nearest(of, 99)})
	}
	for _, s := range all {
		if len(s.Cold) > 0 {
			add(s.Function, s.Cold)
			every = append(every, s.Cold...)
		}
	}
	add("all functions", every)
	add("a booking from zero to its end", took)
	err := c.print(map[string]any{"rows": rows, "cpus": runtime.NumCPU()}, "COLD START OF\tTIMES\tP50 MS\tP99 MS", func(line func(...any)) {
		for _, r := range rows {
			line(r.What, r.Starts, fmt.Sprintf("%.1f", r.P50Ms), fmt.Sprintf("%.1f", r.P99Ms))
		}
	})
	if err != nil || c.json() {
		return err
	}
	_, err = fmt.Fprintf(c.out, "\n%d CPUs, which all processes share\n", runtime.NumCPU())
	return err
}

// nearest is a percentile by the nearest rank, in milliseconds.
func nearest(of []time.Duration, percent int) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return float64(sorted[(len(sorted)*percent+99)/100-1].Microseconds()) / 1000
}
