package operator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
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
		r.Heard = append(r.Heard, saga.Heard{Name: n})
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

// stuck is a booking whose seats are not sold until an operator is told.
func (w *world) stuck() (id string) {
	w.t.Helper()
	w.open()
	id = w.book("tok_visa")
	w.lost[events.SpotsSell] = true
	w.run()
	for range 8 {
		w.tick(2 * time.Minute)
	}
	return id
}

func (w *world) shown(id string) (p page) {
	w.t.Helper()
	w.gets(w.Sagas(), "/sagas/"+id, &p)
	return p
}

func TestSagas_Retry(t *testing.T) {
	t.Run("one that is stuck says so, and a retry takes it on at once", func(t *testing.T) {
		w := newWorld(t)
		id := w.stuck()
		before := w.shown(id)
		if before.Stuck == nil || before.Stuck.Step != "tour.spots.sell" || before.Armed.Said < 3 {
			t.Fatalf("it is not stuck: %+v", before.line)
		}
		w.lost = nil
		if a := w.ask(w.Sagas(), "POST /sagas/"+id+"/retry"); a.code != http.StatusAccepted || a.body != `{"id":"`+id+`","status":"CONFIRMED"}` {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		w.run()
		if after := w.shown(id); after.Armed.Step != "booking.complete" || after.Stuck != nil || len(after.Endings) != 1 {
			t.Errorf("got %+v", after.line)
		}
	})
	t.Run("a booking that only the intake knows is taken up", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.waiting = nil // the broker lost it
		if a := w.ask(w.Sagas(), "POST /sagas/"+id+"/retry"); a.code != http.StatusAccepted {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		w.run()
		if p := w.shown(id); p.Status != "CONFIRMED" {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("each retry is another event", func(t *testing.T) {
		w := newWorld(t)
		id := w.stuck()
		for range 2 {
			w.now = w.now.Add(time.Nanosecond)
			w.ask(w.Sagas(), "POST /sagas/"+id+"/retry")
		}
		if len(w.waiting) != 2 || w.waiting[0].ID() == w.waiting[1].ID() {
			t.Errorf("got %v", w.waiting)
		}
	})
	t.Run("where nothing waits it is pointless", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		confirmed, declined := w.book("tok_visa"), w.book("tok_declined")
		w.run()
		w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+confirmed+"/retry", "booking.complete")
		w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+declined+"/retry", "CANCELLED")
		if len(w.waiting) != 0 {
			t.Error("and is said all the same")
		}
	})
}

func TestSagas_Cancel(t *testing.T) {
	w := newWorld(t)
	w.open()
	confirmed, declined := w.book("tok_visa"), w.book("tok_declined")
	w.run()
	fresh := w.book("tok_visa")
	w.waiting = nil
	t.Run("a booking is cancelled by an operator, and its money given back", func(t *testing.T) {
		for range 2 {
			if a := w.ask(w.Sagas(), "POST /sagas/"+confirmed+"/cancel"); a.code != http.StatusAccepted || a.body != `{"id":"`+confirmed+`","status":"CONFIRMED"}` {
				t.Fatalf("got %d %s", a.code, a.body)
			}
		}
		if len(w.waiting) != 2 || w.waiting[0].ID() != w.waiting[1].ID() || !w.waiting[0].Time().Equal(w.now) {
			t.Errorf("asked twice it is not the same wish: %v", w.waiting)
		}
		w.run()
		p := w.shown(confirmed)
		refunded := slices.ContainsFunc(p.Timeline, func(m instant) bool { return m.Event == "payment.refunded" })
		if p.Status != "CANCELLED" || p.Reason != "operator" || p.Wish.Reason != "operator" || !refunded || len(p.Endings) != 2 {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("so is one that the keeper has not heard of", func(t *testing.T) {
		if a := w.ask(w.Sagas(), "POST /sagas/"+fresh+"/cancel"); a.code != http.StatusAccepted {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		w.run()
		if p := w.shown(fresh); p.Status != "CANCELLED" || p.Reason != "operator" {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("one that has ended is not cancelled", func(t *testing.T) {
		w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+declined+"/cancel", "CANCELLED")
		w.keeps("completed-1", booking.StatusCompleted)
		w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/completed-1/cancel", "COMPLETED")
	})
	t.Run("the log tells of it, and of no id in full", func(t *testing.T) {
		if log := w.log.String(); !strings.Contains(log, "name=booking.cancel") || strings.Contains(log, confirmed) || !strings.Contains(log, confirmed[:8]) {
			t.Errorf("it says %s", log)
		}
	})
}
