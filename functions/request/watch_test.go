package request_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// watching is what a watcher is answered.
type watching struct {
	CustomerID, DepartureID string
	Since                   time.Time
}

const watchPath = "/departures/lyon-0900/watch"

func (h *house) watches(body string, headers ...string) (w watching) {
	h.t.Helper()
	h.must(202, h.ask("POST", watchPath, body, headers...)).into(h.t, &w)
	return w
}

// watched are the departures that Camille watches.
func (h *house) watched() []string {
	h.t.Helper()
	all, err := record.Watches(h.t.Context(), h.door.Records, h.camille())
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func TestDoor_Watches(t *testing.T) {
	h := opened(t, 9)
	first := h.now
	h.run(t, "who watches is known by the address, and kept with it", func(t *testing.T) {
		r := h.must(202, h.ask("POST", watchPath, watcher))
		var got watching
		r.into(t, &got)
		if got.CustomerID != h.camille() || got.DepartureID != "lyon-0900" || !got.Since.Equal(first) {
			t.Errorf("%+v", got)
		}
		if strings.Contains(r.body, h.door.CustomerKey(h.camille())) || strings.Contains(r.body, "@") {
			t.Error("the key to her goes to whoever knows her address")
		}
		if diff := cmp.Diff(&booking.Customer{Email: "camille@example.com", Locale: "fr-FR"}, h.reader(h.camille()).Contact); diff != "" {
			t.Error(diff)
		}
		page, err := h.door.Records.List(t.Context(), record.IndexWatchers("lyon-0900"), "", 10)
		if err != nil || len(page.Members) != 1 || page.Members[0] != h.camille() || len(h.watched()) != 1 {
			t.Errorf("%v, %v, %v", page, err, h.watched())
		}
	})
	h.run(t, "asked again it is the same", func(t *testing.T) {
		h.later(time.Hour)
		commits := h.store.count()
		again := strings.Replace(watcher, "camille@", "CAMILLE@", 1)
		if got := h.watches(again); !got.Since.Equal(h.now) || got.CustomerID != h.camille() {
			t.Errorf("a stranger learns since when: %+v", got)
		}
		if h.store.count() != commits {
			t.Error("it writes")
		}
		if got := h.watches(watcher, "Authorization", "Bearer "+h.door.CustomerKey(h.camille())); !got.Since.Equal(first) {
			t.Errorf("%+v", got)
		}
	})
	stranger := replaced(watcher, "customer", `{"name":"Buy pills","email":"camille@example.com","phone":"+33199000001"}`)
	h.run(t, "a stranger changes nothing of who she is", func(t *testing.T) {
		h.watches(stranger)
		if c := h.reader(h.camille()).Contact; c.Name != "Camille" || c.Phone != "" {
			t.Errorf("%+v", c)
		}
	})
	h.run(t, "nor writes what others are greeted with, or has their telephone told", func(t *testing.T) {
		h.watches(replaced(watcher, "customer", `{"name":"Ada","email":"ada@example.com","phone":"+33199000001"}`))
		if c := h.reader(h.door.CustomerID(booking.Customer{Email: "ada@example.com"})).Contact; c.Name != "" || c.Phone != "" {
			t.Errorf("%q, %q", c.Name, c.Phone)
		}
	})
	h.run(t, "she may herself, with her key", func(t *testing.T) {
		mine := replaced(watcher, "customer", `{"name":"Camille Martin","email":"camille@example.com","phone":"+33199000002"}`)
		h.watches(mine, "Authorization", "Bearer "+h.door.CustomerKey(h.camille()))
		if c := h.reader(h.camille()).Contact; c.Name != "Camille Martin" || c.Phone != "+33199000002" {
			t.Errorf("%+v", c)
		}
	})
	h.run(t, "and watch no more, as often as she likes", func(t *testing.T) {
		end := watchPath + "?customer=" + h.camille() + "&key=" + h.door.CustomerKey(h.camille())
		h.must(204, h.ask("DELETE", end, ""))
		commits := h.store.count()
		h.must(204, h.ask("DELETE", end, ""))
		h.must(204, h.ask("DELETE", strings.Replace(end, "lyon-0900", "no-such", 1), ""))
		if len(h.watched()) != 0 || h.store.count() != commits {
			t.Errorf("%v", h.watched())
		}
		page, err := h.door.Records.List(t.Context(), record.IndexWatchers("lyon-0900"), "", 10)
		if err != nil || slices.Contains(page.Members, h.camille()) {
			t.Errorf("%v, %v", page, err)
		}
	})
	h.run(t, "and again, from then on", func(t *testing.T) {
		if got := h.watches(watcher); !got.Since.Equal(first.Add(time.Hour)) {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "nothing of it is published, nor logged", func(t *testing.T) {
		for _, e := range h.broker.published {
			if e.Customer != nil && e.Name != events.BookingRequest {
				t.Errorf("%+v", e)
			}
		}
		if log := h.log.String(); strings.Contains(log, "camille") {
			t.Error(log)
		}
	})
}

func TestDoor_WatchesWhatThereIs(t *testing.T) {
	h := opened(t, 9)
	for name, c := range map[string]struct {
		path, body string
		code       int
		fields     []string
	}{
		"a departure that nobody opened":  {"/departures/no-such/watch", watcher, 404, nil},
		"a departure that cannot be":      {"/departures/L/watch", watcher, 404, nil},
		"no customer":                     {watchPath, "{}", 422, []string{"/customer"}},
		"a customer without an address":   {watchPath, `{"customer":{"name":"Camille"}}`, 422, []string{"/customer/email"}},
		"an address that is none":         {watchPath, `{"customer":{"name":"Camille","email":"camille"}}`, 422, []string{"/customer/email"}},
		"a field that a booking has":      {watchPath, `{"seats":2,"customer":{"name":"Camille","email":"camille@example.com"}}`, 422, []string{"/seats"}},
		"a field that no customer has":    {watchPath, `{"customer":{"name":"Camille","email":"camille@example.com","key":"x"}}`, 422, []string{"/customer/key"}},
		"what is no JSON":                 {watchPath, "Camille", 400, nil},
		"a national phone number, at all": {watchPath, `{"customer":{"name":"Camille","email":"camille@example.com","phone":"0199"}}`, 422, []string{"/customer/phone"}},
	} {
		h.run(t, name+" is refused", func(t *testing.T) {
			commits := h.store.count()
			p := h.must(c.code, h.ask("POST", c.path, c.body)).problem(t)
			var fields []string
			for _, f := range p.Errors {
				fields = append(fields, f.Pointer)
			}
			if diff := cmp.Diff(c.fields, fields); diff != "" || h.store.count() != commits {
				t.Error(diff)
			}
		})
	}
	h.run(t, "one that was closed may have seats again", func(t *testing.T) {
		h.must(200, h.operator("POST", "/departures/lyon-0900/close", ""))
		h.watches(watcher)
	})
	h.run(t, "one that was cancelled has none", func(t *testing.T) {
		h.must(200, h.operator("POST", "/departures/lyon-0900/cancel", ""))
		if p := h.must(409, h.ask("POST", watchPath, watcher)).problem(t); p.Reason != "departure_cancelled" {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "nor has one that has left", func(t *testing.T) {
		h.must(201, h.operator("POST", "/departures", departure("lyon-1400", 4)))
		h.later(1000 * time.Hour)
		if p := h.must(409, h.ask("POST", "/departures/lyon-1400/watch", watcher)).problem(t); p.Reason != "departed" {
			t.Errorf("%+v", p)
		}
	})
}

func TestDoor_TwoWatchAtOnce(t *testing.T) {
	h := opened(t, 9)
	done := make(chan watching)
	for range 4 {
		go func() { done <- h.watches(watcher) }()
	}
	for range 4 {
		if got := <-done; !got.Since.Equal(h.now) {
			t.Errorf("%+v", got)
		}
	}
	if got := h.watched(); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
