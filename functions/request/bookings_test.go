package request_test

import (
	"testing"

	"tourbillon/internal/booking"
)

func TestDoor_Books(t *testing.T) {
	h := opened(t, 4)
	got := h.books(camille)
	if got.Status != booking.StatusPending {
		t.Errorf("got %+v", got)
	}
	s := h.reads(got.BookingID)
	if s.Status != booking.StatusConfirmed {
		t.Errorf("%+v", s)
	}
}
