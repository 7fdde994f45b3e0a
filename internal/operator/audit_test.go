package operator_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/audit"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
	"tourbillon/internal/rehearsal"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// filed publishes to a world's archive alone, as the Broker of the history has it.
type filed struct{ *audittest.World }

// Publish implements operator.Publisher.
func (f filed) Publish(_ context.Context, ces ...event.Event) error {
	f.Archive = append(f.Archive, ces...)
	return nil
}

// audited is a desk over a world to audit.
func audited(w *audittest.World) operator.Desk {
	d := operator.Desk{
		Records: w.Records, Plans: saga.Shipped(), Broker: w, History: w, Archive: filed{w}, Now: w.Clock,
		Log: slog.New(slog.DiscardHandler), Operators: web.Operators{Token: "operator"}, Functions: map[string]http.Handler{},
		Hears: map[string][]events.Filter{"book": {{"name": "tour.spots.reserved"}}, "saga": {{"kind": "fact", "saga": "step"}}},
		Stage: rehearsal.Stage{Wiring: w.Wiring, Routes: saga.V1().Routes()},
	}
	for name, r := range w.Receivers {
		d.Functions[name] = functions.Handler(name, r, new(functions.Gate))
	}
	return d
}

// asks asks the desk's audit as an operator, and returns the answer's lines.
func asks(t *testing.T, d operator.Desk, code int, what string) (lines []string) {
	t.Helper()
	method, path, _ := strings.Cut(what, " ")
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer operator")
	rw := httptest.NewRecorder()
	d.Audit().ServeHTTP(rw, r)
	if rw.Code != code {
		t.Fatalf("%s is answered %d %s", what, rw.Code, rw.Body)
	}
	return strings.Split(strings.TrimSpace(rw.Body.String()), "\n")
}

// last reads the summary, which is the last line, into v.
func last(t *testing.T, lines []string, v any) {
	t.Helper()
	into := struct {
		Summary any `json:"summary"`
	}{v}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &into); err != nil {
		t.Fatalf("%v: %s", err, lines[len(lines)-1])
	}
}

func TestDesk_Repair(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Loses = func(ce event.Event) bool { return ce.Type() == events.BookingConfirmed.Type(1) }
	id := w.Book("lyon-0900", 2, "tok_visa", booking.Choreography)
	w.Loses = nil
	kept := len(w.Archive)
	d := audited(w)
	var found audit.Summary
	t.Run("what is missing is found", func(t *testing.T) {
		lines := asks(t, d, http.StatusOK, "GET /audit?grace=0s")
		if last(t, lines, &found); found.Wrong != 1 || !strings.Contains(lines[0], `"kind":"missing","record":"booking","id":"`+id) {
			t.Errorf("found %+v: %s", found, lines)
		}
	})
	var sum struct{ Said, Unknown int }
	t.Run("it is shown, and nothing is done", func(t *testing.T) {
		lines := asks(t, d, http.StatusOK, "GET /audit/repair?grace=0s")
		if last(t, lines, &sum); sum.Said != 1 || !strings.Contains(lines[0], `"name":"booking.confirmed"`) || len(w.Archive) != kept {
			t.Errorf("%+v, %d facts more: %s", sum, len(w.Archive)-kept, lines)
		}
	})
	t.Run("it is said again, to the archive, once", func(t *testing.T) {
		for _, want := range []int{1, 0} {
			if last(t, asks(t, d, http.StatusOK, "POST /audit/repair?grace=0s"), &sum); sum.Said != want || len(w.Archive) != kept+1 {
				t.Errorf("%d were said, want %d", sum.Said, want)
			}
		}
		if last(t, asks(t, d, http.StatusOK, "GET /audit?grace=0s"), &found); found.Wrong != 0 {
			t.Errorf("found %+v", found)
		}
	})
}

func TestDesk_Rebuild(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	w.Book("lyon-0900", 2, "tok_visa", booking.Choreography)
	for _, what := range []string{"GET /audit/rebuild", "POST /audit/rebuild"} {
		if lines := asks(t, audited(w), http.StatusConflict, what); !strings.Contains(lines[0], "not empty") {
			t.Errorf("%s is answered %s", what, lines)
		}
	}
	w.Wipe()
	var sum struct{ Bookings, Departures int }
	for _, what := range []string{"GET /audit/rebuild", "GET /audit/rebuild", "POST /audit/rebuild"} {
		if last(t, asks(t, audited(w), http.StatusOK, what), &sum); sum.Bookings != 1 || sum.Departures != 1 {
			t.Errorf("%s makes %+v", what, sum)
		}
	}
	var found audit.Summary
	if last(t, asks(t, audited(w), http.StatusOK, "GET /audit?grace=0s"), &found); found.Wrong != 0 || found.Bookings != 1 {
		t.Errorf("found %+v", found)
	}
}

func TestDesk_Rerun(t *testing.T) {
	w := audittest.New(t)
	w.Open("lyon-0900", 12)
	id := w.Book("lyon-0900", 2, "tok_visa", booking.Orchestration)
	d, facts := audited(w), len(w.Archive)
	var sum struct{ Facts, Answers, New, Failed int }
	t.Run("is tried dry", func(t *testing.T) {
		lines := asks(t, d, http.StatusOK, "GET /replay?function=book&booking="+id)
		if last(t, lines, &sum); sum.Facts != 1 || sum.Answers != 1 || sum.New != 0 || !strings.Contains(lines[0], `"answer":"booking.created"`) {
			t.Errorf("%+v: %s", sum, lines)
		}
		if len(w.Archive) != facts {
			t.Error("something was said")
		}
	})
	t.Run("is answered by the same fact, which is published", func(t *testing.T) {
		if last(t, asks(t, d, http.StatusOK, "POST /replay?function=book&since=1h"), &sum); sum.Answers != 1 || len(w.Archive) != facts+1 {
			t.Fatalf("%+v, and %d facts more", sum, len(w.Archive)-facts)
		}
		said, first := w.Archive[facts], false
		for _, ce := range w.Archive[:facts] {
			first = first || ce.ID() == said.ID() && ce.Time().Equal(said.Time())
		}
		if !first {
			t.Errorf("it is said anew: %v", said)
		}
	})
	t.Run("is published though who asked has hung up since it was answered", func(t *testing.T) {
		d, facts := audited(w), len(w.Archive)
		ctx, hangUp := context.WithCancel(t.Context())
		book := d.Functions["book"]
		d.Functions["book"] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			book.ServeHTTP(rw, r)
			hangUp()
		})
		d.Broker = strict{d.Broker}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/replay?function=book&since=1h", nil)
		r.Header.Set("Authorization", "Bearer operator")
		d.Audit().ServeHTTP(httptest.NewRecorder(), r)
		if len(w.Archive) != facts+1 {
			t.Errorf("%d facts are said; want one", len(w.Archive)-facts)
		}
	})
	t.Run("is refused where it is not said what, or to whom", func(t *testing.T) {
		for what, words := range map[string]string{
			"POST /replay?function=nobody&since=1h": "write one that hears facts: book, saga", "POST /replay?function=book": "say which facts",
			"GET /replay?function=saga&name=nothing": "write a name", "GET /replay?function=saga&since=tomorrow": "write a time",
		} {
			if lines := asks(t, d, http.StatusBadRequest, what); !strings.Contains(lines[0], words) {
				t.Errorf("%s is answered %s", what, lines)
			}
		}
	})
}
