package operator

import (
	"net/http"

	"tourbillon/internal/web"
)

// Sagas lets operators look at bookings under way, and retry, cancel and
// compensate them, having looked at what would come of it.
func (d Desk) Sagas() http.Handler { return d.serve(d.sagas()) }

func (d Desk) sagas() []route {
	return []route{
		{"GET", "/sagas", d.listSagas},
		{"GET", "/sagas/{id}", d.showSaga},
		{"GET", "/sagas/{id}/retry", d.foresee(retry)},
		{"POST", "/sagas/{id}/retry", d.wish(retry)},
		{"GET", "/sagas/{id}/cancel", d.foresee(cancel)},
		{"POST", "/sagas/{id}/cancel", d.wish(cancel)},
		{"GET", "/sagas/{id}/compensate", d.foresee(compensate)},
		{"POST", "/sagas/{id}/compensate", d.wish(compensate)},
	}
}

func (d Desk) listSagas(w http.ResponseWriter, r *http.Request) error {
	cursor, limit, wrong := web.Page(r)
	if wrong != nil {
		return *wrong
	}
	asked, err := askedSagas(r.URL.Query(), d.Now())
	if err != nil {
		return err
	}
	found, next, err := d.lookSagas(r.Context(), asked, cursor, limit)
	if err != nil {
		return err
	}
	lines := []sagaLine{}
	for _, s := range found {
		line := lineOf(s)
		if asked.seats {
			if line.Seat, err = d.seat(r.Context(), s.Booking); err != nil {
				return err
			}
		}
		lines = append(lines, line)
	}
	web.JSON(w, http.StatusOK, struct {
		Sagas []sagaLine `json:"sagas"`
		Next  string     `json:"next,omitempty"`
	}{lines, next})
	return nil
}

func (d Desk) showSaga(w http.ResponseWriter, r *http.Request) error {
	s, err := d.find(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, pageOf(d.Plans, s))
	return nil
}
