package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// customerView is what is kept of a customer that can be erased.
type customerView struct {
	ID       string `json:"id"`
	Bookings []struct {
		ID          string         `json:"id"`
		Status      booking.Status `json:"status"`
		DepartureID string         `json:"departureId"`
		Without     string         `json:"without"`
	} `json:"bookings"`
	Letters  []string `json:"letters"`
	Contact  bool     `json:"contact"`
	Devices  int      `json:"devices"`
	Watches  []string `json:"watches"`
	Messages int      `json:"messages"`
	Preview  string   `json:"preview"`
}

// empty reports whether nothing is kept.
func (c customerView) empty() bool {
	return len(c.Bookings)+len(c.Letters)+c.Devices+len(c.Watches)+c.Messages == 0 && !c.Contact
}

// erasedView is what was erased.
type erasedView struct {
	ID       string `json:"id"`
	Bookings int    `json:"bookings"`
	Messages int    `json:"messages"`
	Letters  int    `json:"letters"`
	Devices  int    `json:"devices"`
	Watches  int    `json:"watches"`
}

func (k *console) customerCommand() *cobra.Command {
	return group("customer", "Help a customer with what they are told, and erase what is kept of them", k.customerPreferences(), k.customerErase())
}

func (k *console) customerPreferences() *cobra.Command {
	var email string
	cmd := &cobra.Command{
		Use:   "preferences [ID]",
		Short: "Print the address of the page where a customer says what they are told; ID is theirs, or a booking's",
		Long: `Print the address of the page where a customer says what they are told; ID is theirs, or a booking's.

Whoever has the address speaks for the customer: send it to nobody else.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := k.customer(cmd.Context(), args, email)
			if err != nil {
				return err
			}
			var at struct {
				ID   string `json:"id"`
				Page string `json:"page"`
			}
			if err := k.ask(cmd.Context(), http.MethodGet, "/customers/"+url.PathEscape(id)+"/page", nil, &at); err != nil {
				return err
			}
			return k.result(at, at.Page)
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "the customer's address, instead of an id")
	return cmd
}

func (k *console) customerErase() *cobra.Command {
	var email string
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   "erase [ID]",
		Short: "Erase a customer's contact data, card and messages; ID is theirs, or a booking's",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := k.customer(cmd.Context(), args, email)
			if err != nil {
				return err
			}
			return k.erase(cmd.Context(), c, id)
		},
	}
	cmd.Flags().StringVar(&email, "email", "", "the customer's address, instead of an id")
	c.flags(cmd, true)
	return cmd
}

// customer is the id of who is meant.
func (k *console) customer(ctx context.Context, args []string, email string) (string, error) {
	if len(args) == 1 && email == "" {
		return args[0], nil
	}
	if len(args) == 1 || email == "" {
		return "", errors.New("name the customer by their id, by one of their bookings, or by -email")
	}
	var found struct {
		ID string `json:"id"`
	}
	err := k.ask(ctx, http.MethodPost, "/customers/find", map[string]string{"email": email}, &found)
	return found.ID, err
}

func (k *console) erase(ctx context.Context, c consent, id string) error {
	path := "/customers/" + url.PathEscape(id)
	var what struct {
		Kept   customerView `json:"kept"`
		Erased *erasedView  `json:"erased,omitempty"`
	}
	if err := k.ask(ctx, http.MethodGet, path, nil, &what.Kept); err != nil {
		return err
	}
	if !k.json() {
		if err := k.print(nil, "", what.Kept.draw); err != nil {
			return err
		}
	}
	if what.Kept.empty() {
		return k.result(what, "Nothing is left to erase. Was it erased before? Else look at the id: whoever never booked, or whose records\n"+
			"were made anew from the archive, is not known by it.")
	}
	if c.yes && c.why == "" {
		return errNoReason
	}
	if yes, err := c.given("Erase it for good?"); !yes {
		return errors.Join(err, k.result(what, ""))
	}
	if c.why == "" {
		return errNoReason
	}
	body := c.signed()
	body["preview"] = what.Kept.Preview
	if err := k.ask(ctx, http.MethodPost, path+"/erase", body, &what.Erased); err != nil {
		return err
	}
	done := what.Erased
	return k.result(what, fmt.Sprintf("Erased: the contact data of %d bookings, %d messages, %d dead letters, %d devices, %d watched departures. "+
		"What they wish to be told stays, and that an address is written to no more. "+
		"What a payment or mail provider keeps is theirs to erase; a dropped letter's bytes leave a broker within 30 days.",
		done.Bookings, done.Messages, done.Letters, done.Devices, done.Watches))
}

// draw writes what is kept, and what each booking comes to without.
func (c customerView) draw(line func(...any)) {
	line(fmt.Sprintf("Of customer %s are kept:", c.ID))
	line("")
	for _, b := range c.Bookings {
		line("contact, card and messages of booking "+b.ID, b.Status, b.DepartureID, b.Without)
	}
	for _, l := range c.Letters {
		line("dead letter "+l, "", "", "it is dropped")
	}
	if c.Contact {
		line("contact of who watches departures", "", "", "they are told of none")
	}
	for _, w := range c.Watches {
		line("watch of departure "+w, "", w, "they are not told of its seats")
	}
	if c.Devices > 0 {
		line(fmt.Sprintf("%d devices", c.Devices), "", "", "they take no notifications")
	}
	if c.Messages > 0 {
		line(fmt.Sprintf("%d messages of none of these bookings", c.Messages), "", "", "that they were sent is kept")
	}
	if c.empty() {
		line("no contact data, card or message")
	}
	line("")
}
