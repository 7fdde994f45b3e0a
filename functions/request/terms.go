package request

import (
	"net/http"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the image has no zone files

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
	b, err := web.ReadObject(w, r)
	if err != nil {
		return err
	}
	if err := identify(b, r); err != nil {
		return err
	}
	data, err := checked(n, part(b, "departure", "departureId"), func(at string) string {
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
	o.check = func() error {
		if n == events.DepartureChange {
			if _, err := d.opened(r.Context(), data.DepartureID); err != nil {
				return err
			}
		}
		return d.checkTerms(r, n, *data.Terms)
	}
	return d.carry(w, r, o)
}

// checkTerms refuses what fits the schema and is of no use all the same.
func (d Door) checkTerms(r *http.Request, n events.Name, t booking.Terms) error {
	var fields []web.Field
	say := func(pointer, detail string) { fields = append(fields, web.Field{Pointer: pointer, Detail: detail}) }
	if !d.Now().Before(t.StartsAt) && n == events.DepartureOpen {
		say("/startsAt", "is not in the future")
	}
	if t.StartsAt.After(d.Now().AddDate(furthest, 0, 0)) {
		say("/startsAt", "is more than fifty years ahead")
	}
	if !zone(t.TimeZone) {
		say("/timeZone", "is not an IANA time zone, as Europe/Paris")
	}
	if _, ok := booking.Digits(t.Price.Currency); !ok {
		say("/price/currency", "is not a currency of ISO 4217 that is in use, as EUR")
	}
	tour, err := d.tour(r.Context(), t.TourID)
	if err != nil {
		return err
	}
	if tour.ID == "" {
		say("/tourId", "there is no such tour")
	}
	if len(fields) > 0 {
		return web.Invalid(fields...)
	}
	return nil
}

// furthest is how many years ahead a departure may leave.
const furthest = 50

// zone reports whether a name is of a place's time zone. What a machine calls
// its own zone, or leaves where it keeps zones, is not.
func zone(name string) bool {
	_, err := time.LoadLocation(name)
	first, _, _ := strings.Cut(name, "/")
	return err == nil && !slices.Contains([]string{"Local", "localtime", "posixrules", "posix", "right", "Factory"}, first)
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
		err = web.ReadNothing(w, r)
	}
	if err != nil {
		return err
	}
	data := events.Data{Booking: booking.Booking{DepartureID: id}}
	o, err := d.order(r, n, data, store.Key{Record: record.KindDeparture, ID: id})
	if err != nil {
		return err
	}
	o.check = func() error {
		_, err := d.opened(r.Context(), id)
		return err
	}
	return d.carry(w, r, o)
}
