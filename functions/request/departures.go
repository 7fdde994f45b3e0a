package request

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// shownDeparture is a departure as it is shown: its terms, and its counters as
// they stood at that version.
type shownDeparture struct {
	ID        string                 `json:"id"`
	TourID    string                 `json:"tourId"`
	State     booking.DepartureState `json:"state"`
	StartsAt  time.Time              `json:"startsAt"`
	TimeZone  string                 `json:"timeZone"`
	Capacity  int                    `json:"capacity"`
	Held      int                    `json:"held"`
	Sold      int                    `json:"sold"`
	Available int                    `json:"available"`
	Version   uint64                 `json:"version"`
	Price     booking.Money          `json:"price"`
	MinParty  int                    `json:"minParty,omitempty"`
	Policy    booking.Policy         `json:"policy,omitempty"`

	MeetingPoint string `json:"meetingPoint,omitempty"` // empty: the tour's
}

func departureShown(d booking.Departure) shownDeparture {
	return shownDeparture{
		ID: d.ID, TourID: d.Terms.TourID, State: d.State, StartsAt: d.Terms.StartsAt, TimeZone: d.Terms.TimeZone,
		Capacity: d.Terms.Capacity, Held: d.Held, Sold: d.Sold, Available: d.Available(), Version: d.Version,
		Price: d.Terms.Price, MinParty: d.Terms.MinParty, Policy: d.Terms.Policy,
		MeetingPoint: d.Terms.MeetingPoint,
	}
}

func (d Door) departure(ctx context.Context, id string) (dep booking.Departure, err error) {
	return dep, readHead(ctx, d.Records, record.KindDeparture, id, &dep)
}

// opened is a departure, which must have been opened once.
func (d Door) opened(ctx context.Context, id string) (dep booking.Departure, err error) {
	if dep, err = d.departure(ctx, id); err == nil && dep.State == "" {
		err = refused(booking.ReasonDepartureUnknown)
	}
	return dep, err
}

// inPath is the departure that the request's path names.
func (d Door) inPath(r *http.Request) (booking.Departure, error) {
	id, err := pathID(r, catalogPattern)
	if err != nil {
		return booking.Departure{}, err
	}
	return d.opened(r.Context(), id)
}

func (d Door) showDeparture(w http.ResponseWriter, r *http.Request) error {
	dep, err := d.inPath(r)
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, departureShown(dep))
	return nil
}

// mostPages bounds how far one request looks for the departures of a tour.
const mostPages = 20

// listDepartures lists departures by their start, from now on or from the time
// that the asker names. A page that was filtered may be short; the last is the
// one without next.
func (d Door) listDepartures(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	from, err := d.from(r)
	if err != nil {
		return err
	}
	if cursor == "" {
		cursor = store.From(record.IndexDepartures, from.Unix())
	}
	tour := r.URL.Query().Get("tour")
	if tour != "" && !catalogPattern.MatchString(tour) {
		return parameter("tour", "send a tour's id")
	}
	found := []shownDeparture{}
	for range mostPages {
		page, err := d.list(r.Context(), record.IndexDepartures, cursor, limit-len(found))
		if err != nil {
			return err
		}
		for _, id := range page.Members {
			dep, err := d.departure(r.Context(), id)
			if err != nil {
				return err
			}
			if tour == "" || dep.Terms.TourID == tour {
				found = append(found, departureShown(dep))
			}
		}
		if cursor = page.Next; cursor == "" || len(found) == limit {
			break
		}
	}
	web.JSON(w, http.StatusOK, struct {
		Departures []shownDeparture `json:"departures"`
		Next       string           `json:"next,omitempty"`
	}{found, cursor})
	return nil
}

var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

func (d Door) from(r *http.Request) (time.Time, error) {
	if !r.URL.Query().Has("from") {
		return d.Now(), nil
	}
	s := r.URL.Query().Get("from")
	from, err := time.Parse(time.RFC3339, s)
	if err != nil || !rfc3339.MatchString(s) {
		return from, parameter("from", "write a time of RFC 3339, as 2026-05-02T09:00:00Z, with + as %2B")
	}
	return from, nil
}
