package request

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// watching is that a customer watches a departure. The customer's key is not in
// it: anybody can post anybody's address, and would hold the key to what they
// are told. It is in the messages, which come to who has the address.
type watching struct {
	CustomerID  string    `json:"customerId"`
	DepartureID string    `json:"departureId"`
	Since       time.Time `json:"since"`
}

// watch has a customer told of a departure's seats. The contact is kept in their
// own record. Who shows no key leaves neither name nor telephone number, changes nothing of
// a contact that is there already, and is not told since when it is.
func (d Door) watch(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, catalogPattern)
	if err != nil {
		return err
	}
	b, err := web.ReadObject(w, r)
	if err != nil {
		return err
	}
	who, err := watcher(id, b)
	if err != nil {
		return err
	}
	dep, err := d.opened(r.Context(), id)
	switch {
	case err != nil:
		return err
	case dep.State == booking.DepartureCancelled:
		return refused(booking.ReasonDepartureCancelled)
	case !d.Now().Before(dep.Terms.StartsAt):
		return refused(booking.ReasonDeparted)
	}
	now, is := d.Now(), watching{CustomerID: d.CustomerID(who), DepartureID: id}
	_, strange := d.customerOf(r, is.CustomerID)
	if strange != nil {
		who.Name, who.Phone = "", "" // which may be anybody's, and anything
	}
	ctx := context.WithoutCancel(r.Context())
	err = record.ChangeWatch(ctx, d.Records, is.CustomerID, id, func(was booking.Reader, e booking.Watch) (booking.Reader, booking.Watch) {
		if was.Contact == nil || strange == nil {
			was.Contact = &who
		}
		if e.Since.IsZero() {
			e.Since = now
		}
		if is.Since = now; strange == nil {
			is.Since = e.Since
		}
		return was, e
	})
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusAccepted, is)
	return nil
}

// watcher is the customer in a body, held to what is asked of who books.
func watcher(departure string, b web.Body) (booking.Customer, error) {
	if err := b.Only("customer"); err != nil {
		return booking.Customer{}, err
	}
	as := map[string]json.RawMessage{
		"departureId": json.RawMessage(`"` + departure + `"`), "seats": json.RawMessage("1"), "payment": json.RawMessage(`{"token":"none"}`),
	}
	if who, given := b.Fields["customer"]; given {
		as["customer"] = who
	}
	data, err := checked(events.BookingRequest, as, unmoved)
	if err != nil {
		return booking.Customer{}, err
	}
	who := *data.Customer
	who.Email = strings.TrimSpace(who.Email)
	return who, nil
}

// unwatch ends that. Who does not watch it is answered the same.
func (d Door) unwatch(w http.ResponseWriter, r *http.Request) error {
	departure, err := pathID(r, catalogPattern)
	if err != nil {
		return err
	}
	id, err := d.customerOf(r, r.URL.Query().Get("customer"))
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(r.Context())
	err = record.ChangeWatch(ctx, d.Records, id, departure, func(was booking.Reader, _ booking.Watch) (booking.Reader, booking.Watch) {
		return was, booking.Watch{}
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
