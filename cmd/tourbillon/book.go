package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// bookingView is a booking as the door shows it.
type bookingView struct {
	ID          string          `json:"id"`
	Status      booking.Status  `json:"status"`
	Reason      booking.Reason  `json:"reason,omitempty"`
	DepartureID string          `json:"departureId"`
	Seats       int             `json:"seats"`
	Price       *booking.Money  `json:"price,omitempty"`
	Flow        booking.Flow    `json:"flow"`
	ExpiresAt   time.Time       `json:"expiresAt,omitzero"`
	NextAction  *booking.Action `json:"nextAction,omitempty"`
	Timeline    []momentView    `json:"timeline"`
}

// momentView is one line of a timeline.
type momentView struct {
	At        time.Time `json:"at"`
	Event     string    `json:"event"`
	ID        string    `json:"id"`
	Cause     string    `json:"cause,omitempty"`
	LatencyMs float64   `json:"latencyMs,omitempty"`
	Attempt   int       `json:"attempt,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

// order is what `book` asks for.
type order struct {
	DepartureID string            `json:"departureId"`
	Seats       int               `json:"seats"`
	Flow        string            `json:"flow,omitempty"`
	Customer    map[string]string `json:"customer"`
	Payment     map[string]string `json:"payment"`
}

func (k *console) bookCommand() *cobra.Command {
	o := order{Customer: map[string]string{}, Payment: map[string]string{}}
	var name, email, phone, locale, token string
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "book",
		Short: "Make a booking and watch it live",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for key, value := range map[string]string{"name": name, "email": email, "phone": phone, "locale": locale} {
				if value != "" {
					o.Customer[key] = value
				}
			}
			o.Payment["token"] = token
			return k.book(cmd.Context(), o, patience)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.DepartureID, "departure", "lyon-old-town-0900", "the departure")
	f.IntVar(&o.Seats, "seats", 2, "how many seats")
	f.StringVar(&o.Flow, "flow", "", "orchestration or choreography (default: the system's)")
	f.StringVar(&name, "name", "Camille", "the customer's name")
	f.StringVar(&email, "email", "camille@example.com", "the customer's mail address")
	f.StringVar(&phone, "phone", "", "the customer's phone number, as +33612345678")
	f.StringVar(&locale, "locale", "en", "the customer's language, as fr-FR")
	f.StringVar(&token, "token", "tok_visa", "the card's token")
	f.DurationVar(&patience, "patience", 2*time.Minute, "how long to watch")
	return cmd
}

func (k *console) book(ctx context.Context, o order, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var made struct {
		BookingID string `json:"bookingId"`
	}
	if err := k.ask(ctx, http.MethodPost, "/bookings", o, &made); err != nil {
		return err
	}
	v, err := k.watch(ctx, made.BookingID)
	if err != nil {
		return fmt.Errorf("watch booking %s: %w", made.BookingID, err)
	}
	if k.json() {
		return k.print(v, "", nil)
	}
	fmt.Fprintln(k.out, strings.TrimRight(fmt.Sprintf("\nBooking %s is %s %s", v.ID, v.Status, v.Reason), " "))
	return nil
}

// look is how often a booking that is watched is looked at.
const look = 50 * time.Millisecond

// watch prints a booking's facts as they come, until its customer was told how
// it ended.
func (k *console) watch(ctx context.Context, id string) (v bookingView, err error) {
	shown, asked := 0, false
	t := time.NewTicker(look)
	defer t.Stop()
	for {
		if err := k.ask(ctx, http.MethodGet, "/bookings/"+id, nil, &v); err != nil {
			return v, err
		}
		if !k.json() {
			for _, m := range v.Timeline[min(shown, len(v.Timeline)):] {
				fmt.Fprintln(k.out, m.line())
			}
			shown = len(v.Timeline)
			if v.NextAction != nil && !asked {
				asked = true
				fmt.Fprintf(k.out, "The bank wants to see the customer: go to\n  %s\n", v.NextAction.URL)
			}
		}
		if v.told() {
			return v, nil
		}
		select {
		case <-ctx.Done():
			return v, fmt.Errorf("it is %s so far: %w", v.Status, ctx.Err())
		case <-t.C:
		}
	}
}

// told reports whether the last that there is to say was said.
func (v bookingView) told() bool {
	if len(v.Timeline) == 0 || v.Status == booking.StatusPending || v.Status == booking.StatusOnHold {
		return false
	}
	last := v.Timeline[len(v.Timeline)-1].Event
	return last == "notification.sent" || last == "notification.failed" || last == "notification.deferred"
}

// line is the moment on one line.
func (m momentView) line() string {
	latency := ""
	if m.Cause != "" {
		latency = fmt.Sprintf("%.3f ms after %s", m.LatencyMs, m.Cause)
	}
	return strings.TrimRight(fmt.Sprintf("%s  %-22s  %s %s", m.At.Format("15:04:05.000"), m.Event, latency, m.Reason), " ")
}
