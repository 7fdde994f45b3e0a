package request

import (
	"net/http"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// cancelBooking takes on the customer's wish that the booking be cancelled.
// Whether it still can be, and what is given back, the records decide; what is
// known to be over is answered at once.
func (d Door) cancelBooking(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, bookingPattern)
	if err != nil {
		return err
	}
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	v, err := d.look(r.Context(), id)
	if err != nil {
		return err
	}
	b, status := v.booking(), v.status()
	left := !b.StartsAt.IsZero() && !d.Now().Before(b.StartsAt)
	switch {
	case !v.known():
		return notFound
	case status.Closed():
		taken{id, status}.write(w, http.StatusOK)
		return nil
	case status == booking.StatusCompleted:
		return refused(booking.ReasonEnded)
	case status == booking.StatusConfirmed && left:
		return refused(booking.ReasonTooLate)
	}
	wish := command(events.Tell(events.BookingCancel, events.Data{
		Booking: booking.Booking{ID: id, DepartureID: b.DepartureID}, By: "customer", Reason: booking.ReasonCustomer,
	}, d.Now()), r)
	if err := d.publish(r.Context(), wish); err != nil {
		return err
	}
	taken{id, status}.write(w, http.StatusAccepted)
	return nil
}
