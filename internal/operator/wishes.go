package operator

import (
	"net/http"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// retry has the keeper say the armed command now, not when it is due. Every retry
// is an event of its own: the same event is answered by what was said on it.
func (d Desk) retry(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	s, err := d.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	switch s.Armed.Step {
	case "":
		return pointless("The booking has ended as " + string(s.Status()) + ": nothing is left to be said.")
	case d.Plans[s.Plan].Complete.Command:
		return pointless("Nothing is left to be said but " + string(s.Armed.Step) + ", when the departure has left.")
	}
	e := d.tell(events.SagaWake, events.Data{Booking: about(s.Booking), By: "operator"}, d.Now().UTC().Format(time.RFC3339Nano))
	return d.wish(w, r, e, s.Status())
}

// cancel says that an operator wishes the booking cancelled. It is the same
// wish, by its id, however often it is said.
func (d Desk) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	s, err := d.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if now := s.Status(); now.Closed() || now == booking.StatusCompleted {
		return pointless("The booking has ended as " + string(now) + ".")
	}
	e := d.tell(events.BookingCancel, events.Data{Booking: about(s.Booking), By: "operator", Reason: booking.ReasonOperator}, "")
	return d.wish(w, r, e, s.Status())
}

// wish publishes an operator's wish and answers that it is taken; the status is
// the booking's before.
func (d Desk) wish(w http.ResponseWriter, r *http.Request, e events.Event, s booking.Status) error {
	if err := d.publish(r.Context(), e); err != nil {
		return err
	}
	web.JSON(w, http.StatusAccepted, struct {
		ID     string         `json:"id"`
		Status booking.Status `json:"status"`
	}{e.Data.ID, s})
	return nil
}

// about is what a wish says of its booking: which, and where, for a keeper that
// has not heard of it.
func about(b booking.Booking) booking.Booking {
	return booking.Booking{ID: b.ID, DepartureID: b.DepartureID}
}
