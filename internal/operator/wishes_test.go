package operator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
)

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
	t.Run("until the keeper has heard of it, it is one wish; and another after", func(t *testing.T) {
		w := newWorld(t)
		id := w.stuck()
		var wakes []string
		for range 3 {
			for range 2 {
				w.now = w.now.Add(time.Nanosecond)
				w.ask(w.Sagas(), "POST /sagas/"+id+"/retry")
				wakes = append(wakes, w.waiting[len(w.waiting)-1].ID())
			}
			if len(w.waiting) != 4 || w.waiting[0].String() != w.waiting[2].String() || w.waiting[1].String() != w.waiting[3].String() {
				t.Errorf("asked twice it is %v", w.waiting)
			}
			w.run()
		}
		if len(slices.Compact(wakes)) != 3 {
			t.Errorf("got %v", wakes)
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

// offered puts the departure on sale with a policy, to leave in a fortnight.
func (w *world) offered() {
	w.t.Helper()
	w.says("catalog", events.DepartureOpen, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &booking.Terms{
		TourID: "lyon", StartsAt: noon.AddDate(0, 0, 14), TimeZone: "Europe/Paris", Capacity: 12, Price: eur(4500),
		Policy: booking.Policy{{HoursBefore: 72, Percent: 100}, {HoursBefore: 24, Percent: 50}},
	}}, "")
}

// took is what a wish is answered with.
func (w *world) took(what, body string) {
	w.t.Helper()
	if a := w.ask(w.Sagas(), "POST "+what, body); a.code != http.StatusAccepted {
		w.t.Fatalf("POST %s: %d %s", what, a.code, a.body)
	}
}

// TestSagas_Later asks one door for two wishes, as the program has one for all.
func TestSagas_Later(t *testing.T) {
	w := newWorld(t)
	w.offered()
	first, second, third := w.book("tok_visa"), w.book("tok_visa"), w.book("tok_visa")
	w.run()
	door := w.Sagas()
	wishes := func(what string) answer { return w.ask(door, "POST "+what, `{"who":"ada","why":"ill"}`) }
	if a := wishes("/sagas/" + first + "/cancel"); a.code != http.StatusAccepted {
		t.Fatalf("got %d %s", a.code, a.body)
	}
	w.run()
	w.now = w.now.Add(time.Hour)
	if a := wishes("/sagas/" + second + "/cancel"); a.code != http.StatusAccepted {
		t.Fatalf("got %d %s", a.code, a.body)
	}
	for _, ce := range w.waiting {
		if w.now.Sub(ce.Time()) > time.Minute {
			t.Errorf("%s is of %v; it is %v", ce.Type(), ce.Time(), w.now)
		}
	}
	w.run()
	w.now = noon.AddDate(0, 0, 14)
	if a := wishes("/sagas/" + third + "/cancel"); a.code != http.StatusConflict || !strings.Contains(a.body, "has left") {
		t.Errorf("when the departure has left: %d %s", a.code, a.body)
	}
}

// strict is a broker that takes nothing from who has gone.
type strict struct{ operator.Publisher }

// Publish implements operator.Publisher.
func (s strict) Publish(ctx context.Context, ces ...event.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Publisher.Publish(ctx, ces...)
}

// TestSagas_HangUp has an operator hang up while the wish is being committed: it
// is said all the same, for it is taken.
func TestSagas_HangUp(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	w.run()
	w.Broker = strict{w}
	held, release := w.store.Hold()
	ctx, hangUp := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/sagas/"+id+"/cancel", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer operator")
	rw, over := httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(over)
		w.Sagas().ServeHTTP(rw, r)
	}()
	<-held
	hangUp()
	release()
	<-over
	w.run()
	if s := w.shown(id); s.Status != "CANCELLED" {
		t.Errorf("it is %s, and was answered %d %s", s.Status, rw.Code, rw.Body)
	}
}

func TestSagas_CancelAndCompensate(t *testing.T) {
	for _, c := range []struct {
		verb   string
		before time.Duration // the departure
		back   int64
		reason string
	}{
		{"cancel", 100 * time.Hour, 9000, "customer"},
		{"cancel", 48 * time.Hour, 4500, "customer"},
		{"cancel", 12 * time.Hour, 0, "customer"},
		{"compensate", 100 * time.Hour, 9000, "operator"},
		{"compensate", 12 * time.Hour, 9000, "operator"},
		{"compensate", -2 * time.Hour, 9000, "operator"},
	} {
		t.Run(c.verb+" "+c.before.String()+" before the departure", func(t *testing.T) {
			w := newWorld(t)
			w.offered()
			id := w.book("tok_visa")
			w.run()
			w.now = noon.AddDate(0, 0, 14).Add(-c.before)
			var p foreseen
			w.gets(w.Sagas(), "/sagas/"+id+"/"+c.verb, &p)
			if p.Back.Amount != c.back || p.Taken.Amount != 0 || p.Status != "CONFIRMED" || p.Becomes != "CANCELLED" {
				t.Errorf("foreseen is %+v", p)
			}
			if len(w.waiting) != 0 {
				t.Errorf("to look at it says %v", w.waiting)
			}
			w.took("/sagas/"+id+"/"+c.verb, `{"who":"ada","why":"ill","preview":"`+p.Preview+`"}`)
			if fact := intervened(t, w.waiting); string(fact.Deed) != c.verb || fact.Who != "ada" || fact.Why != "ill" || fact.Data.ID != id {
				t.Errorf("the fact says %+v", fact.Data)
			}
			w.run()
			if s := w.shown(id); s.Status != "CANCELLED" || s.Reason != c.reason {
				t.Errorf("it is %s for %s", s.Status, s.Reason)
			}
			if left := w.ledger(); left != 9000-c.back {
				t.Errorf("%d are kept", left)
			}
		})
	}
}

func TestSagas_WishTwice(t *testing.T) {
	for _, verb := range []string{"cancel", "compensate"} {
		t.Run(verb+" asked twice is one wish, even when all is done", func(t *testing.T) {
			w := newWorld(t)
			w.open()
			id := w.book("tok_visa")
			w.run()
			want := w.ask(w.Sagas(), "POST /sagas/"+id+"/"+verb, `{"who":"ada"}`)
			first := slices.Clone(w.waiting)
			w.run()
			w.now = w.now.Add(time.Hour)
			got := w.ask(w.Sagas(), "POST /sagas/"+id+"/"+verb, `{"who":"bob"}`)
			if want.code != http.StatusAccepted || got.code != want.code || got.body != want.body || !strings.Contains(got.body, `"CONFIRMED"`) {
				t.Errorf("%d %s, then %d %s", want.code, want.body, got.code, got.body)
			}
			for i, ce := range w.waiting {
				if ce.String() != first[i].String() {
					t.Errorf("then it says %v, and first %v", ce, first[i])
				}
			}
			w.run()
			if left := w.ledger(); left != 0 {
				t.Errorf("%d are kept", left)
			}
		})
	}
	t.Run("one that has ended otherwise is not undone", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		declined := w.book("tok_declined")
		w.run()
		w.keeps("completed-1", booking.StatusCompleted)
		for _, verb := range []string{"cancel", "compensate"} {
			for id, status := range map[string]string{declined: "CANCELLED", "completed-1": "COMPLETED"} {
				w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+id+"/"+verb, status)
				w.refused(w.Sagas(), http.StatusConflict, "GET /sagas/"+id+"/"+verb, status)
			}
		}
	})
	t.Run("a customer cancels no more once the departure has left", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.run()
		w.now = w.now.AddDate(0, 0, 14)
		w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+id+"/cancel", "compensate")
	})
	t.Run("one that the keeper has not heard of is cancelled too", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.waiting = nil
		w.took("/sagas/"+id+"/cancel", "{}")
		w.run()
		if s := w.shown(id); s.Status != "CANCELLED" || w.ledger() != 0 {
			t.Errorf("got %+v", s.line)
		}
	})
	t.Run("the log tells of it, and of no id in full", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_visa")
		w.run()
		w.took("/sagas/"+id+"/compensate", "{}")
		if log := w.log.String(); !strings.Contains(log, "name=booking.cancel") || strings.Contains(log, id) || !strings.Contains(log, id[:8]) {
			t.Errorf("it says %s", log)
		}
	})
}

func TestSagas_WishAsShown(t *testing.T) {
	w := newWorld(t)
	w.offered()
	id := w.book("tok_visa")
	w.run()
	w.now = noon.AddDate(0, 0, 11).Add(-time.Minute)
	var p, later foreseen
	w.gets(w.Sagas(), "/sagas/"+id+"/cancel", &p)
	w.now = w.now.Add(2 * time.Minute) // it gives back less by now
	w.refused(w.Sagas(), http.StatusConflict, "POST /sagas/"+id+"/cancel", "moved-on", `{"preview":"`+p.Preview+`"}`)
	if len(w.waiting) != 0 {
		t.Errorf("and says %v", w.waiting)
	}
	w.gets(w.Sagas(), "/sagas/"+id+"/cancel", &later)
	if p.Back.Amount != 9000 || later.Back.Amount != 4500 {
		t.Errorf("%v would be given back, then %v", p.Back, later.Back)
	}
	w.took("/sagas/"+id+"/cancel", `{"preview":"`+later.Preview+`"}`)
	w.run()
	w.took("/sagas/"+id+"/cancel", `{"preview":"`+p.Preview+`"}`) // taken, it is the same wish whatever was shown
}
