package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tourbillon/internal/booking"
)

// previewView is what would come of a deed, as the operator's API foresees it.
type previewView struct {
	ID      string         `json:"id"`
	Deed    string         `json:"deed"`
	Status  booking.Status `json:"status"`
	Becomes booking.Status `json:"becomes"`
	Effects []struct {
		By     string         `json:"by"`
		Says   string         `json:"says"`
		Kind   string         `json:"kind"`
		Reason booking.Reason `json:"reason,omitempty"`
		Amount *booking.Money `json:"amount,omitempty"`
		Seats  int            `json:"seats,omitempty"`
		Again  bool           `json:"again,omitempty"`
	} `json:"effects"`
	Calls   []callView    `json:"calls"`
	Taken   booking.Money `json:"taken"`
	Back    booking.Money `json:"back"`
	Open    []string      `json:"open,omitempty"`
	Preview string        `json:"preview"`
}

// done is what was foreseen, and whether it was wished then.
type done struct {
	Preview previewView `json:"preview"`
	Wished  bool        `json:"wished"`
}

// sagaDeed is a verb that first shows what would come of it.
func (k *console) sagaDeed(verb, short string, needsReason bool) *cobra.Command {
	c := consent{console: k}
	cmd := &cobra.Command{
		Use:   verb + " BOOKING",
		Short: short,
		Args:  takes(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/sagas/" + url.PathEscape(args[0]) + "/" + verb
			var d done
			err := k.ask(cmd.Context(), http.MethodGet, path, nil, &d.Preview)
			if p := new(problemError); errors.As(err, &p) && p.Status == http.StatusConflict && c.yes {
				// It may be done already, by this very wish: then that is the answer.
				return k.wished(cmd, path, c, &d)
			}
			if err != nil {
				return err
			}
			if !k.json() {
				if err := k.print(nil, "", d.Preview.draw); err != nil {
					return err
				}
			}
			if c.yes && needsReason && c.why == "" {
				return errNoReason
			}
			if yes, err := c.given("Do it?"); !yes {
				return errors.Join(err, k.result(d, ""))
			}
			if needsReason && c.why == "" {
				return errNoReason
			}
			return k.wished(cmd, path, c, &d)
		},
	}
	c.flags(cmd, true)
	return cmd
}

// wished says that what was shown is wished.
func (k *console) wished(cmd *cobra.Command, path string, c consent, d *done) error {
	body := c.signed()
	body["preview"] = d.Preview.Preview
	var took struct {
		ID     string         `json:"id"`
		Status booking.Status `json:"status"`
	}
	if err := k.ask(cmd.Context(), http.MethodPost, path, body, &took); err != nil {
		return err
	}
	d.Wished = true
	return k.result(d, fmt.Sprintf("It is wished. The booking was %s: see what becomes of it by `tourbillon saga show %s`.", took.Status, took.ID))
}

// draw writes what would be said, in order, and what money would move.
func (p previewView) draw(line func(...any)) {
	line(fmt.Sprintf("To %s booking %s, which is %s, would:", p.Deed, p.ID, p.Status))
	line("")
	for i, e := range p.Effects {
		line(strconv.Itoa(i+1), e.By, e.Says, owes(e.Says, e.Amount), seats(e.Seats), strings.Join(notes(e.Reason, e.Again), ", "))
	}
	line("")
	for _, c := range p.Calls {
		line("The payment provider would be asked to " + c.Verb + ": " + money(c.Amount))
	}
	switch {
	case p.Taken.Amount == 0 && p.Back.Amount == 0:
		line("No money moves.")
	default:
		line(fmt.Sprintf("Money: %s taken, %s given back.", money(p.Taken), money(p.Back)))
	}
	line(fmt.Sprintf("The booking would be %s.", p.Becomes))
	for _, o := range p.Open {
		line("Not certain: " + o + ".")
	}
}

func notes(reason booking.Reason, again bool) (all []string) {
	if reason != "" {
		all = append(all, string(reason))
	}
	if again {
		all = append(all, "said before")
	}
	return all
}

func amount(m *booking.Money) string {
	if m == nil {
		return ""
	}
	return money(*m)
}

// owes is what a fact says of money: that it is owed back, or that it moves.
func owes(fact string, m *booking.Money) string {
	if m != nil && strings.HasPrefix(fact, "booking.") {
		return "owes " + money(*m)
	}
	return amount(m)
}

func seats(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d seats", n)
}

// money writes an amount as people do: 90.00 EUR.
func money(m booking.Money) string {
	digits, ok := booking.Digits(m.Currency)
	if m.Currency == "" || m.Currency == "XXX" {
		return "0"
	}
	text := fmt.Sprintf("%0*d", digits+1, m.Amount)
	if !ok || digits == 0 {
		return text + " " + m.Currency
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:] + " " + m.Currency
}
