package operator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
)

// ids are those of a list, by pages of some size.
func (w *world) ids(query string, limit int) (ids []string) {
	w.t.Helper()
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		var l list
		w.gets(w.Sagas(), fmt.Sprintf("/sagas?limit=%d&cursor=%s&%s", limit, cursor, query), &l)
		for _, s := range l.Sagas {
			ids = append(ids, s.ID)
		}
		if cursor = l.Next; pages > 500 {
			w.t.Fatal("it never ends")
		}
	}
	slices.Sort(ids)
	return ids
}

func TestSagas_Filters(t *testing.T) {
	w := newWorld(t)
	w.open()
	early := w.book("tok_visa")
	w.run()
	w.now = w.now.Add(time.Hour)
	declined, late := w.book("tok_declined"), w.book("tok_visa")
	w.run()
	elsewhere := w.says("request", events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: "nowhere", Seats: 1},
		Customer: &booking.Customer{Name: "Ada", Email: "ada@example.com"}, Payment: &booking.Token{Token: "tok_visa"},
	}, "elsewhere").Subject()
	w.run()
	for query, want := range map[string][]string{
		"":                                     {early, declined, late, elsewhere},
		"status=CONFIRMED":                     {early, late},
		"departure=lyon-0900":                  {early, declined, late},
		"departure=lyon-0900&status=CANCELLED": {declined},
		"departure=nowhere":                    {elsewhere},
		"departure=none":                       nil,
		"over=89.99EUR":                        {early, declined, late},
		"over=90EUR":                           nil,
		"over=0USD":                            nil,
		"since=10m":                            {declined, late, elsewhere},
		"older=10m":                            {early},
		"older=10m&status=CANCELLED":           nil,
		"since=2h&older=1m":                    {early},
		"since=10m&over=1EUR&departure=lyon-0900": {declined, late},
		"question=stuck":                            nil,
		"question=undo-owed":                        nil,
		"question=paid-without-seat":                nil,
		"question=paid-without-seat&status=EXPIRED": nil,
	} {
		for _, limit := range []int{1, 2, 200} {
			t.Run(fmt.Sprintf("%s by pages of %d", query, limit), func(t *testing.T) {
				slices.Sort(want)
				if got := w.ids(query, limit); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
	for query, words := range map[string]string{
		"over=500": "over: ", "over=EUR": "over: ", "over=-1EUR": "over: ", "over=1.234EUR": "over: ", "over=1e3EUR": "over: ", "over=5XYZ": "over: ",
		"question=lost": "question: ", "departure=a/b": "departure: ", "status=GONE": "status: ", "since=x": "since: ",
		"since=200000d": "since: ", "older=-1d": "older: ", "older=-200000d": "older: ",
	} {
		w.refused(w.Sagas(), http.StatusBadRequest, "GET /sagas?"+query, words)
	}
}

func TestSagas_Questions(t *testing.T) {
	t.Run("who paid and has no sold seat is found, and is stuck after a while", func(t *testing.T) {
		w := newWorld(t)
		id := w.stuck()
		var l struct {
			Sagas []struct {
				ID, Seat string
				Paid     *booking.Money
			}
		}
		w.gets(w.Sagas(), "/sagas?question=paid-without-seat", &l)
		if len(l.Sagas) != 1 || l.Sagas[0].ID != id || l.Sagas[0].Seat != "held" || *l.Sagas[0].Paid != eur(9000) {
			t.Errorf("got %+v", l)
		}
		if got := w.ids("question=stuck", 10); !slices.Equal(got, []string{id}) {
			t.Errorf("stuck are %q", got)
		}
		w.lost = nil
		w.took("/sagas/"+id+"/retry", "{}")
		w.run()
		for _, q := range []string{"stuck", "paid-without-seat", "undo-owed"} {
			if got := w.ids("question="+q, 10); got != nil {
				t.Errorf("mended, %s are %q", q, got)
			}
		}
	})
	t.Run("what is owed back is found until it is given", func(t *testing.T) {
		w := newWorld(t)
		w.open()
		id := w.book("tok_refund_fails")
		w.run()
		w.took("/sagas/"+id+"/compensate", "{}")
		w.run()
		var l struct {
			Sagas []struct {
				ID         string
				Paid, Owed *booking.Money
			}
		}
		w.gets(w.Sagas(), "/sagas?question=undo-owed", &l)
		if len(l.Sagas) != 1 || l.Sagas[0].ID != id || *l.Sagas[0].Owed != eur(9000) || *l.Sagas[0].Paid != eur(9000) {
			t.Errorf("got %+v", l)
		}
		w.tick(time.Minute)
		if got := w.ids("question=undo-owed", 10); got != nil || w.ledger() != 0 {
			t.Errorf("given back, there are %q", got)
		}
	})
}

// TestSagas_LookIsBounded holds that a request for little among much ends, and
// that what it did not look at is looked at by the next.
func TestSagas_LookIsBounded(t *testing.T) {
	w := newWorld(t)
	const many = operator.MostLooked + 300
	for i := range many {
		w.keeps(fmt.Sprintf("booking-%05d", i), booking.StatusOnHold)
	}
	var l list
	loads := w.store.Loads()
	w.gets(w.Sagas(), "/sagas?over=1EUR&limit=10", &l)
	if looked := w.store.Loads() - loads; len(l.Sagas) != 0 || l.Next == "" || looked > operator.MostLooked+200 {
		t.Errorf("got %d, next %q, after %d records", len(l.Sagas), l.Next, looked)
	}
	if got := w.ids("older=0s&limit=200", 200); len(got) != many {
		t.Errorf("%d of %d are found", len(got), many)
	}
	if got := w.ids("over=1EUR", 10); got != nil {
		t.Errorf("got %q", got)
	}
}
