package request

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// readHead reads a record's head into what it is of; where there is none it
// stays.
func readHead(ctx context.Context, r *store.Records, kind, id string, into any) error {
	row, err := r.Read(ctx, store.Key{Record: kind, ID: id}, "")
	if err == nil && len(row.Head) > 0 {
		err = json.Unmarshal(row.Head, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	return nil
}

// list returns a page of a list, or what is wrong with its cursor.
func (d Door) list(ctx context.Context, index, cursor string, limit int) (store.Page, error) {
	page, err := d.Records.List(ctx, index, cursor, limit)
	if errors.Is(err, store.ErrCursor) {
		return page, web.BadCursor
	}
	return page, err
}

// shownTour is a tour as it is shown.
type shownTour struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	City         string `json:"city"`
	MeetingPoint string `json:"meetingPoint,omitempty"`
}

func tourShown(t booking.Tour) shownTour { return shownTour{t.ID, t.Name, t.City, t.MeetingPoint} }

func (d Door) tour(ctx context.Context, id string) (t booking.Tour, err error) {
	return t, readHead(ctx, d.Records, record.KindTour, id, &t)
}

func (d Door) showTour(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, catalogPattern)
	if err != nil {
		return err
	}
	t, err := d.tour(r.Context(), id)
	if err == nil && t.ID == "" {
		err = notFound
	}
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, tourShown(t))
	return nil
}

func (d Door) listTours(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	page, err := d.list(r.Context(), record.IndexTours, cursor, limit)
	if err != nil {
		return err
	}
	tours := []shownTour{}
	for _, id := range page.Members {
		t, err := d.tour(r.Context(), id)
		if err != nil {
			return err
		}
		tours = append(tours, tourShown(t))
	}
	web.JSON(w, http.StatusOK, struct {
		Tours []shownTour `json:"tours"`
		Next  string      `json:"next,omitempty"`
	}{tours, page.Next})
	return nil
}

func (d Door) createTour(w http.ResponseWriter, r *http.Request) error {
	return d.changeTourBy(w, r, events.TourCreate)
}

func (d Door) updateTour(w http.ResponseWriter, r *http.Request) error {
	return d.changeTourBy(w, r, events.TourUpdate)
}

func (d Door) changeTourBy(w http.ResponseWriter, r *http.Request, n events.Name) error {
	b, err := web.ReadObject(w, r)
	if err == nil {
		err = b.Without("v") // counts facts, and is nobody's to set
	}
	if err != nil {
		return err
	}
	if err := identify(b, r); err != nil {
		return err
	}
	data, err := checked(n, part(b, "tour", ""), func(at string) string { return below(at, "/tour") })
	if err != nil {
		return err
	}
	o, err := d.order(r, n, data, store.Key{Record: record.KindTour, ID: data.Tour.ID})
	if err != nil {
		return err
	}
	o.check = func() error {
		if t, err := d.tour(r.Context(), data.Tour.ID); n == events.TourCreate || err != nil || t.ID != "" {
			return err
		}
		return refused(booking.ReasonTourUnknown)
	}
	return d.carry(w, r, o)
}
