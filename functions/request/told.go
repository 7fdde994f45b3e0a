package request

import (
	"net/http"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// told is a message as its customer sees it later: to which address it went and
// what it said is nowhere in it.
type told struct {
	ID          string           `json:"id"`
	Template    string           `json:"template"`
	Category    booking.Category `json:"category"`
	Channel     string           `json:"channel"`
	BookingID   string           `json:"bookingId,omitempty"`
	DepartureID string           `json:"departureId,omitempty"`
	Status      string           `json:"status"`
	At          time.Time        `json:"at"`             // when it was asked for
	Until       time.Time        `json:"until,omitzero"` // while it is deferred
	Reason      string           `json:"reason,omitempty"`
}

func toldOf(id string, n booking.Notification) told {
	t := told{
		ID: id, Template: n.Template, Category: n.Category, Channel: n.Channel, BookingID: n.Booking.ID,
		DepartureID: n.Booking.DepartureID, Status: n.State(), At: n.At,
	}
	switch {
	case n.Bounced != nil:
		t.Reason = n.Bounced.Code
	case n.Failed != nil:
		t.Reason = n.Failed.Code
	}
	if n.Waits {
		t.Until, t.Reason = n.Until, n.Deferred.Code
	}
	return t
}

// listTold lists what a customer was told, or was to be: the newest first.
func (d Door) listTold(w http.ResponseWriter, r *http.Request) error {
	id, err := d.customer(r)
	if err != nil {
		return err
	}
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	page, err := d.list(r.Context(), record.IndexMessagesOf(id), cursor, limit)
	if err != nil {
		return err
	}
	found := []told{}
	for _, id := range page.Members {
		n, err := record.ReadNotification(r.Context(), d.Records, id)
		if err != nil {
			return err
		}
		found = append(found, toldOf(id, n))
	}
	web.JSON(w, http.StatusOK, struct {
		Notifications []told `json:"notifications"`
		Next          string `json:"next,omitempty"`
	}{found, page.Next})
	return nil
}
