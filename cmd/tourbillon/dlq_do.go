package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (k *console) dlqReplay() *cobra.Command {
	var a lettersAsked
	var all bool
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "replay [LETTER...]",
		Short: "Publish dead letters again, to the broker they came from and under their ids",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && (a.any() || all):
				return errors.New("name letters, or what they have in common, not both")
			case len(args) == 0 && !a.any() && !all:
				return errors.New("name letters as `dlq ls` does, or what they have in common, as -function book; -all is every one")
			}
			found, err := k.chosen(cmd.Context(), args, a)
			if err != nil {
				return err
			}
			return k.replay(cmd.Context(), c, found)
		},
	}
	a.flags(cmd, 0)
	cmd.Flags().BoolVar(&all, "all", false, "every dead letter")
	c.flags(cmd, false)
	return cmd
}

// chosen are the letters that are named, or that the filters leave.
func (k *console) chosen(ctx context.Context, names []string, a lettersAsked) ([]letterView, error) {
	if len(names) == 0 {
		return k.letters(ctx, a)
	}
	var found []letterView
	for _, name := range names {
		l, err := k.letter(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found = append(found, l)
	}
	return found, nil
}

// replayed is what came of a replay.
type replayed struct {
	Letters  []letterView `json:"deadLetters"`
	Replayed []string     `json:"replayed"`
}

func (k *console) replay(ctx context.Context, c consent, found []letterView) error {
	r := replayed{Letters: found, Replayed: []string{}}
	if len(found) == 0 {
		return k.result(r, "There is nothing to replay.")
	}
	if !k.json() {
		if err := k.printLetters(nil, found); err != nil {
			return err
		}
		for _, l := range found {
			if l.Dry != nil {
				fmt.Fprintf(k.out, "%s tried dry: %s: %s\n", l.Letter, l.Dry.Verdict, l.Dry.Why)
			}
		}
		fmt.Fprintf(k.out, "\n%s would be replayed.\n", plural(len(found), "dead letter"))
	}
	if yes, err := c.given("Replay them?"); !yes {
		return errors.Join(k.result(r, ""), err)
	}
	for _, l := range found {
		path, err := letterPath(l.Letter)
		if err == nil {
			err = k.ask(ctx, http.MethodPost, path+"/replay", nil, new(struct{}))
		}
		if err != nil {
			return fmt.Errorf("%d of %d were replayed; %s was not: %w", len(r.Replayed), len(found), l.Letter, err)
		}
		r.Replayed = append(r.Replayed, l.Letter)
	}
	return k.result(r, fmt.Sprintf("%d replayed.", len(r.Replayed)))
}

func (k *console) dlqDrop() *cobra.Command {
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "drop LETTER",
		Short: "Drop a dead letter for good, and leave a fact of it",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := k.letter(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if !k.json() {
				if err := k.print(nil, "", l.draw); err != nil {
					return err
				}
			}
			if c.why == "" {
				return errNoReason
			}
			if yes, err := c.given("Drop it for good?"); !yes {
				return errors.Join(err, errors.New("it was not dropped: add -yes"))
			}
			path, err := letterPath(l.Letter)
			if err != nil {
				return err
			}
			var done struct {
				Letter string `json:"letter"`
				Event  string `json:"event"`
			}
			if err := k.ask(cmd.Context(), http.MethodPost, path+"/drop", c.signed(), &done); err != nil {
				return err
			}
			return k.result(done, "Dropped.")
		},
	}
	c.flags(cmd, true)
	return cmd
}
