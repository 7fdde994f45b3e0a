package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// sagaView is a saga as the operator's API shows it.
type sagaView struct {
	bookingView
	Armed *struct {
		Step string    `json:"step"`
		Due  time.Time `json:"due"`
		Said int       `json:"said,omitempty"`
	} `json:"armed,omitempty"`
	Stuck *struct {
		Step string `json:"step"`
	} `json:"stuck,omitempty"`
}

func (k *console) sagaCommand() *cobra.Command {
	var status string
	var limit int
	ls := &cobra.Command{
		Use:   "ls",
		Short: "List sagas",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := pages[sagaView](cmd.Context(), k, "/sagas", "sagas", limit, "status", status)
			if err != nil {
				return err
			}
			return k.print(map[string]any{"sagas": all}, "BOOKING\tSTATUS\tREASON\tFLOW\tDEPARTURE\tSEATS\tNEXT\tDUE", func(line func(...any)) {
				for _, s := range all {
					step, due := s.next()
					line(s.ID, s.Status, s.Reason, s.Flow, s.DepartureID, s.Seats, step, due)
				}
			})
		},
	}
	ls.Flags().StringVar(&status, "status", "", "only those of a status, as CONFIRMED")
	ls.Flags().IntVar(&limit, "limit", 200, "how many at most; 0 is all")
	show := &cobra.Command{
		Use:   "show BOOKING",
		Short: "Draw the timeline of a booking",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var s sagaView
			if err := k.ask(cmd.Context(), http.MethodGet, "/sagas/"+url.PathEscape(args[0]), nil, &s); err != nil {
				return err
			}
			return k.print(s, "", func(line func(...any)) { s.draw(line) })
		},
	}
	return group("saga", "Look at bookings on their way", ls, show)
}

func (s sagaView) next() (step, due string) {
	if s.Armed == nil || s.Armed.Step == "" {
		return "-", "-"
	}
	return s.Armed.Step, s.Armed.Due.Format(time.RFC3339)
}

// draw writes a saga's timeline: each fact, the fact that led to it, the time
// between the two as a bar, and what is next.
func (s sagaView) draw(line func(...any)) {
	line(fmt.Sprintf("Booking %s: %d seats of %s, %s", s.ID, s.Seats, s.DepartureID, s.Flow))
	line("")
	for i, m := range s.Timeline {
		joint := "├─"
		if i == 0 {
			joint = "┌─"
		}
		line(joint, m.At.Format("15:04:05.000000"), m.Event, m.because(), m.Reason)
	}
	step, due := s.next()
	switch {
	case s.Stuck != nil:
		line("└─", "stuck", s.Stuck.Step, "an operator is needed")
	case step != "-":
		line("└─", "next", step, "at "+due)
	default:
		line("└─", "over")
	}
	line("")
	line(fmt.Sprint(s.Status, " ", s.Reason))
}

func (m momentView) because() string {
	if m.Cause == "" {
		return ""
	}
	return fmt.Sprintf("%.3f ms after %s", m.LatencyMs, m.Cause)
}
