package operator

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// Notifications lets operators look at what customers were told, and have an
// ending told.
func (d Desk) Notifications() http.Handler { return d.serve(d.notifications()) }

func (d Desk) notifications() []route {
	return []route{
		{"GET", "/mailbox", d.listMailbox},
		{"GET", "/notifications/{id}", d.listNotifications},
		{"POST", "/notifications", d.notify},
		{"POST", "/notifications/test", d.testNotification},
		{"GET", "/templates", d.listTemplates},
	}
}

func (d Desk) listMailbox(w http.ResponseWriter, r *http.Request) error {
	mails, next, err := d.mails(r, r.URL.Query().Get("booking"))
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, struct {
		Messages []record.Mail `json:"messages"`
		Next     string        `json:"next,omitempty"`
	}{mails, next})
	return nil
}

func (d Desk) listNotifications(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if _, err := d.find(r.Context(), id); err != nil {
		return err
	}
	mails, next, err := d.mails(r, id)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, struct {
		Notifications []record.Mail `json:"notifications"`
		Next          string        `json:"next,omitempty"`
	}{mails, next})
	return nil
}

// mails is a page of the mailbox, or of what is in it of one booking.
func (d Desk) mails(r *http.Request, booking string) (mails []record.Mail, next string, err error) {
	cursor, limit, wrong := web.Page(r)
	switch {
	case wrong != nil:
		return nil, "", *wrong
	case booking == "":
		mails, next, err = d.Mailbox.List(r.Context(), cursor, limit)
	case !bookingID.MatchString(booking):
		return nil, "", unknownBooking
	default:
		mails, next, err = d.Mailbox.Of(r.Context(), booking, cursor, limit)
	}
	if mails == nil {
		mails = []record.Mail{}
	}
	return mails, next, err
}

func (d Desk) listTemplates(w http.ResponseWriter, _ *http.Request) error {
	web.JSON(w, http.StatusOK, struct {
		Templates []record.Template `json:"templates"`
	}{d.Words.Templates()})
	return nil
}

// order is what POST /notifications takes.
type order struct {
	BookingID  string
	Occurrence string // the ending to tell; empty: the booking's
}

// notify has the booking's ending told. Whether that was done before is known
// to the notification's record: nothing is sent twice.
func (d Desk) notify(w http.ResponseWriter, r *http.Request) error {
	b, err := web.ReadObject(w, r)
	if err == nil {
		err = b.Only("bookingId", "occurrence")
	}
	if err != nil {
		return err
	}
	o := order{BookingID: b.Text("bookingId"), Occurrence: b.Text("occurrence")}
	if err := d.check(b, o); err != nil {
		return err
	}
	data, err := d.telling(r.Context(), o)
	if err != nil {
		return err
	}
	if err := d.publish(r.Context(), d.tell(events.Announce, data, "")); err != nil {
		return err
	}
	web.JSON(w, http.StatusAccepted, struct {
		BookingID  string `json:"bookingId"`
		Occurrence string `json:"occurrence"`
	}{o.BookingID, data.Occurrence})
	return nil
}

func (d Desk) check(b web.Body, o order) error {
	names := d.templates()
	var wrong []web.Field
	if !bookingID.MatchString(o.BookingID) {
		wrong = append(wrong, web.Field{Pointer: "/bookingId", Detail: "write a booking's id"})
	}
	if raw, given := b.Fields["occurrence"]; given && string(raw) != `""` && !slices.Contains(names, o.Occurrence) {
		wrong = append(wrong, web.Field{Pointer: "/occurrence", Detail: "write one of " + strings.Join(names, ", ")})
	}
	if wrong == nil {
		return nil
	}
	return web.Invalid(wrong...)
}

// telling is what there is to tell of a booking's ending.
func (d Desk) telling(ctx context.Context, o order) (events.Data, error) {
	s, err := d.find(ctx, o.BookingID)
	if err != nil {
		return events.Data{}, err
	}
	data, may := d.Plans.Telling(s)
	switch {
	case !may:
		return data, pointless("The booking has not ended yet: there is nothing to tell.")
	case o.Occurrence != "" && o.Occurrence != data.Occurrence:
		return data, pointless("What there is to tell of the booking is " + data.Occurrence + ".")
	}
	return data, nil
}
