package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// The secrets of the house, and what must never be told.
const (
	secret  = "whsec_of-the-house"
	older   = "whsec_of-yesterday"
	bookID  = "q7Xw2LrT9vKcMz4J"
	address = "camille@example.com"
	number  = "+33199000000"
)

// house is a door over a store in memory and a broker, at a time that the test
// sets. It knows one payment and one message.
type house struct {
	t     testing.TB
	mu    sync.Mutex
	now   time.Time
	store *switched
	said  []events.Event
	down  error // what publishing fails with
	log   bytes.Buffer
	count map[string]int // by provider and outcome
	aws   aws
	door  webhook.Door
	mux   http.Handler
}

func open(t testing.TB, change ...func(*webhook.Door)) *house {
	h := &house{t: t, now: functionstest.Noon, store: &switched{Store: memory.New()}, count: map[string]int{}}
	h.door = webhook.Door{
		Records: store.New(h.store), Broker: h, Now: h.clock, Log: slog.New(slog.NewTextHandler(&h.log, nil)),
		Secrets: webhook.Secrets{
			Stripe: []string{older, "", secret}, SendGrid: []string{publicKey(&oldKey), publicKey(&newKey)},
			Mailgun: []string{older, "", secret}, Twilio: []string{older, "", secret},
		},
		PublicURL: "https://tours.example/api/", Topics: []string{topic}, Client: &http.Client{Transport: &h.aws},
		Customer: func(email string) string { return events.EffectID("customer", email) },
		Phone:    func(e164 string) string { return events.EffectID("phone", e164) },
		Count:    func(provider, outcome string) { h.count[provider+" "+outcome]++ },
	}
	for _, c := range change {
		c(&h.door)
	}
	h.mux = h.door.Handler()
	h.puts(record.KindPayment, bookID, map[string]any{"entry": booking.Payment{Booking: booking.Booking{ID: bookID}}})
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// later moves the clock on.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// Publish keeps the events, unless the broker is down. What does not fit its
// schema ends the test.
func (h *house) Publish(_ context.Context, es ...events.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down != nil {
		return h.down
	}
	for _, e := range es {
		ce, err := events.Encode(e)
		if err == nil {
			_, err = events.Decode(ce)
		}
		if err != nil {
			h.t.Errorf("%s cannot be heard: %v", e.Name, err)
		}
	}
	h.said = append(h.said, es...)
	return nil
}

// puts writes a record's entry.
func (h *house) puts(kind, id string, entry any) {
	h.t.Helper()
	raw, err := json.Marshal(entry)
	if err == nil {
		err = h.door.Records.Update(h.t.Context(), store.Key{Record: kind, ID: id}, id,
			func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// posted is a request of a provider's.
type posted struct {
	path   string // "/webhooks/stripe", with its query
	body   string
	header map[string]string
}

// with returns it with a header changed; an empty value removes.
func (p posted) with(name, value string) posted {
	p.header = maps.Clone(p.header)
	p.header[name] = value
	return p
}

// post sends it, wants the status, and returns the answer.
func (h *house) post(code int, p posted) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), "POST", p.path, strings.NewReader(p.body))
	for name, value := range p.header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	if w.Code != code {
		h.t.Errorf("got %d %s, want %d; log:\n%s", w.Code, w.Body, code, h.log.String())
	}
	if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
		h.t.Errorf("%d is no problem: %v", w.Code, w.Header())
	}
	return w
}

// takes posts, wants 200 and the outcomes counted, and returns what was said.
func (h *house) takes(p posted, outcomes ...string) []events.Event {
	h.t.Helper()
	return h.counts(200, p, outcomes...)
}

// counts posts, wants the status and the outcomes counted, and returns what was
// said.
func (h *house) counts(code int, p posted, outcomes ...string) []events.Event {
	h.t.Helper()
	before, said := maps.Clone(h.count), len(h.said)
	h.post(code, p)
	var got []string
	for key, n := range h.count {
		_, outcome, _ := strings.Cut(key, " ")
		got = append(got, slices.Repeat([]string{outcome}, n-before[key])...)
	}
	slices.Sort(got)
	slices.Sort(outcomes)
	if !slices.Equal(got, outcomes) {
		h.t.Errorf("counted %v, want %v; log:\n%s", got, outcomes, h.log.String())
	}
	return h.said[said:]
}

// refuses posts, wants the status and the outcome, and nothing said or written.
func (h *house) refuses(code int, p posted, outcome string) {
	h.t.Helper()
	commits := h.store.count()
	if said := h.counts(code, p, outcome); len(said) > 0 || h.store.count() != commits {
		h.t.Errorf("said %+v, and %d commits", said, h.store.count()-commits)
	}
}

// letsIn posts what nobody meant, and wants one of the statuses.
func (h *house) letsIn(p posted, codes ...int) {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), "POST", "/", strings.NewReader(p.body))
	u, err := url.Parse(p.path)
	if err != nil {
		h.t.Skip("no client sends that address")
	}
	r.URL = u
	for name, value := range p.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	if !slices.Contains(codes, w.Code) || strings.Contains(h.log.String(), "panic") {
		h.t.Errorf("got %d %s, want %v; log:\n%s", w.Code, w.Body, codes, h.log.String())
	}
}

var errDown = errors.New("down, says 10.0.0.7")

// troubles has store and broker fail under a request that leads to something,
// and wants it taken when they are back.
func (h *house) troubles(p posted) {
	h.t.Helper()
	h.store.fail(errDown, nil)
	h.unwell(p)
	h.store.fail(nil, nil)
	h.down = errDown
	h.unwell(p)
	h.down = nil
	h.store.fail(nil, errDown) // it can be read, and not written: published, and not remembered
	h.again(p)
	h.store.fail(nil, nil)
	first := h.said
	if second := h.takes(p, webhook.Published); len(first) == 0 || len(second) != len(first) || second[0].ID != first[0].ID {
		h.t.Errorf("said %+v, and then %+v", first, second)
	}
	if more := h.takes(p, webhook.Duplicate); len(more) > 0 {
		h.t.Errorf("and a third time: %+v", more)
	}
}

// unwell wants to be asked again, and nothing said.
func (h *house) unwell(p posted) {
	h.t.Helper()
	if h.again(p); len(h.said) > 0 {
		h.t.Errorf("said %+v", h.said)
	}
}

func (h *house) again(p posted) {
	h.t.Helper()
	w := h.post(503, p)
	if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "10.0.0.7") {
		h.t.Errorf("%v %s", w.Header(), w.Body)
	}
}

// one wants exactly one event.
func (h *house) one(said []events.Event, name events.Name) events.Event {
	h.t.Helper()
	if len(said) != 1 || said[0].Name != name {
		h.t.Fatalf("said %+v, want one %s; log:\n%s", said, name, h.log.String())
	}
	return said[0]
}

// keepsQuiet wants none of the words in the log, or in what was said.
func (h *house) keepsQuiet(words ...string) {
	h.t.Helper()
	if h.log.Len() == 0 {
		h.t.Error("nothing is logged")
	}
	for _, w := range words {
		if strings.Contains(h.log.String(), w) {
			h.t.Errorf("%q is logged:\n%s", w, h.log.String())
		}
		if raw, _ := json.Marshal(h.said); strings.Contains(string(raw), w) {
			h.t.Errorf("%q is said: %s", w, raw)
		}
	}
}

// switched is a store that can be made to fail, and counts.
type switched struct {
	store.Store
	mu               sync.Mutex
	reading, writing error
	commits, big     int
}

func (s *switched) fail(reading, writing error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading, s.writing = reading, writing
}

func (s *switched) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits
}

// Load fails or loads.
func (s *switched) Load(ctx context.Context, k store.Key, entries ...string) (store.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading != nil {
		return store.Snapshot{}, s.reading
	}
	return s.Store.Load(ctx, k, entries...)
}

// Commit fails, or counts and commits.
func (s *switched) Commit(ctx context.Context, w store.Write) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing != nil {
		return s.writing
	}
	s.commits++
	s.big = max(s.big, len(w.Head))
	return s.Store.Commit(ctx, w)
}

// topic is the one of SNS that is taken.
const topic = "arn:aws:sns:eu-west-3:123456789012:tours"
