package booking_test

import (
	"slices"
	"testing"

	"tourbillon/internal/booking"
)

func TestCategory_Rule(t *testing.T) {
	interest := booking.Rule{Errs: booking.ErrOnce, Channels: []string{"mail", "push"}, PerHour: 12}
	for c, want := range map[booking.Category]booking.Rule{
		booking.CategoryEnding:   {Critical: true, Errs: booking.ErrAgain, Channels: []string{"mail", "push"}, PerHour: 600},
		booking.CategoryChange:   {Critical: true, Errs: booking.ErrAgain, Channels: []string{"mail", "text", "push"}, PerHour: 600},
		booking.CategoryReceipt:  {Errs: booking.ErrAgain, Channels: []string{"mail"}, PerHour: 600},
		booking.CategoryInterest: interest,
		"":                       interest,
		"weather":                interest,
	} {
		t.Run(string(c), func(t *testing.T) { same(t, c.Rule(), want) })
	}
}

func TestTemplates(t *testing.T) {
	all := booking.Templates()
	if !slices.IsSorted(all) || len(all) != 11 {
		t.Errorf("%q", all)
	}
	for _, name := range all {
		if !slices.Contains(booking.Categories(), booking.CategoryOf(name)) {
			t.Errorf("%s is for %q", name, booking.CategoryOf(name))
		}
	}
	same(t, booking.CategoryOf("booking.dreamt"), booking.Category(""))
	t.Run("a receipt is never taken for a confirmation", func(t *testing.T) {
		if booking.CategoryOf("payment.succeeded") == booking.CategoryOf("booking.confirmed") {
			t.Error("they are for the same")
		}
	})
}
