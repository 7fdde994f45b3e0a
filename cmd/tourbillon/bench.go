package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// bench is what is measured: a closed loop of bookings of one departure that
// everybody wants, at each concurrency, in each flow.
type bench struct {
	*console
	flows       []string
	concurrency []int
	lasts       time.Duration
	warm        time.Duration
	declines    int // in a hundred
	there       bool
}

func (k *console) benchCommand() *cobra.Command {
	b := bench{console: k}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure bookings from request to end, over HTTP, on a system of its own",
		Long: "Starts the system as a process of its own (logging warnings only), so that the load is not measured with it,\n" +
			"and books seats of one departure in a closed loop. With --there it measures the system at --url, which must be\n" +
			"otherwise idle. Latency is from the request to CONFIRMED or CANCELLED; CPU and allocations are the system's,\n" +
			"until the last customer was told.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	cmd.AddCommand(k.benchColdCommand())
	f := cmd.Flags()
	f.StringSliceVar(&b.flows, "flows", []string{string(booking.Orchestration), string(booking.Choreography)}, "the flows to measure")
	f.IntSliceVar(&b.concurrency, "concurrency", []int{1, 16, 64}, "how many customers book at once")
	f.DurationVar(&b.lasts, "lasts", 5*time.Second, "how long each figure is measured")
	f.DurationVar(&b.warm, "warm", time.Second, "how long it runs before each measurement")
	f.IntVar(&b.declines, "declines", 20, "how many cards in a hundred are declined")
	cmd.AddCommand(k.realtimeBenchCommand())
	f.BoolVar(&b.there, "there", false, "measure the system that runs at --url, instead of one of its own")
	return cmd
}

func (b bench) run(ctx context.Context) error {
	if b.declines < 0 || b.declines > 100 {
		return fmt.Errorf("--declines is %d: set 0 to 100", b.declines)
	}
	if n := slices.Min(append(b.concurrency, 1)); n < 1 || len(b.concurrency) == 0 {
		return fmt.Errorf("--concurrency is %v: set numbers from 1", b.concurrency)
	}
	var s *subject
	if !b.there {
		var err error
		if s, err = start(ctx); err != nil {
			return err
		}
		b.URL = s.url
	}
	rows, err := b.measure(ctx)
	peak, stopped := s.stop()
	if err != nil {
		return err
	}
	if stopped != nil {
		return stopped
	}
	return b.report(rows, peak)
}

// hot is the departure that everybody wants.
const hot = "bench-hot"

// measure takes every figure in turn.
func (b bench) measure(ctx context.Context) ([]figures, error) {
	if err := b.sale(ctx); err != nil {
		return nil, err
	}
	var rows []figures
	for _, flow := range b.flows {
		for _, n := range b.concurrency {
			if _, err := b.load(ctx, flow, n, b.warm); err != nil {
				return nil, err
			}
			row, err := b.figure(ctx, flow, n)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// sale puts the departure on sale, if it is not.
func (b bench) sale(ctx context.Context) error {
	tour := map[string]string{"id": "bench", "name": "Bench", "city": "Lyon"}
	if err := b.ask(ctx, http.MethodPost, "/tours", tour, new(any)); err != nil && !exists(err) {
		return err
	}
	d := sale{
		ID: hot, TourID: "bench", StartsAt: now().AddDate(0, 0, 30).Format(time.RFC3339), TimeZone: "Europe/Paris",
		Capacity: 1_000_000, Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}
	if err := b.ask(ctx, http.MethodPost, "/departures", d, new(any)); err != nil && !exists(err) {
		return err
	}
	return nil
}

// exists reports whether a problem is that what was to be made is there.
func exists(err error) bool {
	var p *problemError
	return errors.As(err, &p) && p.Status == http.StatusConflict
}

// figure is one row: what a load took, and what it cost.
func (b bench) figure(ctx context.Context, flow string, n int) (figures, error) {
	on := b.on(ctx)
	before, err := b.scrape(ctx)
	if err != nil {
		return figures{}, err
	}
	before.servers = cpuOf(ctx, on)
	began := time.Now()
	l, err := b.load(ctx, flow, n, b.lasts)
	if err != nil {
		return figures{}, err
	}
	after, err := b.settled(ctx, before.ended+float64(len(l.took)))
	if err != nil {
		return figures{}, err
	}
	lasted := time.Since(began)
	after.servers = cpuOf(ctx, on)
	return l.figures(flow, n, lasted, before, after), nil
}
