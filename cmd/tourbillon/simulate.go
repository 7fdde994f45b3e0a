package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
	"tourbillon/internal/sim"
)

func (k *console) simCommand() *cobra.Command {
	var seeds int
	var seed uint64
	var crash bool
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run the system through chaos, by seeds, in both flows, and check every promise",
		Long: "Each seed is three bookings over two departures in both flows, with duplicates, losses, delays and crashes,\n" +
			"held against the promises at the end. A seed that fails is printed; --seed N tells its story.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case seeds < 1:
				return fmt.Errorf("--seeds is %d: set a number from 1", seeds)
			case seed != 0:
				return sim.Seed(seed, k.out)
			case crash:
				return k.crash()
			}
			failed := 0
			sim.Seeds(cmd.Context(), seeds, func(seed uint64, err error) bool {
				failed++
				fmt.Fprintf(k.out, "seed %d: %v\n  tell its story: tourbillon sim --seed %d\n", seed, err, seed)
				return failed < 5
			})
			if failed > 0 {
				return fmt.Errorf("%d of %d seeds broke a promise", failed, seeds)
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			return k.print(map[string]int{"seeds": seeds, "failed": 0}, "", func(line func(...any)) {
				line(fmt.Sprintf("%d seeds in both flows: every promise held", seeds))
			})
		},
	}
	cmd.Flags().IntVar(&seeds, "seeds", 300, "how many seeds to run")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "the one seed to run, telling its story")
	cmd.Flags().BoolVar(&crash, "crash", false, "crash between any two writes of every outcome instead, and print the table")
	return cmd
}

// crash crashes every outcome at every point, in both flows.
func (k *console) crash() error {
	all := sim.Hits{}
	for _, c := range sim.Cases() {
		for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
			hits, err := c.Crash(flow)
			if err != nil {
				return fmt.Errorf("%s by %s: %w", c.Name, flow, err)
			}
			all.Merge(hits)
		}
	}
	return all.Print(k.out, sim.Cases())
}
