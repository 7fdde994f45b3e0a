package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/metrics"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Errorf("the scrape answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// wants complains of lines that the scrape does not have.
func wants(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains("\n"+text, "\n"+l+"\n") {
			t.Errorf("there is no line %q in:\n%s", l, ours(text))
		}
	}
}

// ours are the lines of a scrape that are not of the process.
func ours(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "tourbillon_") && !strings.Contains(l, "_bucket{") {
			b.WriteString(l)
		}
	}
	return b.String()
}

func empty() *metrics.Metrics { return metrics.New(store.New(memory.New())) }

func TestMetrics_Observe(t *testing.T) {
	m := empty()
	m.Observe(arrow.Observation{Function: "reserve", Name: events.SpotsReserve, Said: events.SpotsReserved, Verdict: "said", Age: 3 * time.Second, Took: 2 * time.Millisecond})
	m.Observe(arrow.Observation{Function: "reserve", Name: events.SpotsReserve, Verdict: "again", Took: time.Millisecond})
	text := scrape(t, m)
	t.Run("a delivery is counted by its verdict, and the others are there with 0", func(t *testing.T) {
		for verdict, n := range map[string]int{"said": 1, "silent": 0, "busy": 0, "again": 1, "never": 0} {
			wants(t, text, fmt.Sprintf(`tourbillon_deliveries_total{function="reserve",name="tour.spots.reserve",verdict=%q} %d`, verdict, n))
		}
	})
	t.Run("what it took and how old the event was is measured, where it has a time", func(t *testing.T) {
		wants(t, text,
			`tourbillon_handling_seconds_count{function="reserve",name="tour.spots.reserve"} 2`,
			`tourbillon_handling_seconds_sum{function="reserve",name="tour.spots.reserve"} 0.003`,
			`tourbillon_event_age_seconds_count{function="reserve",name="tour.spots.reserve"} 1`,
			`tourbillon_event_age_seconds_bucket{function="reserve",name="tour.spots.reserve",le="2.5"} 0`,
			`tourbillon_event_age_seconds_bucket{function="reserve",name="tour.spots.reserve",le="5"} 1`)
	})
	t.Run("the process is there too", func(t *testing.T) {
		if !strings.Contains(text, "\ngo_goroutines ") {
			t.Error("it is not")
		}
	})
	t.Run("an event from a clock that is ahead of ours is of no age", func(t *testing.T) {
		m := empty()
		m.Observe(arrow.Observation{Function: "book", Name: events.BookingCreate, Verdict: "said", Age: -time.Hour})
		wants(t, scrape(t, m), `tourbillon_event_age_seconds_sum{function="book",name="booking.create"} 0`)
	})
}

func TestMetrics_Ends(t *testing.T) {
	m := empty()
	end := func(said events.Name, lasted time.Duration) {
		m.Observe(arrow.Observation{Function: "saga", Name: events.Sent, Said: said, Verdict: "said", Lasted: lasted})
	}
	end(events.SagaCompleted, 4*time.Second)
	end(events.SagaCompensated, 9*time.Second)
	end(events.SagaCompleted, 0)
	end(events.SagaStuck, 0)
	text := scrape(t, m)
	t.Run("a saga is measured from end to end, by its ending, where its beginning is known", func(t *testing.T) {
		wants(t, text,
			`tourbillon_end_to_end_seconds_sum{ending="saga.completed"} 4`,
			`tourbillon_end_to_end_seconds_count{ending="saga.completed"} 1`,
			`tourbillon_end_to_end_seconds_sum{ending="saga.compensated"} 9`)
	})
	t.Run("one that is stuck is counted", func(t *testing.T) { wants(t, text, "tourbillon_stuck_total 1") })
}

func TestMetrics_StrangersMakeNoSeries(t *testing.T) {
	m := empty()
	for i := range 100 {
		m.Observe(arrow.Observation{Function: "request", Name: events.Name(fmt.Sprint("evil\n", i)), Verdict: "never"})
		m.Observe(arrow.Observation{Function: fmt.Sprint("f", i), Name: events.BookingCreate, Verdict: "never"})
		m.Observe(arrow.Observation{Function: fmt.Sprint("f", i), Name: events.Name(fmt.Sprint(i)), Verdict: fmt.Sprint(i)})
	}
	text := scrape(t, m)
	wants(t, text,
		`tourbillon_deliveries_total{function="request",name="",verdict="never"} 100`,
		`tourbillon_deliveries_total{function="",name="booking.create",verdict="never"} 100`,
		`tourbillon_handling_seconds_count{function="",name=""} 100`)
	if n := strings.Count(text, "tourbillon_deliveries_total{"); n != 15 {
		t.Errorf("three kinds of delivery make %d series of five verdicts:\n%s", n, ours(text))
	}
}

func TestMetrics_EveryFunctionIsKnown(t *testing.T) {
	m := empty()
	nobody := func(string) arrow.Sink { return nil }
	for _, name := range slices.Sorted(maps.Keys(functions.All(functions.Wiring{Sink: nobody}))) {
		m.Observe(arrow.Observation{Function: name, Name: events.ClockTick, Verdict: "never"})
		wants(t, scrape(t, m), fmt.Sprintf(`tourbillon_handling_seconds_count{function=%q,name="clock.tick"} 1`, name))
	}
}

func TestMetrics_Sagas(t *testing.T) {
	back := &storetest.Faulty{Store: memory.New()}
	records := store.New(back)
	for i, s := range []booking.Status{booking.StatusConfirmed, booking.StatusConfirmed, booking.StatusExpired} {
		key := store.Key{Record: record.KindSaga, ID: fmt.Sprint("booking-", i)}
		err := records.Update(t.Context(), key, key.ID, func(store.Row) (store.Change, error) {
			return store.Change{Entry: []byte("{}"), Index: []store.Index{{Name: record.IndexSagas(s), Member: key.ID, In: true}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	m := metrics.New(records)
	t.Run("they are counted by status when they are asked for", func(t *testing.T) {
		wants(t, scrape(t, m), `tourbillon_sagas{status="CONFIRMED"} 2`, `tourbillon_sagas{status="EXPIRED"} 1`,
			`tourbillon_sagas{status="PENDING"} 0`, "tourbillon_store_up 1")
	})
	t.Run("a store that is down is said to be, and the rest is there", func(t *testing.T) {
		back.Fail(store.ErrUnavailable)
		m.Observe(arrow.Observation{Function: "book", Name: events.BookingCreate, Verdict: "again"})
		text := scrape(t, m)
		wants(t, text, "tourbillon_store_up 0", `tourbillon_handling_seconds_count{function="book",name="booking.create"} 1`)
		if strings.Contains(text, "tourbillon_sagas{") {
			t.Error("what could not be counted is there")
		}
		back.Fail(nil)
		wants(t, scrape(t, m), "tourbillon_store_up 1")
	})
}

func TestMetrics_Door(t *testing.T) {
	m := empty()
	door := m.Door("saga", http.NotFoundHandler())
	for _, method := range []string{"GET", "GET", "EVIL"} {
		door.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
	}
	wants(t, scrape(t, m),
		`tourbillon_http_request_seconds_count{code="404",door="saga",method="get"} 2`,
		`tourbillon_http_request_seconds_count{code="404",door="saga",method="unknown"} 1`)
}

func TestMetrics_Together(t *testing.T) {
	m := empty()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, s := range events.Vocabulary() {
				m.Observe(arrow.Observation{Function: "saga", Name: s.Name, Verdict: "silent", Age: 1, Took: 1})
			}
		})
		all.Go(func() { scrape(t, m) })
	}
	all.Wait()
	wants(t, scrape(t, m), `tourbillon_deliveries_total{function="saga",name="booking.created",verdict="silent"} 8`)
}

// TestMetrics_AroundAFunction sees what an arrow really tells.
func TestMetrics_AroundAFunction(t *testing.T) {
	m := empty()
	now := time.Date(2026, time.May, 1, 9, 0, 0, 0, time.UTC)
	p := arrow.Ports{
		Records: store.New(memory.New()), Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(new(bytes.Buffer), nil)),
		Deadline: time.Minute, Lease: time.Minute, Observe: m.Observe,
	}
	receive := arrow.Serve("book", p, down{})
	e := events.Tell(events.BookingCreate, events.Data{Booking: booking.Booking{
		ID: "booking-1", DepartureID: "lyon", Seats: 1, Flow: booking.Orchestration, Status: booking.StatusOnHold,
		ExpiresAt: now, StartsAt: now, TimeZone: "Europe/Paris", TourID: "lyon", Price: booking.Money{Amount: 1, Currency: "EUR"},
	}, Try: 1}, now.Add(-time.Second)).Render(events.Speaker{Function: "saga"}, events.Event{})
	ce, err := events.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receive(t.Context(), ce); err == nil {
		t.Fatal("it is handled")
	}
	wants(t, scrape(t, m),
		`tourbillon_deliveries_total{function="book",name="booking.create",verdict="again"} 1`,
		`tourbillon_event_age_seconds_sum{function="book",name="booking.create"} 1`)
}

type down struct{}

func (down) Names() []events.Name { return []events.Name{events.BookingCreate} }

func (down) Handle(context.Context, arrow.Ports, events.Event) (*events.Event, error) {
	return nil, arrow.Again(errors.New("down"))
}

func BenchmarkObserve(b *testing.B) {
	m := empty()
	o := arrow.Observation{
		Function: "saga", Name: events.Sent, Said: events.SagaCompleted, Verdict: "said",
		Age: 5 * time.Millisecond, Took: 80 * time.Microsecond, Lasted: time.Second,
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Observe(o)
	}
}

func TestMetrics_Delivered(t *testing.T) {
	m := metrics.New(store.New(memory.New()))
	m.Delivered("keeper", 0, events.Verdict{})
	m.Delivered("keeper", 0, events.Verdict{Again: time.Second})
	m.Delivered("keeper", 8, events.Verdict{Dead: "no"})
	m.Delivered("keeper", 1, events.Verdict{})
	m.Counts("trips_total", "Trips.", func() uint64 { return 7 })
	wants(t, scrape(t, m),
		`tourbillon_trigger_deliveries_total{outcome="done",trigger="keeper"} 2`,
		`tourbillon_trigger_deliveries_total{outcome="again",trigger="keeper"} 1`,
		`tourbillon_trigger_deliveries_total{outcome="dead",trigger="keeper"} 1`,
		`tourbillon_trips_total 7`)
}
