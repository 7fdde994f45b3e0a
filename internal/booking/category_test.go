package booking_test

import (
	"testing"

	"tourbillon/internal/booking"
)

func TestCategory_Rule(t *testing.T) {
	for c, want := range map[booking.Category]booking.Rule{
		booking.CategoryEnding:   {Critical: true, Errs: booking.ErrAgain},
		booking.CategoryChange:   {Critical: true, Errs: booking.ErrAgain},
		booking.CategoryReceipt:  {Errs: booking.ErrAgain},
		booking.CategoryInterest: {Errs: booking.ErrOnce},
		"":                       {Errs: booking.ErrOnce},
	} {
		if got := c.Rule(); got != want {
			t.Errorf("%q: %+v, want %+v", c, got, want)
		}
	}
}
