package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

// reran is how many facts a function was given again, and what came of it.
type reran struct {
	Facts   int `json:"facts"`
	Answers int `json:"answers"`
	New     int `json:"new"`
	Failed  int `json:"failed"`
}

func (k *console) replayCommand() *cobra.Command {
	var function, of, name, since string
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Give archived facts to one function again, and publish what it answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var sum reran
			ctx, path := cmd.Context(), query("/replay", "function", function, "booking", of, "name", name, "since", since)
			if err := k.facts(ctx, http.MethodGet, path, k.told(), &sum); err != nil {
				return err
			}
			fmt.Fprintf(k.told(), "%d facts would be given to %s: tried now, %d are answered, %d of these for the first time, and %d are not taken.\n",
				sum.Facts, function, sum.Answers, sum.New, sum.Failed)
			if sum.Facts == 0 {
				return k.result(sum, "There is nothing to give.")
			}
			if yes, err := c.given("Give them?"); !yes {
				return errors.Join(err, k.result(sum, ""))
			}
			sum = reran{}
			if err := k.facts(ctx, http.MethodPost, path, k.told(), &sum); err != nil {
				return err
			}
			err := k.result(sum, fmt.Sprintf("%d facts were given, %d answers published.", sum.Facts, sum.Answers))
			if err == nil && sum.Failed > 0 {
				err = fmt.Errorf("%d facts were not taken", sum.Failed)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&function, "function", "", "the function, as book")
	f.StringVar(&of, "booking", "", "only the facts of a booking")
	f.StringVar(&name, "name", "", "only those of a name, as payment.succeeded")
	f.StringVar(&since, "since", "", "only those said since then, as 2h, 3d or 2026-05-02T12:00:00Z")
	c.flags(cmd, false)
	return cmd
}
