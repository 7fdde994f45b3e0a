package request_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzDoor sends any body to every operation that takes one: whatever comes,
// it is an answer of ours, and one that is refused wrote nothing.
func FuzzDoor(f *testing.F) {
	for _, c := range bad {
		if len(c.body) < 1<<10 {
			f.Add(c.body)
		}
	}
	f.Add(camille)
	f.Add(flat)
	f.Add(departure("lyon-0900", 4))
	f.Add(`{"id":"old-town","name":"Old town","city":"Lyon"}`)
	f.Add(watcher)
	f.Add(`{"token":"arn:aws:sns:endpoint/1","name":"My telephone"}`)
	f.Add(`{"channels":{"receipt":[]},"quietHours":{"from":"22:00","to":"07:00"},"timeZone":"Europe/Paris","locale":"fr"}`)
	f.Add(structured("order-17", "v1", `"data":`+flat))
	h := opened(f, 1000)
	posts := []struct{ method, path, media string }{
		{"POST", "/bookings", "application/json"}, {"POST", "/events", structuredType}, {"POST", "/tours", "application/json"},
		{"PUT", "/departures/lyon-0900", "application/json"}, {"POST", "/departures", "application/json"},
		{"PUT", h.path("preferences"), "application/json"}, {"POST", h.path("devices"), "application/json"}, {"POST", watchPath, "application/json"},
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, p := range posts {
			commits, published := h.store.count(), len(h.broker.names())
			r := httptest.NewRequestWithContext(t.Context(), p.method, p.path, strings.NewReader(body))
			r.Header.Set("Content-Type", p.media)
			r.Header.Set("Authorization", asOperator)
			w := httptest.NewRecorder()
			h.mux.ServeHTTP(w, r)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s %s is answered by %d %s", p.method, p.path, w.Code, w.Body)
			}
			record := w.Code == 409 || w.Code == 404 // the record refused, and remembers that
			if w.Code >= 400 && !record && (h.store.count() != commits || len(h.broker.names()) != published) {
				t.Errorf("%s %s is refused by %d %s, and wrote", p.method, p.path, w.Code, w.Body)
			}
		}
	})
}
