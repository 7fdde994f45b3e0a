package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// factLine is a fact in an answer that comes line by line, and what came of it.
type factLine struct {
	Event   json.RawMessage `json:"event"`
	Unknown json.RawMessage `json:"unknown"`
	Verdict string          `json:"verdict"`
	Answer  string          `json:"answer"`
	New     bool            `json:"new"`
	Why     string          `json:"why"`
	Summary json.RawMessage `json:"summary"`
}

// facts asks, prints each fact to out as it comes, and reads the summary.
func (k *console) facts(ctx context.Context, method, path string, out io.Writer, summary any) error {
	return k.stream(ctx, method, path, nil, func(line json.RawMessage) (bool, error) {
		var one factLine
		if err := json.Unmarshal(line, &one); err != nil {
			return false, err
		}
		if one.Summary != nil {
			return true, json.Unmarshal(one.Summary, summary)
		}
		if one.Unknown != nil {
			fmt.Fprintf(out, "nobody remembers %s\n", one.Unknown)
			return false, nil
		}
		var f factView
		if err := json.Unmarshal(one.Event, &f); err != nil {
			return false, err
		}
		_, err := fmt.Fprintln(out, f.line()+one.came())
		return false, err
	})
}

// line is the fact on one line.
func (f factView) line() string {
	return fmt.Sprintf("%-30s  %-24s  %s  %s", f.Time, f.Name, f.Subject, f.ID)
}

// came is what came of giving the fact to a function.
func (l factLine) came() string {
	switch {
	case l.Verdict == "":
		return ""
	case l.New:
		return "  " + l.Verdict + " " + l.Answer + ", for the first time"
	case l.Answer != "":
		return "  " + l.Verdict + " " + l.Answer
	case l.Verdict == "silent":
		return "  silent"
	}
	return "  " + l.Verdict + ": " + l.Why
}

// told is where text is printed: nowhere, where JSON is asked for.
func (k *console) told() io.Writer {
	if k.json() {
		return io.Discard
	}
	return k.out
}

// repair has said again what the archive lacks, after it was shown.
func (k *console) repair(ctx context.Context, c consent, grace time.Duration) error {
	defer k.patient(grace)()
	var sum struct {
		Said    int `json:"said"`
		Unknown int `json:"unknown"`
	}
	path := query("/audit/repair", "grace", grace.String())
	if err := k.facts(ctx, http.MethodGet, path, k.told(), &sum); err != nil {
		return err
	}
	fmt.Fprintf(k.told(), "The archive lacks %d facts that the records remember, and %d that they do not.\n", sum.Said, sum.Unknown)
	if sum.Said == 0 {
		return nil
	}
	if yes, err := c.given("Say them again, to the archive alone?"); !yes {
		return errors.Join(err, fmt.Errorf("nothing was said: add -yes to say %d facts again", sum.Said))
	}
	if err := k.facts(ctx, http.MethodPost, path, io.Discard, &sum); err != nil {
		return err
	}
	_, err := fmt.Fprintf(k.told(), "%d facts were said again.\n", sum.Said)
	return err
}

// rebuilt is what a rebuild makes.
type rebuilt struct {
	Facts         int `json:"facts"`
	Tours         int `json:"tours"`
	Departures    int `json:"departures"`
	Bookings      int `json:"bookings"`
	Payments      int `json:"payments"`
	Notifications int `json:"notifications"`
	Customers     int `json:"customers"`
	UnderWay      int `json:"underWay"`
	Uncharged     int `json:"uncharged"`
	Holes         int `json:"holes"`
}

// tell says what is made, and what cannot be.
func (r rebuilt) tell(out io.Writer) {
	fmt.Fprintf(out, "Of %d facts: %d tours, %d departures, %d bookings, %d payments, %d notifications and the wishes of %d customers, as they were.\n",
		r.Facts, r.Tours, r.Departures, r.Bookings, r.Payments, r.Notifications, r.Customers)
	fmt.Fprintf(out, "%d bookings are under way and go on. Who asked, and with which card, is in no archive: %d that were not charged will fail as payment.failed and be undone, and nobody can be told.\n",
		r.UnderWay, r.Uncharged)
	if r.Holes > 0 {
		fmt.Fprintf(out, "The archive has %d things wrong: see tourbillon audit verify.\n", r.Holes)
	}
}

func (k *console) auditRebuild() *cobra.Command {
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make all records anew from the archive, in an empty store",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var sum rebuilt
			ctx := cmd.Context()
			if err := k.facts(ctx, http.MethodGet, "/audit/rebuild", k.told(), &sum); err != nil {
				return err
			}
			sum.tell(k.told())
			if yes, err := c.given("Make them anew?"); !yes {
				return errors.Join(err, k.result(sum, ""))
			}
			if err := k.facts(ctx, http.MethodPost, "/audit/rebuild", k.told(), &sum); err != nil {
				return err
			}
			return k.result(sum, "The records are made anew. See tourbillon audit verify.")
		},
	}
	c.flags(cmd, false)
	return cmd
}
