package functions_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tourbillon/functions"
)

func TestDoor(t *testing.T) {
	gate := new(functions.Gate)
	h := functions.Door(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), gate)
	ask := func(method, path string) int {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		return rec.Code
	}
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/healthz", 200}, {"GET", "/readyz", 200}, {"POST", "/readyz", 405},
		{"POST", "/", 418}, {"POST", "/webhooks/stripe", 418}, {"GET", "/webhooks/stripe", 418},
	} {
		if got := ask(c.method, c.path); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, got, c.want)
		}
	}
}
