package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (k *console) sagaList() *cobra.Command {
	var status, departure, over, since, older string
	var stuck, undo, paid bool
	var limit int
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List sagas",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			question, err := theOne(map[string]bool{"stuck": stuck, "undo-owed": undo, "paid-without-seat": paid})
			if err != nil {
				return err
			}
			all, err := pages[sagaView](cmd.Context(), k, "/sagas", "sagas", limit, "status", status, "departure", departure,
				"over", over, "since", since, "older", older, "question", question)
			if err != nil {
				return err
			}
			return k.printSagas(all, question)
		},
	}
	f := cmd.Flags()
	f.StringVar(&status, "status", "", "only those of a status, as CONFIRMED")
	f.StringVar(&departure, "departure", "", "only those of a departure")
	f.StringVar(&over, "over", "", "only those whose price is more, as 500EUR")
	f.StringVar(&since, "since", "", "only those asked for since then, as 2h, 3d or 2026-05-02T12:00:00Z")
	f.StringVar(&older, "older", "", "only those asked for before then")
	f.BoolVar(&stuck, "stuck", false, "only those that need an operator")
	f.BoolVar(&undo, "undo-owed", false, "only those that are closed, or to be, and not undone yet")
	f.BoolVar(&paid, "paid-without-seat", false, "only those that are paid and have no sold seat")
	f.IntVar(&limit, "limit", 200, "how many at most; 0 is all")
	return cmd
}

// theOne is the name of the flag that is set, if any; two are one too many.
func theOne(flags map[string]bool) (one string, err error) {
	for name, set := range flags {
		if set && one != "" {
			return "", errors.New("ask one question at a time: -stuck, -undo-owed or -paid-without-seat")
		}
		if set {
			one = name
		}
	}
	return one, nil
}

func (k *console) printSagas(all []sagaView, question string) error {
	heads := "BOOKING\tSTATUS\tREASON\tFLOW\tDEPARTURE\tSEATS\tNEXT\tDUE"
	if question != "" {
		heads += "\tPRICE\tPAID\tOWED\tSEAT"
	}
	return k.print(map[string]any{"sagas": all}, heads, func(line func(...any)) {
		for _, s := range all {
			step, due := s.next()
			cells := []any{s.ID, s.Status, s.Reason, s.Flow, s.DepartureID, s.Seats, step, due}
			if question != "" {
				cells = append(cells, dash(amount(s.Price)), dash(amount(s.Paid)), dash(amount(s.Owed)), dash(s.Seat))
			}
			line(cells...)
		}
	})
}
