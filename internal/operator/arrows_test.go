package operator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tourbillon/events"
)

func TestArrows(t *testing.T) {
	w := newWorld(t)
	post := func(path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header = http.Header{
			"Authorization": {"Bearer operator"}, "Content-Type": {"application/json"}, "Ce-Specversion": {"1.0"}, "Ce-Id": {"1"},
			"Ce-Source": {"https://shop.example"}, "Ce-Type": {events.BookingRequest.Type(1)},
		}
		rw := httptest.NewRecorder()
		w.Arrows().ServeHTTP(rw, r)
		return rw
	}
	t.Run("a function's own answer comes back", func(t *testing.T) {
		rw := post("/functions/request", `{"departureId":"lyon","seats":2,"customerName":"Camille","customerEmail":"camille@example.com","paymentToken":"tok_visa"}`)
		if rw.Code != http.StatusOK || rw.Header().Get("Ce-Type") != "tourbillon.booking.requested.v1" {
			t.Errorf("got %d %v %s", rw.Code, rw.Header(), rw.Body)
		}
	})
	t.Run("and its own refusal", func(t *testing.T) {
		if rw := post("/functions/request", `{}`); rw.Code != http.StatusInternalServerError || !strings.Contains(rw.Body.String(), "schema") {
			t.Errorf("got %d %s", rw.Code, rw.Body)
		}
	})
	t.Run("a broker takes what it is given", func(t *testing.T) {
		if rw := post("/broker/default", `{}`); rw.Code != http.StatusAccepted {
			t.Errorf("got %d %s", rw.Code, rw.Body)
		}
	})
	t.Run("a name that there is not is answered with those there are", func(t *testing.T) {
		w.refused(w.Arrows(), http.StatusNotFound, "POST /functions/nobody", "notify, request, reserve")
		w.refused(w.Arrows(), http.StatusNotFound, "POST /broker/request", "default")
		w.refused(w.Arrows(), http.StatusNotFound, "POST /functions/%7B", "availability")
	})
}
