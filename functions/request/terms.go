package request

import (
	"net/http"
	"time"
	_ "time/tzdata" // the image has no zone files

	"golang.org/x/text/currency"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

func (d Door) openDeparture(w http.ResponseWriter, r *http.Request) error {
	return d.setTerms(w, r, events.DepartureOpen)
}

func (d Door) changeDeparture(w http.ResponseWriter, r *http.Request) error {
	return d.setTerms(w, r, events.DepartureChange)
}

func (d Door) setTerms(w http.ResponseWriter, r *http.Request, n events.Name) error {
	b, err := readObject(w, r)
	if err != nil {
		return err
	}
	if err := b.identify(r); err != nil {
		return err
	}
	data, err := checked(n, b.as("departure", "departureId"), func(at string) string {
		if at == "/departureId" {
			return "/id"
		}
		return below(at, "/departure")
	})
	if err != nil {
		return err
	}
	o, err := d.order(r, n, data, store.Key{Record: record.KindDeparture, ID: data.DepartureID})
	if err != nil {
		return err
	}
	o.check = func() error { return d.checkTerms(r, n, *data.Terms) }
	return d.carry(w, r, o)
}

// checkTerms refuses what fits the schema and is of no use all the same.
func (d Door) checkTerms(r *http.Request, n events.Name, t booking.Terms) error {
	var fields []web.Field
	say := func(pointer, detail string) { fields = append(fields, web.Field{Pointer: pointer, Detail: detail}) }
	if !d.Now().Before(t.StartsAt) && n == events.DepartureOpen {
		say("/startsAt", "is not in the future")
	}
	if _, err := time.LoadLocation(t.TimeZone); err != nil || t.TimeZone == "Local" {
		say("/timeZone", "is not an IANA time zone, as Europe/Paris")
	}
	if unit, err := currency.ParseISO(t.Price.Currency); err != nil || unit == currency.XXX || unit == currency.XTS {
		say("/price/currency", "is not a currency of ISO 4217, as EUR")
	}
	tour, err := d.tour(r.Context(), t.TourID)
	if err != nil {
		return err
	}
	if tour.ID == "" {
		say("/tourId", "there is no such tour")
	}
	if len(fields) > 0 {
		return invalid(fields...)
	}
	return nil
}

func (d Door) closeDeparture(w http.ResponseWriter, r *http.Request) error {
	return d.endDeparture(w, r, events.DepartureClose)
}

func (d Door) cancelDeparture(w http.ResponseWriter, r *http.Request) error {
	return d.endDeparture(w, r, events.DepartureCancel)
}

func (d Door) endDeparture(w http.ResponseWriter, r *http.Request, n events.Name) error {
	id, err := pathID(r, catalogPattern)
	if err == nil {
		err = readNothing(w, r)
	}
	if err != nil {
		return err
	}
	data := events.Data{Booking: booking.Booking{DepartureID: id}}
	o, err := d.order(r, n, data, store.Key{Record: record.KindDeparture, ID: id})
	if err != nil {
		return err
	}
	return d.carry(w, r, o)
}
