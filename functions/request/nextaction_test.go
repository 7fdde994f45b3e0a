package request_test

import (
	"net/url"
	"testing"

	"tourbillon/functions/request"
	"tourbillon/internal/booking"
)

func TestDoor_ShowBooking_NextAction(t *testing.T) {
	public, err := url.Parse("https://book.example.com/api/")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*request.Door)
		want   string
	}{
		"below where the door says it is":  {func(d *request.Door) { d.Public = public }, "https://book.example.com/sandbox/authenticate/"},
		"below where the asker reaches it": {func(*request.Door) {}, "http://example.com/sandbox/authenticate/"},
	} {
		t.Run("a customer whose bank wants to see them is told where, "+name, func(t *testing.T) {
			h := opened(t, 4, c.change)
			id := h.books(wanting("payment", `{"token":"tok_3ds"}`)).BookingID
			got := h.reads(id)
			if got.Status != booking.StatusOnHold || got.NextAction == nil || got.NextAction.Type != "redirect" {
				t.Fatalf("%+v", got)
			}
			if len(got.NextAction.URL) <= len(c.want) || got.NextAction.URL[:len(c.want)] != c.want {
				t.Errorf("it is at %s, want it below %s", got.NextAction.URL, c.want)
			}
			h.must(202, h.ask("POST", "/bookings/"+id+"/cancel", ""))
			if got := h.reads(id); got.Status != booking.StatusCancelled || got.NextAction != nil {
				t.Errorf("cancelled, it is %+v", got)
			}
		})
	}
	t.Run("others have nothing to do", func(t *testing.T) {
		h := opened(t, 4)
		if got := h.reads(h.books(wanting("payment", `{"token":"tok_async"}`)).BookingID); got.Status != booking.StatusOnHold || got.NextAction != nil {
			t.Errorf("%+v", got)
		}
	})
}
