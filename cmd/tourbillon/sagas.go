package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
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
	RequestedAt time.Time      `json:"requestedAt,omitzero"`
	Paid        *booking.Money `json:"paid,omitempty"`
	Owed        *booking.Money `json:"owed,omitempty"`
	Seat        string         `json:"seat,omitempty"`
}

func (k *console) sagaCommand() *cobra.Command {
	show := &cobra.Command{
		Use:   "show BOOKING",
		Short: "Draw the timeline of a booking",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var s sagaView
			if err := k.ask(cmd.Context(), http.MethodGet, "/sagas/"+url.PathEscape(args[0]), nil, &s); err != nil {
				return err
			}
			return k.print(s, "", func(line func(...any)) { s.draw(line) })
		},
	}
	return group("saga", "Look at bookings on their way, and act on them", k.sagaList(), show,
		k.sagaDeed("retry", "Say the next command now, not when it is due", false),
		k.sagaDeed("cancel", "Cancel a booking as its customer would: the policy says what is given back", true),
		k.sagaDeed("compensate", "Undo a booking whole: everything is given back, whatever the policy says", true))
}

func (s sagaView) next() (step, due string) {
	if s.Armed == nil || s.Armed.Step == "" {
		return "-", "-"
	}
	if s.Armed.Due.After(now().AddDate(lifetime, 0, 0)) {
		return s.Armed.Step, "by an operator"
	}
	return s.Armed.Step, s.Armed.Due.Format(time.RFC3339)
}

// lifetime is how many years ahead a command is due that nobody but an operator
// has said.
const lifetime = 50

// draw writes a saga's timeline: each fact, the fact that led to it, the time
// between the two as a bar, and what is next.
func (s sagaView) draw(line func(...any)) {
	line(fmt.Sprintf("Booking %s: %s of %s, %s", s.ID, plural(s.Seats, "seat"), s.DepartureID, cmp.Or(string(s.Flow), "which nobody asked for")))
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
