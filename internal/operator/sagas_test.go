package operator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

type line struct {
	ID, Status, Reason, Flow, DepartureID string
	Seats                                 int
	Price                                 booking.Money
	Armed                                 *struct {
		Step       string
		Since, Due time.Time
		Said       int
	}
	Stuck *struct {
		Step  string
		Since time.Time
	}
	ExpiresAt time.Time
}

type instant struct {
	At               time.Time
	Event, ID, Cause string
	LatencyMs        float64
}

type page struct {
	line
	TourID   string
	Timeline []instant
	Endings  []struct {
		Occurrence, Reason string
		LastedMs           float64
	}
	Wish *struct{ As, Reason string }
}

type list struct {
	Sagas []line
	Next  string
}

// keeps puts a saga of the status into the store, without a system that made it.
func (w *world) keeps(id string, s booking.Status) {
	w.t.Helper()
	r := saga.Record{Plan: 1, Booking: booking.Booking{ID: id, ExpiresAt: noon}}
	for _, n := range map[booking.Status][]events.Name{
		booking.StatusOnHold: {events.SpotsReserved}, booking.StatusConfirmed: {events.BookingConfirmed},
		booking.StatusExpired: {events.BookingExpired}, booking.StatusCompleted: {events.BookingCompleted},
	}[s] {
		r.Heard = append(r.Heard, saga.Heard{Name: n, At: noon.Add(-time.Hour)})
	}
	raw, err := json.Marshal(r)
	if err == nil {
		err = w.Records.Update(w.t.Context(), store.Key{Record: record.KindSaga, ID: id}, id, func(store.Row) (store.Change, error) {
			return store.Change{Entry: raw, Index: []store.Index{{Name: record.IndexSagas(s), Member: id, In: true}}}, nil
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestSagas_List(t *testing.T) {
	w := newWorld(t)
	var all []string
	for s, n := range map[booking.Status]int{booking.StatusPending: 3, booking.StatusConfirmed: 2, booking.StatusExpired: 4, booking.StatusCompleted: 1} {
		for i := range n {
			w.keeps(fmt.Sprintf("%s-%d", s, i), s)
		}
	}
	for _, s := range booking.Statuses() {
		for i := range map[booking.Status]int{booking.StatusPending: 3, booking.StatusConfirmed: 2, booking.StatusExpired: 4, booking.StatusCompleted: 1}[s] {
			all = append(all, fmt.Sprintf("%s-%d", s, i))
		}
	}
	read := func(query string) (ids []string) {
		t.Helper()
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			var l list
			w.gets(w.Sagas(), "/sagas?cursor="+cursor+"&"+query, &l)
			if len(l.Sagas) == 0 && l.Next != "" || pages > 20 {
				t.Fatalf("page %d: %+v", pages, l)
			}
			for _, s := range l.Sagas {
				ids = append(ids, s.ID)
				if !strings.HasPrefix(s.ID, s.Status) {
					t.Errorf("%s is %s", s.ID, s.Status)
				}
			}
			cursor = l.Next
		}
		return ids
	}
	for _, limit := range []int{1, 2, 3, 4, 5, 9, 10, 11, 200} {
		t.Run(fmt.Sprintf("all statuses follow one another by pages of %d", limit), func(t *testing.T) {
			if diff := cmp.Diff(all, read(fmt.Sprint("limit=", limit))); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a status is a list of its own", func(t *testing.T) {
		if diff := cmp.Diff(all[5:9], read("status=EXPIRED&limit=3")); diff != "" {
			t.Error(diff)
		}
		if none := read("status=CANCELLED"); len(none) != 0 {
			t.Error(none)
		}
	})
	t.Run("a status that there is not is refused, with those there are", func(t *testing.T) {
		for _, s := range []string{"confirmed", "DONE", "%7B"} {
			w.refused(w.Sagas(), http.StatusBadRequest, "GET /sagas?status="+s, "COMPLETED")
		}
	})
	t.Run("a cursor of another list is refused", func(t *testing.T) {
		w.refused(w.Sagas(), http.StatusBadRequest, "GET /sagas?status=EXPIRED&cursor=PENDING.", "cursor")
		w.refused(w.Sagas(), http.StatusBadRequest, "GET /sagas?cursor=PENDING.x", "cursor")
	})
	t.Run("an empty list is a list", func(t *testing.T) {
		if a := w.ask(w.Sagas(), "GET /sagas?status=REJECTED"); a.body != `{"sagas":[]}` {
			t.Error(a.body)
		}
	})
}

func TestSagas_Show(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	t.Run("a booking that the keeper has not heard of is as its intake has it", func(t *testing.T) {
		var p page
		w.gets(w.Sagas(), "/sagas/"+id, &p)
		if p.Status != "PENDING" || p.Armed == nil || p.Armed.Step != "booking.request" || !p.Armed.Due.Equal(noon.Add(record.BornArmed)) || len(p.Timeline) != 0 {
			t.Errorf("got %+v", p)
		}
	})
	w.run()
	t.Run("a booking has its timeline, its ending and what is armed", func(t *testing.T) {
		var p page
		w.gets(w.Sagas(), "/sagas/"+id, &p)
		var told []string
		for _, m := range p.Timeline {
			told = append(told, m.Cause+" > "+m.Event)
			if m.Cause != "" && m.LatencyMs <= 0 || m.ID == "" || m.At.IsZero() {
				t.Errorf("moment %+v", m)
			}
		}
		want := []string{
			" > booking.requested", "booking.requested > tour.spots.reserved", "tour.spots.reserved > booking.created",
			"booking.created > payment.succeeded", "payment.succeeded > booking.confirmed",
			"booking.confirmed > tour.spots.sold", "tour.spots.sold > notification.sent",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
		if p.Status != "CONFIRMED" || p.Price != (booking.Money{Amount: 9000, Currency: "EUR"}) || p.TourID != "lyon" || p.Seats != 2 || p.Armed.Step != "booking.complete" {
			t.Errorf("got %+v", p.line)
		}
		if len(p.Endings) != 1 || p.Endings[0].Occurrence != "booking.confirmed" || p.Endings[0].LastedMs <= 0 {
			t.Errorf("endings %+v", p.Endings)
		}
	})
	t.Run("what nobody has heard of is not found, whatever it looks like", func(t *testing.T) {
		for _, id := range []string{
			"0123456789abcdef", "short", "%7Bs017%7D", "a:b:c:d:e:f", "..%2F..%2Fetc%2Fpasswd", "%00%00%00%00%00%00%00%00", "*********",
			strings.Repeat("a", 65), strings.Repeat("a", 4000), "%F0%9F%92%A3%F0%9F%92%A3%F0%9F%92%A3",
		} {
			loads := w.store.Loads()
			w.refused(w.Sagas(), http.StatusNotFound, "GET /sagas/"+id, "not-found")
			w.refused(w.Sagas(), http.StatusNotFound, "POST /sagas/"+id+"/retry", "not-found")
			w.refused(w.Sagas(), http.StatusNotFound, "POST /sagas/"+id+"/cancel", "not-found")
			w.refused(w.Notifications(), http.StatusNotFound, "GET /notifications/"+id, "not-found")
			if w.store.Loads() > loads && id != "0123456789abcdef" {
				t.Errorf("the store is asked for %q", id)
			}
		}
	})
	t.Run("a record that cannot be read is a mistake of ours", func(t *testing.T) {
		key := store.Key{Record: record.KindSaga, ID: "broken-record"}
		err := w.Records.Update(t.Context(), key, key.ID, func(store.Row) (store.Change, error) { return store.Change{Entry: []byte("{")}, nil })
		if err != nil {
			t.Fatal(err)
		}
		w.refused(w.Sagas(), http.StatusInternalServerError, "GET /sagas/"+key.ID, "failed")
		if !strings.Contains(w.log.String(), "broken-r:") {
			t.Errorf("the log says %s", w.log.String())
		}
	})
	t.Run("one by a plan of another build is shown", func(t *testing.T) {
		w.keeps("of-tomorrow", booking.StatusOnHold)
		w.Plans = saga.Plans{2: saga.V1()}
		var p page
		w.gets(w.Sagas(), "/sagas/of-tomorrow", &p)
		if p.Status != "ON_HOLD" || len(p.Timeline) != 1 {
			t.Errorf("got %+v", p)
		}
	})
}
