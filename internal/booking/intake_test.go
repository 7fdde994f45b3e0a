package booking_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tourbillon/internal/booking"
)

var (
	camille = booking.Customer{Name: "Camille", Email: "camille@example.com", Phone: "+33612345678", Locale: "fr-FR"}
	card    = booking.Token{Token: "tok_visa"}
)

func TestIntake_Request(t *testing.T) {
	with := booking.Intake{Booking: party("a", 3), Hash: "h-1", CustomerID: "c-1", Customer: &camille, Token: &card}
	taken := booking.Intake{}.Request(with, noon)
	t.Run("a request is taken in", func(t *testing.T) {
		want := with
		want.Requested = &booking.Said{Version: 1, At: noon, Status: booking.StatusPending}
		same(t, taken, want)
	})
	t.Run("a second asking changes nothing, whatever it brings", func(t *testing.T) {
		same(t, taken.Request(with, later), taken)
		same(t, taken.Request(booking.Intake{Booking: party("a", 9), Hash: "h-2"}, later), taken)
	})
	t.Run("what was erased is not put back", func(t *testing.T) {
		erased := taken.Erase()
		if !taken.Private() || erased.Private() || erased.Customer != nil || erased.Token != nil || erased.Hash != taken.Hash {
			t.Errorf("erased it is %v", erased)
		}
		same(t, erased.Request(with, later), erased)
	})
	t.Run("when it was requested is not the asker's to say", func(t *testing.T) {
		with := with
		with.Requested = &booking.Said{Version: 9, At: leaves}
		same(t, booking.Intake{}.Request(with, noon), taken)
	})
}

func TestIntake_Prints(t *testing.T) {
	in := booking.Intake{Customer: &camille, Token: &card}
	var text, lines bytes.Buffer
	for _, v := range []any{camille, &camille, card, &card, in, &in, []booking.Customer{camille}, map[string]booking.Token{"a": card}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
			fmt.Fprintf(&text, verb+"\n", v)
		}
		fmt.Fprintln(&text, v, errors.Join(fmt.Errorf("charge: %v", v)))
		slog.New(slog.NewTextHandler(&text, nil)).Info("asked", "value", v)
	}
	for _, v := range []any{camille, &camille, card, &card} {
		slog.New(slog.NewJSONHandler(&lines, nil)).Info("asked", "value", v)
	}
	for _, secret := range []string{"Camille", "camille@", "+336", "fr-FR", "tok_visa"} {
		t.Run(secret+" is never printed", func(t *testing.T) {
			hex := fmt.Sprintf("%x", secret)
			if out := text.String(); strings.Contains(out, secret) || strings.Contains(strings.ToLower(out), hex) {
				t.Errorf("printed:\n%s", out)
			}
			if strings.Contains(lines.String(), secret) {
				t.Errorf("logged as JSON:\n%s", lines.String())
			}
		})
	}
	t.Run("the record keeps them", func(t *testing.T) {
		line, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var back booking.Intake
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		if *back.Customer != camille || *back.Token != card {
			t.Error("something was lost on the way")
		}
	})
}
