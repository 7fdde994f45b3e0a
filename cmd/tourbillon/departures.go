package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// departureView is a departure as the door shows it.
type departureView struct {
	ID        string         `json:"id"`
	TourID    string         `json:"tourId"`
	State     string         `json:"state,omitempty"`
	StartsAt  time.Time      `json:"startsAt"`
	TimeZone  string         `json:"timeZone"`
	Capacity  int            `json:"capacity"`
	MinParty  int            `json:"minParty,omitempty"`
	Held      int            `json:"held"`
	Sold      int            `json:"sold"`
	Available int            `json:"available"`
	Version   uint64         `json:"version"`
	Price     booking.Money  `json:"price"`
	Policy    booking.Policy `json:"policy,omitempty"`
}

// sale is what `departure open` asks for.
type sale struct {
	ID       string        `json:"id"`
	TourID   string        `json:"tourId"`
	StartsAt string        `json:"startsAt"`
	TimeZone string        `json:"timeZone"`
	Capacity int           `json:"capacity"`
	MinParty int           `json:"minParty,omitempty"`
	Price    booking.Money `json:"price"`
}

func (k *console) departureCommand() *cobra.Command {
	return group("departure", "Open departures and look at them", k.departureOpen(), k.departureList(), k.passengers())
}

func (k *console) departureOpen() *cobra.Command {
	var s sale
	cmd := &cobra.Command{
		Use:   "open ID",
		Short: "Put a departure on sale",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.ID = args[0]
			var d departureView
			if err := k.ask(cmd.Context(), http.MethodPost, "/departures", s, &d); err != nil {
				return err
			}
			if d.State == "" {
				return fmt.Errorf("the departure is asked for and not opened yet: look again by `departure ls`; is the Trigger command-catalog there?")
			}
			return k.printDepartures(d, d)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.TourID, "tour", "", "the tour that it is a date of (needed)")
	f.StringVar(&s.StartsAt, "starts", "", "when it leaves, as 2027-05-01T09:00:00+02:00 (needed)")
	f.StringVar(&s.TimeZone, "zone", "Europe/Paris", "its time zone")
	f.IntVar(&s.Capacity, "capacity", 12, "its seats")
	f.IntVar(&s.MinParty, "min-party", 0, "the seats that must be taken when the sale ends")
	f.Int64Var(&s.Price.Amount, "price", 4500, "the price of one seat, in the currency's minor units (cents)")
	f.StringVar(&s.Price.Currency, "currency", "EUR", "the price's currency")
	for _, needed := range []string{"tour", "starts"} {
		if err := cmd.MarkFlagRequired(needed); err != nil {
			panic(err) // it is defined above
		}
	}
	return cmd
}

func (k *console) departureList() *cobra.Command {
	var tour string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List what is on sale, by start",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := pages[departureView](cmd.Context(), k, "/departures", "departures", 0, "tour", tour)
			if err != nil {
				return err
			}
			return k.printDepartures(map[string]any{"departures": all}, all...)
		},
	}
	cmd.Flags().StringVar(&tour, "tour", "", "only those of a tour")
	return cmd
}

func (k *console) printDepartures(whole any, all ...departureView) error {
	heads := "DEPARTURE\tTOUR\tSTATE\tSTARTS\tCAPACITY\tHELD\tSOLD\tAVAILABLE\tSEAT"
	return k.print(whole, heads, func(line func(...any)) {
		for _, d := range all {
			line(d.ID, d.TourID, d.State, d.local(), d.Capacity, d.Held, d.Sold, d.Available, d.Price)
		}
	})
}

// local is when the departure leaves, by its own clocks.
func (d departureView) local() string {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return d.StartsAt.In(zone).Format("2006-01-02 15:04 MST")
}

func (k *console) passengers() *cobra.Command {
	type passenger struct {
		BookingID string `json:"bookingId"`
		Status    string `json:"status"`
		Seats     int    `json:"seats"`
		Name      string `json:"name"`
		Email     string `json:"email"`
		Phone     string `json:"phone,omitempty"`
		Locale    string `json:"locale,omitempty"`
	}
	return &cobra.Command{
		Use:   "passengers ID",
		Short: "List who has seats of a departure",
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := pages[passenger](cmd.Context(), k, "/departures/"+url.PathEscape(args[0])+"/passengers", "passengers", 0)
			if err != nil {
				return err
			}
			return k.print(map[string]any{"passengers": all}, "BOOKING\tSTATUS\tSEATS\tNAME\tMAIL\tPHONE", func(line func(...any)) {
				for _, p := range all {
					line(p.BookingID, p.Status, p.Seats, p.Name, p.Email, p.Phone)
				}
			})
		},
	}
}
