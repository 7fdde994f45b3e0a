package request_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/booking"
)

// ids walks a list to its end, by pages of limit, and returns what is in each.
func (h *house) ids(path, name string, limit int) (pages [][]string) {
	h.t.Helper()
	cursor := ""
	for range 100 {
		next := fmt.Sprintf("limit=%d", limit)
		if cursor != "" {
			next += "&cursor=" + cursor
		}
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		var page map[string]any
		h.must(200, h.operator("GET", path+join+next, "")).into(h.t, &page)
		ids := []string{}
		for _, item := range page[name].([]any) {
			id, ok := item.(map[string]any)["id"]
			if !ok {
				id = item.(map[string]any)["name"]
			}
			ids = append(ids, id.(string))
		}
		pages = append(pages, ids)
		var more bool
		if cursor, more = page["next"].(string); !more {
			return pages
		}
	}
	h.t.Fatalf("%s has no end", path)
	return nil
}

func TestDoor_Lists(t *testing.T) {
	h := build(t)
	for _, id := range []string{"b", "a", "c"} {
		h.must(201, h.operator("POST", "/tours", `{"id":"`+id+`","name":"Old town","city":"Lyon"}`))
	}
	for i, id := range []string{"d5", "d4", "d3", "d2", "d1"} { // each a day before the last, from the 7th
		body := replaced(departure(id, 4), "startsAt", fmt.Sprintf(`"2026-05-0%dT10:00:00Z"`, 7-i))
		h.must(201, h.operator("POST", "/departures", replaced(body, "tourId", `"`+string("abaab"[i])+`"`)))
	}
	h.later(24 * time.Hour) // d1 has left by now
	for _, c := range []struct {
		says, path, name string
		limit            int
		want             [][]string
	}{
		{"tours come by their id", "/tours", "tours", 50, [][]string{{"a", "b", "c"}}},
		{"and by pages", "/tours", "tours", 2, [][]string{{"a", "b"}, {"c"}}},
		{"departures come by their start, from now on", "/departures", "departures", 50, [][]string{{"d2", "d3", "d4", "d5"}}},
		{"and by pages", "/departures", "departures", 3, [][]string{{"d2", "d3", "d4"}, {"d5"}}},
		{"or from further back", "/departures?from=2026-05-01T00:00:00Z", "departures", 50, [][]string{{"d1", "d2", "d3", "d4", "d5"}}},
		{"or only later ones", "/departures?from=2026-05-06T12:00:00%2B02:00", "departures", 50, [][]string{{"d4", "d5"}}},
		{"one tour's are found among others", "/departures?tour=a", "departures", 50, [][]string{{"d2", "d3", "d5"}}},
		{"also by pages", "/departures?tour=a", "departures", 2, [][]string{{"d2", "d3"}, {"d5"}}},
		{"also where they are few", "/departures?tour=b", "departures", 1, [][]string{{"d4"}, {}}},
		{"and none of one that has none", "/departures?tour=c", "departures", 2, [][]string{{}}},
	} {
		h.run(t, c.says+": "+c.path, func(t *testing.T) {
			if diff := cmp.Diff(c.want, h.ids(c.path, c.name, c.limit)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, query := range []string{
		"/tours?limit=0", "/tours?limit=201", "/tours?limit=x", "/tours?cursor=x", "/tours?cursor=%21",
		"/departures?limit=0", "/departures?cursor=x", "/departures?from=today", "/departures?from=2026-05-06T12:00:00", "/departures?from=",
		"/departures?from=2026-05-06T1:00:00Z", "/departures?tour=A",
	} {
		h.run(t, query+" is refused", func(t *testing.T) {
			if p := h.must(400, h.ask("GET", query, "")).problem(t); p.Type != "parameter" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestDoor_Passengers(t *testing.T) {
	h := opened(t, 40)
	who := func(name, email string) string {
		return wanting("customer", fmt.Sprintf(`{"name":%q,"email":%q,"phone":"+33199000000","locale":"fr-FR"}`, name, email))
	}
	names := []string{"=1+1", "+2", "-3", "@SUM(A1)", `"Anne", called O'Neil`}
	for i, name := range names {
		h.books(who(name, fmt.Sprintf("guest%d@example.com", i)))
	}
	h.books(who("Equal", "=cmd@example.com"))
	gone := h.books(camille)
	h.cancels(202, gone.BookingID, "")
	h.must(202, h.ask("POST", "/bookings", wanting("seats", "900"))) // rejected
	const path = "/departures/lyon-0900/passengers"
	h.run(t, "an operator reads who has seats", func(t *testing.T) {
		var got struct{ Passengers []map[string]any }
		h.must(200, h.operator("GET", path, "")).into(t, &got)
		if len(got.Passengers) != 6 {
			t.Fatalf("%d passengers: %v", len(got.Passengers), got)
		}
		for _, p := range got.Passengers {
			if p["status"] != string(booking.StatusConfirmed) || p["seats"] != 2.0 || p["phone"] != "+33199000000" || p["locale"] != "fr-FR" {
				t.Errorf("%v", p)
			}
		}
	})
	h.run(t, "by pages", func(t *testing.T) {
		pages := h.ids(path, "passengers", 4)
		if len(pages) != 2 || len(pages[0]) != 4 || len(pages[1]) != 2 {
			t.Errorf("%v", pages)
		}
	})
	table := h.must(200, h.operator("GET", path+"?format=csv", ""))
	rows, err := csv.NewReader(strings.NewReader(table.body)).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	h.run(t, "or as a table, with a line of headings", func(t *testing.T) {
		if diff := cmp.Diff([]string{"bookingId", "status", "seats", "name", "email", "phone", "locale"}, rows[0]); diff != "" {
			t.Error(diff)
		}
		if ct := table.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/csv") {
			t.Error(ct)
		}
	})
	h.run(t, "in which nothing is a formula", func(t *testing.T) {
		for _, row := range rows[1:] {
			for i, cell := range row {
				if strings.ContainsAny(cell[:1], "=+-@\t") && i != 5 {
					t.Errorf("%q", cell)
				}
			}
		}
		for _, want := range []string{"'=1+1", "'+2", "'-3", "'@SUM(A1)", "'=cmd@example.com", `"""Anne"", called O'Neil"`} {
			if !strings.Contains(table.body, want) {
				t.Errorf("%s lacks %s", table.body, want)
			}
		}
	})
	for accept, csv := range map[string]bool{
		"text/csv": true, "text/csv;q=0.9, */*;q=0.1": true, "application/json, text/csv": false, "*/*": false, "text/html": false, "bad;;": false,
	} {
		h.run(t, "Accept of "+accept+" counts", func(t *testing.T) {
			r := h.must(200, h.operator("GET", path, "", "Accept", accept))
			if got := strings.HasPrefix(r.header.Get("Content-Type"), "text/csv"); got != csv {
				t.Errorf("%v", r.header)
			}
		})
	}
	h.run(t, "what was erased is not there any more", func(t *testing.T) {
		h.erase(rows[1][0])
		if r := h.operator("GET", path, ""); strings.Count(r.body, `"email"`) != 5 {
			t.Error(r.body)
		}
	})
	for _, query := range []string{"?format=xml", "?limit=0", "?cursor=x"} {
		h.run(t, query+" is refused", func(t *testing.T) { h.must(400, h.operator("GET", path+query, "")) })
	}
}
