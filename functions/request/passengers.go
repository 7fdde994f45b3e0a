package request

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
)

// passenger is who has seats of a departure, for who leads it.
type passenger struct {
	BookingID string         `json:"bookingId"`
	Status    booking.Status `json:"status"`
	Seats     int            `json:"seats"`
	Name      string         `json:"name,omitempty"` // absent once it was erased
	Email     string         `json:"email,omitempty"`
	Phone     string         `json:"phone,omitempty"`
	Locale    string         `json:"locale,omitempty"`
}

// listPassengers lists who has seats of a departure, held or sold: by pages,
// or as one table.
func (d Door) listPassengers(w http.ResponseWriter, r *http.Request) error {
	dep, err := d.inPath(r)
	if err != nil {
		return err
	}
	table, err := wantsTable(r)
	if err != nil {
		return err
	}
	if table {
		return d.passengerTable(w, r, dep.ID)
	}
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	found, next, err := d.passengers(r.Context(), dep.ID, cursor, limit)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, struct {
		Passengers []passenger `json:"passengers"`
		Next       string      `json:"next,omitempty"`
	}{found, next})
	return nil
}

func (d Door) passengers(ctx context.Context, departureID, cursor string, limit int) ([]passenger, string, error) {
	page, err := d.list(ctx, record.IndexBookings(departureID), cursor, limit)
	if err != nil {
		return nil, "", err
	}
	found := []passenger{}
	for _, id := range page.Members {
		v, err := d.look(ctx, id)
		if err != nil {
			return nil, "", err
		}
		p := passenger{BookingID: id, Status: v.status(), Seats: v.booking().Seats}
		if c := v.intake.Customer; c != nil {
			p.Name, p.Email, p.Phone, p.Locale = c.Name, c.Email, c.Phone, c.Locale
		}
		found = append(found, p)
	}
	return found, page.Next, nil
}

// wantsTable reports whether the asker wants CSV: by the parameter format, or
// by the first type of the header Accept that we have.
func wantsTable(r *http.Request) (bool, error) {
	switch format := r.URL.Query().Get("format"); format {
	case "csv", "json":
		return format == "csv", nil
	case "":
	default:
		return false, parameter("format", "send csv or json")
	}
	return web.Accepts(r, "text/csv"), nil
}

// passengerTable sends the whole list, or nothing of it: half a list looks
// like a list.
func (d Door) passengerTable(w http.ResponseWriter, r *http.Request, departureID string) error {
	var file bytes.Buffer
	table := csv.NewWriter(&file)
	table.UseCRLF = true // RFC 4180
	_ = table.Write([]string{"bookingId", "status", "seats", "name", "email", "phone", "locale"})
	for cursor, more := "", true; more; more = cursor != "" {
		var found []passenger
		var err error
		if found, cursor, err = d.passengers(r.Context(), departureID, cursor, web.MaxPage); err != nil {
			return err
		}
		for _, p := range found {
			_ = table.Write([]string{
				p.BookingID, string(p.Status), strconv.Itoa(p.Seats), inert(p.Name), inert(p.Email), p.Phone, inert(p.Locale),
			})
		}
	}
	table.Flush() // into memory: it cannot fail
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+departureID+`-passengers.csv"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(file.Len()))
	_, _ = file.WriteTo(w) // who is gone does not need it
	return nil
}

// inert is a customer's text that no spreadsheet takes for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
