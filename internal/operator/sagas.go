package operator

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
)

// Sagas lets operators look at bookings under way, and retry and cancel them.
func (d Desk) Sagas() http.Handler { return d.serve(d.sagas()) }

func (d Desk) sagas() []route {
	return []route{
		{"GET", "/sagas", d.listSagas},
		{"GET", "/sagas/{id}", d.showSaga},
		{"POST", "/sagas/{id}/retry", d.retry},
		{"POST", "/sagas/{id}/cancel", d.cancel},
	}
}

func (d Desk) listSagas(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	statuses, err := askedStatuses(r.URL.Query().Get("status"))
	if err != nil {
		return err
	}
	ids, next, err := d.sagaIDs(r.Context(), statuses, cursor, limit)
	if err != nil {
		return err
	}
	lines := []sagaLine{}
	for _, id := range ids {
		s, known, err := d.saga(r.Context(), id)
		if err != nil {
			return err
		}
		if known { // else it went since it was listed
			lines = append(lines, lineOf(s))
		}
	}
	web.JSON(w, http.StatusOK, struct {
		Sagas []sagaLine `json:"sagas"`
		Next  string     `json:"next,omitempty"`
	}{lines, next})
	return nil
}

// askedStatuses are those of a list: the one named, or all in turn.
func askedStatuses(name string) ([]booking.Status, error) {
	all := booking.Statuses()
	switch {
	case name == "":
		return all, nil
	case !slices.Contains(all, booking.Status(name)):
		return nil, bad("status", fmt.Sprint("write one of ", all))
	}
	return []booking.Status{booking.Status(name)}, nil
}

// sagaIDs is a page of the lists of these statuses, one after another. A cursor
// is the status that it is in and the list's own cursor.
func (d Desk) sagaIDs(ctx context.Context, statuses []booking.Status, cursor string, limit int) (ids []string, next string, err error) {
	i, in := 0, ""
	if cursor != "" {
		status, rest, ours := strings.Cut(cursor, ".")
		if i, in = slices.Index(statuses, booking.Status(status)), rest; !ours || i < 0 {
			return nil, "", store.ErrCursor
		}
	}
	for ; i < len(statuses); i++ {
		if len(ids) == limit {
			return ids, string(statuses[i]) + ".", nil
		}
		page, err := d.Records.List(ctx, record.IndexSagas(statuses[i]), in, limit-len(ids))
		if err != nil {
			return nil, "", err
		}
		ids = append(ids, page.Members...)
		if page.Next != "" {
			return ids, string(statuses[i]) + "." + page.Next, nil
		}
		in = ""
	}
	return ids, "", nil
}

func (d Desk) showSaga(w http.ResponseWriter, r *http.Request) error {
	s, err := d.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, pageOf(d.Plans, s))
	return nil
}
