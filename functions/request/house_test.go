package request_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/functions"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/request"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// operatorToken is the operator's.
const operatorToken = "the-operators-token"

// house is a door over all functions, a store in memory and the least of
// brokers, at a time that the test sets.
type house struct {
	t      testing.TB
	mu     sync.Mutex
	now    time.Time // zero: the clock's
	store  *switched
	broker *broker
	door   request.Door
	log    bytes.Buffer
	mux    http.Handler
}

// build opens a house at noon.
func build(t testing.TB, change ...func(*request.Door)) *house {
	h := &house{t: t, now: functionstest.Noon, store: &switched{Store: memory.New()}, broker: &broker{}}
	records := store.New(h.store)
	ports := arrow.Ports{
		Records: records, Now: h.clock, Log: slog.New(slog.DiscardHandler), Deadline: time.Minute, Lease: time.Minute,
	}
	set := request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute, Flow: booking.Orchestration, KeyTTL: 24 * time.Hour}
	h.broker.all = functions.All(functions.Wiring{
		Ports: ports, Sink: func(string) arrow.Sink { return h.broker }, Plans: saga.Shipped(), Request: set,
		Payments: sandbox.New(records, sandbox.Settings{Now: h.clock}), Messages: mailbox.New(records, h.clock),
	})
	h.door = request.Door{
		Settings: set, Records: records, Plans: saga.Shipped(), Take: h.broker.all["request"], Broker: h.broker,
		Now: h.clock, Log: slog.New(slog.NewTextHandler(&h.log, nil)), Operators: web.Operators{Token: operatorToken},
	}
	for _, c := range change {
		c(&h.door)
	}
	h.mux = h.door.Handler()
	return h
}

// opened builds a house with a tour and a departure of so many seats.
func opened(t testing.TB, seats int, change ...func(*request.Door)) *house {
	h := build(t, change...)
	h.must(201, h.operator("POST", "/tours", `{"id":"old-town","name":"Old town","city":"Lyon"}`))
	h.must(201, h.operator("POST", "/departures", departure("lyon-0900", seats)))
	return h
}

func departure(id string, seats int) string {
	body, err := json.Marshal(map[string]any{
		"id": id, "tourId": "old-town", "startsAt": "2026-05-05T09:00:00+02:00", "timeZone": "Europe/Paris", "capacity": seats,
		"price": map[string]any{"amount": 4500, "currency": "EUR"},
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now.IsZero() {
		return time.Now()
	}
	return h.now
}

// later moves the clock on.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// reply is what was answered.
type reply struct {
	code   int
	header http.Header
	body   string
}

// into reads the answer's JSON.
func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
}

// problem is an answer that is one, in short.
type problem struct {
	Type, Reason string
	Errors       []web.Field
}

func (r reply) problem(t testing.TB) (p problem) {
	t.Helper()
	r.into(t, &p)
	p.Type = strings.TrimPrefix(p.Type, "urn:tourbillon:problem:")
	return p
}

// ask sends a request, and holds the exchange against openapi.yaml. Headers
// are pairs; an empty value removes.
func (h *house) ask(method, path, body string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	conforms(h.t, r, []byte(body), w)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// operator asks as one.
func (h *house) operator(method, path, body string, headers ...string) reply {
	h.t.Helper()
	return h.ask(method, path, body, append(headers, "Authorization", asOperator)...)
}

// run runs a part of a test in the house.
func (h *house) run(t *testing.T, name string, part func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		whole := h.t
		h.t = t
		defer func() { h.t = whole }()
		part(t)
	})
}

// must wants the status.
func (h *house) must(code int, r reply) reply {
	h.t.Helper()
	if r.code != code {
		h.t.Fatalf("got %d %s, want %d", r.code, r.body, code)
	}
	return r
}

// wanting is a request for two seats by Camille, with one field replaced.
func wanting(field, value string) string {
	return replaced(`{"departureId":"lyon-0900","seats":2,
		"customer":{"name":"Camille","email":"camille@example.com","phone":"+33199000000","locale":"fr-FR"},
		"payment":{"token":"tok_visa"}}`, field, value)
}

// replaced is a body with one field replaced; an empty value leaves it out.
func replaced(body, field, value string) string {
	var all map[string]json.RawMessage
	err := json.Unmarshal([]byte(body), &all)
	all[field] = json.RawMessage(value)
	if value == "" {
		delete(all, field)
	}
	raw, err2 := json.Marshal(all)
	if err := errors.Join(err, err2); err != nil {
		panic(err)
	}
	return string(raw)
}

var camille = wanting("seats", "2")

// taken is the answer to a request.
type taken struct {
	BookingID string
	Status    booking.Status
}

// books asks for a booking, and wants it taken on.
func (h *house) books(body string, headers ...string) taken {
	h.t.Helper()
	r := h.must(202, h.ask("POST", "/bookings", body, headers...))
	var got taken
	r.into(h.t, &got)
	if loc := r.header.Get("Location"); loc != "/bookings/"+got.BookingID {
		h.t.Errorf("Location %q of %s", loc, got.BookingID)
	}
	return got
}

// shown is a booking as it is read.
type shown struct {
	ID, DepartureID      string
	Status               booking.Status
	Reason               booking.Reason
	Seats                int
	Price                booking.Money
	Flow                 booking.Flow
	ExpiresAt, CreatedAt time.Time
	NextAction           *booking.Action
	Timeline             []struct {
		At               time.Time
		Event, ID, Cause string
		LatencyMs        *float64
		Attempt          int
		Reason           string
	}
}

func (h *house) reads(id string) (got shown) {
	h.t.Helper()
	h.must(200, h.ask("GET", "/bookings/"+id, "")).into(h.t, &got)
	return got
}

// erase forgets who asked for a booking.
func (h *house) erase(id string) {
	h.t.Helper()
	key := store.Key{Record: record.KindIntake, ID: id}
	err := h.door.Records.Update(h.t.Context(), key, id, func(row store.Row) (store.Change, error) {
		var in booking.Intake
		err := json.Unmarshal(row.Entry, &in)
		in.Customer, in.Token = nil, nil
		entry, err2 := json.Marshal(in)
		return store.Change{Entry: entry}, errors.Join(err, err2)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
