package request_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// offered is a departure as it is read.
type offered struct {
	ID, TourID, State, TimeZone               string
	StartsAt                                  time.Time
	Capacity, Held, Sold, Available, MinParty int
	Version                                   uint64
	Price                                     booking.Money
	Policy                                    booking.Policy
}

// terms are lyon-0900's, with one replaced; an empty value leaves it out.
func terms(field, value string) string {
	body := strings.Replace(departure("lyon-0900", 4), `"id":"lyon-0900",`, "", 1)
	body = strings.TrimSuffix(body, "}") + `,"minParty":2,"policy":[{"hoursBefore":48,"percent":100}]}`
	return replaced(body, field, value)
}

func TestDoor_Tours(t *testing.T) {
	h := build(t)
	type tour struct{ ID, Name, City, MeetingPoint string }
	read := func() (got tour) {
		h.must(200, h.ask("GET", "/tours/old-town", "")).into(h.t, &got)
		return got
	}
	const made = `{"id":"old-town","name":"Old town","city":"Lyon","meetingPoint":"Place Bellecour"}`
	h.run(t, "an operator makes a tour", func(t *testing.T) {
		r := h.must(201, h.operator("POST", "/tours", made))
		var got tour
		r.into(t, &got)
		want := tour{"old-town", "Old town", "Lyon", "Place Bellecour"}
		if got != want || read() != want || r.header.Get("Location") != "/tours/old-town" {
			t.Errorf("%+v %v", got, r.header)
		}
	})
	h.run(t, "but not twice", func(t *testing.T) {
		if p := h.must(409, h.operator("POST", "/tours", made)).problem(t); p.Type != "refused" || p.Reason != "exists" {
			t.Errorf("%+v", p)
		}
	})
	for path, body := range map[string]string{
		"/tours/old-town": `{"name":"A","city":"Lyon"}`,
		"/tours":          `{"id":"old-town","name":"B","city":"Lyon"}`,
	} {
		h.run(t, "and changes it at "+path, func(t *testing.T) {
			h.must(200, h.operator("PUT", path, body))
			if got := read(); !strings.Contains(body, `"`+got.Name+`"`) || got.MeetingPoint != "" {
				t.Errorf("%+v", got)
			}
		})
	}
	for _, path := range []string{"/tours/nobody", "/tours/NO"} {
		h.run(t, path+" is not there, and stays so", func(t *testing.T) {
			commits, published := h.store.count(), len(h.broker.names())
			h.must(404, h.ask("GET", path, ""))
			h.must(404, h.operator("PUT", path, `{"name":"A","city":"Lyon"}`))
			h.must(404, h.operator("PUT", "/tours", `{"id":"nobody","name":"A","city":"Lyon"}`))
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
}

func TestDoor_Departures(t *testing.T) {
	h := opened(t, 9)
	read := func() (got offered) {
		h.must(200, h.ask("GET", "/departures/lyon-0900", "")).into(h.t, &got)
		return got
	}
	h.run(t, "a departure is shown with its terms and counters", func(t *testing.T) {
		h.books(camille)
		want := offered{
			ID: "lyon-0900", TourID: "old-town", State: "open", TimeZone: "Europe/Paris",
			StartsAt: time.Date(2026, 5, 5, 7, 0, 0, 0, time.UTC), Capacity: 9, Sold: 2, Available: 7, Version: 3,
			Price: booking.Money{Amount: 4500, Currency: "EUR"},
		}
		if diff := cmp.Diff(want, read()); diff != "" {
			t.Error(diff)
		}
	})
	h.run(t, "is not opened twice", func(t *testing.T) {
		if p := h.must(409, h.operator("POST", "/departures", departure("lyon-0900", 4))).problem(t); p.Reason != "exists" {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "gets other terms, at its path or by the id in the body", func(t *testing.T) {
		h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5")))
		if got := read(); got.Capacity != 5 || got.Available != 3 || got.MinParty != 2 || len(got.Policy) != 1 {
			t.Errorf("%+v", got)
		}
		h.must(200, h.operator("PUT", "/departures", departure("lyon-0900", 6)))
		h.must(200, h.operator("PUT", "/departures/lyon-0900", departure("lyon-0900", 7)))
		if got := read(); got.Capacity != 7 || got.MinParty != 0 {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "but not below its seats", func(t *testing.T) {
		for path, body := range map[string]string{"/departures/lyon-0900": terms("capacity", "1"), "/departures": departure("lyon-0900", 1)} {
			if p := h.must(409, h.operator("PUT", path, body)).problem(t); p.Reason != "capacity_taken" {
				t.Errorf("%+v", p)
			}
		}
	})
	h.run(t, "its sale ends", func(t *testing.T) {
		h.must(200, h.operator("POST", "/departures/lyon-0900/close", "{}"))
		if got := read(); got.State != "closed" || got.Available != 0 {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "it is taken off, and its bookings with it", func(t *testing.T) {
		h.must(200, h.operator("POST", "/departures/lyon-0900/cancel", ""))
		if got := read(); got.State != "cancelled" || got.Sold != 0 {
			t.Errorf("%+v", got)
		}
		if p := h.must(409, h.operator("POST", "/departures/lyon-0900/cancel", "")).problem(t); p.Reason != "departure_cancelled" {
			t.Errorf("%+v", p)
		}
		if p := h.must(409, h.operator("POST", "/departures/lyon-0900/close", "")).problem(t); p.Reason != "departure_cancelled" {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "too few guests cancel it when its sale ends", func(t *testing.T) {
		h.must(201, h.operator("POST", "/departures", replaced(departure("few", 4), "minParty", "3")))
		var got offered
		h.must(200, h.operator("POST", "/departures/few/close", "")).into(t, &got)
		if got.State != "cancelled" {
			t.Errorf("%+v", got)
		}
	})
	for _, path := range []string{"/departures/nobody", "/departures/NO", "/departures/%7Bs017%7D"} {
		h.run(t, path+" is not there, and stays so", func(t *testing.T) {
			commits, published := h.store.count(), len(h.broker.names())
			h.must(404, h.ask("GET", path, ""))
			h.must(404, h.operator("PUT", path, terms("capacity", "5")))
			h.must(404, h.operator("PUT", "/departures", departure("nobody", 5)))
			h.must(404, h.operator("POST", path+"/close", ""))
			h.must(404, h.operator("POST", path+"/cancel", ""))
			h.must(404, h.operator("GET", path+"/passengers", ""))
			h.must(404, h.ask("GET", path, ""))
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
}

func TestDoor_BadTerms(t *testing.T) {
	h := opened(t, 9)
	opening := func(field, value string) string { return replaced(departure("lyon-1400", 4), field, value) }
	for _, c := range []struct{ name, method, path, body, pointer, detail string }{
		{"no id", "POST", "/departures", opening("id", ""), "/id", "is missing"},
		{"an id that cannot be", "POST", "/departures", opening("id", `"Lyon"`), "/id", "does not match ^[a-z0-9][a-z0-9-]{0,63}$"},
		{"the event's name for it", "POST", "/departures", opening("departureId", `"x"`), "/departureId", "is unknown"},
		{"no seats", "POST", "/departures", opening("capacity", "0"), "/capacity", "is below 1"},
		{"no price", "POST", "/departures", opening("price", ""), "/price", "is missing"},
		{"half a price", "POST", "/departures", opening("price", `{"amount":1.5,"currency":"EUR"}`), "/price/amount", "is of type number, want integer"},
		{"no currency that there is", "POST", "/departures", opening("price", `{"amount":1,"currency":"ABC"}`), "/price/currency", "is not a currency of ISO 4217 that is in use, as EUR"},
		{"the currency of none", "POST", "/departures", opening("price", `{"amount":1,"currency":"XXX"}`), "/price/currency", "is not a currency of ISO 4217 that is in use, as EUR"},
		{"no zone that there is", "POST", "/departures", opening("timeZone", `"Europe/Lyon"`), "/timeZone", "is not an IANA time zone, as Europe/Paris"},
		{"the zone of this machine", "POST", "/departures", opening("timeZone", `"Local"`), "/timeZone", "is not an IANA time zone, as Europe/Paris"},
		{"a zone elsewhere on it", "POST", "/departures", opening("timeZone", `"../../etc/passwd"`), "/timeZone", "is not an IANA time zone, as Europe/Paris"},
		{"a start that is past", "POST", "/departures", opening("startsAt", `"2026-05-02T12:00:00Z"`), "/startsAt", "is not in the future"},
		{"a start in another age", "POST", "/departures", opening("startsAt", `"9999-12-31T23:59:59Z"`), "/startsAt", "is more than fifty years ahead"},
		{"a metal for a currency", "POST", "/departures", opening("price", `{"amount":1,"currency":"XAU"}`), "/price/currency", "is not a currency of ISO 4217 that is in use, as EUR"},
		{"what a machine calls its zone", "POST", "/departures", opening("timeZone", `"localtime"`), "/timeZone", "is not an IANA time zone, as Europe/Paris"},
		{"a start without a time", "POST", "/departures", opening("startsAt", `"2026-05-05"`), "/startsAt", "is not a valid date-time"},
		{"a tour that there is not", "POST", "/departures", opening("tourId", `"new-town"`), "/tourId", "there is no such tour"},
		{"a policy that gives twice", "POST", "/departures", opening("policy", `[{"hoursBefore":1,"percent":200}]`), "/policy/0/percent", "is above 100"},
		{"a tour without a name", "POST", "/tours", `{"id":"new-town","city":"Lyon"}`, "/name", "is missing"},
		{"a tour's count of facts", "POST", "/tours", `{"id":"new-town","name":"A","city":"Lyon","v":1}`, "/v", "is unknown"},
		{"a tour without an id", "PUT", "/tours", `{"name":"A","city":"Lyon"}`, "/id", "is missing"},
		{"a list", "POST", "/tours", `[]`, "", "is not an object"},
		{"another id than the path's", "PUT", "/departures/lyon-0900", departure("lyon-1400", 4), "/id", "is not the id in the path"},
		{"another tour's", "PUT", "/tours/old-town", `{"id":"new-town","name":"A","city":"Lyon"}`, "/id", "is not the id in the path"},
		{"terms that are bad", "PUT", "/departures/lyon-0900", terms("capacity", `"5"`), "/capacity", "is of type string, want integer"},
		{"terms of no tour", "PUT", "/departures/lyon-0900", terms("tourId", `"new-town"`), "/tourId", "there is no such tour"},
		{"a reason", "POST", "/departures/lyon-0900/close", `{"reason":"rain"}`, "/reason", "is unknown"},
		{"another reason", "POST", "/departures/lyon-0900/cancel", `{"reason":"rain"}`, "/reason", "is unknown"},
	} {
		h.run(t, c.method+" "+c.path+" refuses "+c.name, func(t *testing.T) {
			commits, published := h.store.count(), len(h.broker.names())
			p := h.must(422, h.operator(c.method, c.path, c.body)).problem(t)
			if len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer || p.Errors[0].Detail != c.detail {
				t.Errorf("%+v", p)
			}
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
	h.run(t, "all that is wrong is told at once", func(t *testing.T) {
		body := replaced(opening("timeZone", `"X"`), "tourId", `"new-town"`)
		if p := h.must(422, h.operator("POST", "/departures", body)).problem(t); len(p.Errors) != 2 {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "a departure that is past may still be changed", func(t *testing.T) {
		h.later(1000 * time.Hour)
		h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5")))
	})
}

func TestDoor_CommandsTwice(t *testing.T) {
	const key = "Idempotency-Key"
	h := opened(t, 9)
	first := h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5"), key, "k"))
	h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "6")))
	published := len(h.broker.names())
	h.run(t, "by its key, a change is made once", func(t *testing.T) {
		again := h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5"), key, "k"))
		var now offered
		again.into(t, &now)
		if now.Capacity != 6 || again.body == first.body || len(h.broker.names()) != published {
			t.Errorf("%s, %v", again.body, h.broker.names()[published:])
		}
	})
	h.run(t, "and another change under it is refused", func(t *testing.T) {
		if p := h.must(422, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "7"), key, "k")).problem(t); p.Type != "idempotency-key-reused" {
			t.Errorf("%+v", p)
		}
	})
	h.run(t, "a key is another's at another departure, or for another verb", func(t *testing.T) {
		h.must(201, h.operator("POST", "/departures", departure("lyon-1400", 4), key, "k"))
		h.must(200, h.operator("PUT", "/departures/lyon-1400", terms("capacity", "5"), key, "k"))
		h.must(200, h.operator("POST", "/departures/lyon-1400/cancel", "", key, "k"))
		h.must(200, h.operator("POST", "/departures/lyon-1400/cancel", "", key, "k"))
	})
	h.run(t, "what was opened once is opened by its key still, when its start has passed", func(t *testing.T) {
		h.must(201, h.operator("POST", "/departures", departure("lyon-1800", 4), key, "k"))
		h.later(1000 * time.Hour)
		h.must(201, h.operator("POST", "/departures", departure("lyon-1800", 4), key, "k"))
	})
	h.run(t, "a refusal stays one", func(t *testing.T) {
		h.must(409, h.operator("PUT", "/departures/lyon-1400", terms("capacity", "5"), key, "again"))
		h.must(409, h.operator("PUT", "/departures/lyon-1400", terms("capacity", "6"), key, "again"))
	})
	h.run(t, "tours are held to the same", func(t *testing.T) {
		h.must(200, h.operator("PUT", "/tours/old-town", `{"name":"A","city":"Lyon"}`, key, "k"))
		h.must(200, h.operator("PUT", "/tours/old-town", `{"city":"Lyon","name":"A"}`, key, "k"))
		h.must(422, h.operator("PUT", "/tours/old-town", `{"name":"B","city":"Lyon"}`, key, "k"))
	})
	h.run(t, "a key that cannot be is refused", func(t *testing.T) {
		h.must(400, h.operator("POST", "/departures/lyon-0900/close", "", key, "é"))
		h.must(400, h.operator("POST", "/tours", `{"id":"a","name":"A","city":"Lyon"}`, key, "é"))
		h.must(400, h.operator("PUT", "/departures", departure("lyon-0900", 4), key, "é"))
	})
}

func TestDoor_CommandsUndecided(t *testing.T) {
	for _, c := range []struct{ method, path, body, at string }{
		{"POST", "/tours", `{"id":"new-town","name":"New town","city":"Lyon"}`, "/tours/new-town"},
		{"PUT", "/tours", `{"id":"old-town","name":"New town","city":"Lyon"}`, "/tours/old-town"},
		{"PUT", "/tours/old-town", `{"name":"New town","city":"Lyon"}`, "/tours/old-town"},
		{"POST", "/departures", departure("lyon-1400", 4), "/departures/lyon-1400"},
		{"PUT", "/departures", departure("lyon-0900", 4), "/departures/lyon-0900"},
		{"PUT", "/departures/lyon-0900", terms("capacity", "5"), "/departures/lyon-0900"},
		{"POST", "/departures/lyon-0900/close", "", "/departures/lyon-0900"},
		{"POST", "/departures/lyon-0900/cancel", "", "/departures/lyon-0900"},
	} {
		name := c.method + " " + c.path
		t.Run(name+" says after ten seconds that it was not decided yet", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := opened(t, 9)
				h.broker.held = true
				began := time.Now()
				r := h.must(202, h.operator(c.method, c.path, c.body))
				if r.header.Get("Location") != c.at || time.Since(began) != 10*time.Second {
					t.Errorf("%v after %v", r, time.Since(began))
				}
			})
		})
		t.Run(name+" waits for who decides", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := opened(t, 9)
				h.broker.held = true
				time.AfterFunc(4*time.Second, func() { h.broker.deliver(t.Context()) })
				began := time.Now()
				if r := h.operator(c.method, c.path, c.body); r.code > 201 || time.Since(began) != 4*time.Second {
					t.Errorf("%v after %v", r, time.Since(began))
				}
			})
		})
		t.Run(name+" is not taken on where nobody hears of it", func(t *testing.T) {
			h := opened(t, 9)
			h.broker.fails = errors.New("broker is down")
			commits := h.store.count()
			h.must(503, h.operator(c.method, c.path, c.body))
			if h.store.count() != commits {
				t.Error("it writes")
			}
		})
	}
	t.Run("two changes of one departure are two", func(t *testing.T) {
		h := opened(t, 9)
		h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5")))
		h.must(200, h.operator("PUT", "/departures/lyon-0900", terms("capacity", "5")))
		ids := map[string]bool{}
		for _, e := range h.broker.published {
			if e.Name == events.DepartureChange {
				ids[e.ID] = true
			}
		}
		if len(ids) != 2 {
			t.Errorf("%v", ids)
		}
	})
}
