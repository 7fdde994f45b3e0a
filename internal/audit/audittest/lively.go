package audittest

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Lively makes a world in which everything has happened that can, in these
// flows, or in both, and has ended. It returns the bookings by what became of
// them.
func (w *World) Lively(flows ...booking.Flow) map[string]string {
	w.T.Helper()
	if len(flows) == 0 {
		flows = []booking.Flow{booking.Orchestration, booking.Choreography}
	}
	w.Open("lyon-0900", 40)
	w.Open("lyon-1400", 3)
	w.people()
	all := map[string]string{}
	for i, flow := range flows {
		of := []string{"", " by " + string(flow)}[i]
		for _, c := range []struct{ says, token string }{
			{"confirmed", "tok_visa"}, {"declined", "tok_declined"}, {"tried again", "tok_try_again"}, {"flaky", "tok_flaky"},
			{"paid later", "tok_async"}, {"declined later", "tok_async_fails"},
		} {
			all[c.says+of] = w.Book("lyon-0900", 2, c.token, flow)
		}
		all["cancelled"+of] = w.Book("lyon-0900", 1, "tok_visa", flow)
		w.Cancel(all["cancelled"+of], "lyon-0900")
		all["refund refused"+of] = w.Book("lyon-0900", 1, "tok_refund_fails", flow)
		w.Cancel(all["refund refused"+of], "lyon-0900")
		all["sold out"+of] = w.Book("lyon-1400", 4, "tok_visa", flow)
		all["taken off"+of] = w.Book("lyon-1400", 1, "tok_visa", flow)
	}
	w.Catalog(events.DepartureChange, "lyon-0900", w.Terms(41))
	w.Catalog(events.DepartureChange, "lyon-0900", w.Terms(1)) // refused
	moved := w.Terms(41)
	moved.StartsAt, moved.MeetingPoint = moved.StartsAt.Add(time.Hour), "Place des Terreaux"
	w.Catalog(events.DepartureChange, "lyon-0900", moved)
	w.Catalog(events.DepartureCancel, "lyon-1400", nil)
	w.Catalog(events.DepartureClose, "lyon-0900", nil)
	w.Say("catalog", events.TourUpdate, events.Data{Tour: &booking.Tour{ID: "old-town", Name: "Old Lyon", City: "Lyon"}}, "renamed")
	w.Run()
	for range 240 { // two hours: whatever is owed is settled
		w.Tick(30 * time.Second)
	}
	return all
}
