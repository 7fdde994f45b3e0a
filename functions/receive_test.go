package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/functions"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const valid = `{"specversion":"1.0","id":"e1","source":"/s","type":"t","subject":"b1","data":{}}`

func post(body io.Reader, contentType string) *http.Request {
	r := httptest.NewRequest("POST", "/", body)
	r.Header.Set("Content-Type", contentType)
	return r
}

func deliver(r arrow.Receiver, req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	functions.Handler("test", r, new(functions.Gate)).ServeHTTP(w, req)
	return w
}

// silent is a receiver that has nothing to say.
func silent(context.Context, event.Event) (*event.Event, error) { return nil, nil }

// echo is a receiver that answers with what it got.
func echo(_ context.Context, ce event.Event) (*event.Event, error) { return &ce, nil }

// wantProblem checks a problem's shape, and returns its detail.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, kind string) string {
	t.Helper()
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %s, want %d and a problem: %s", w.Code, w.Header().Get("Content-Type"), status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Type != "urn:tourbillon:problem:"+kind || p.Title == "" || p.Status != status || p.Detail == "" {
		t.Errorf("problem %+v, want kind %s and status %d", p, kind, status)
	}
	if strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the problem tells a secret: %s", w.Body)
	}
	return p.Detail
}

func TestHandler_Answers(t *testing.T) {
	t.Run("an answer is a CloudEvent in binary mode", func(t *testing.T) {
		w := deliver(echo, post(strings.NewReader(valid), "application/cloudevents+json"))
		ce, err := events.ReadMessage(w.Header(), w.Body, 1<<10)
		if w.Code != http.StatusOK || err != nil || ce.ID() != "e1" || ce.Subject() != "b1" || string(ce.Data()) != "{}" {
			t.Errorf("%d %v %v", w.Code, ce, err)
		}
		if got := w.Header().Get("Content-Length"); got != "2" {
			t.Errorf("Content-Length %q", got)
		}
	})
	t.Run("nothing to say is an empty 204", func(t *testing.T) {
		w := deliver(silent, post(strings.NewReader(valid), "application/cloudevents+json"))
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
	t.Run("an answer that is no CloudEvent is a 500 without its headers", func(t *testing.T) {
		logged := logTo(t)
		w := deliver(func(context.Context, event.Event) (*event.Event, error) { return new(event.Event), nil },
			post(strings.NewReader(valid), "application/cloudevents+json"))
		wantProblem(t, w, http.StatusInternalServerError, "failed")
		if !strings.Contains(logged.String(), "function=test") {
			t.Errorf("logged %q", logged)
		}
	})
	t.Run("a sender that hangs up does not cancel the work", func(t *testing.T) {
		req := post(strings.NewReader(valid), "application/cloudevents+json")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		w := deliver(func(ctx context.Context, _ event.Event) (*event.Event, error) { return nil, ctx.Err() }, req.WithContext(gone))
		if w.Code != http.StatusNoContent {
			t.Errorf("status %d", w.Code)
		}
	})
}

func TestHandler_Errors(t *testing.T) {
	schema := &events.SchemaError{Name: events.BookingCreate, Version: 1, At: "/seats", Problem: "is below 1"}
	for _, c := range []struct {
		name       string
		err        error
		status     int
		kind       string
		retryAfter string
		detail     string // where the error's own text is told
	}{
		{"somebody else is at it", fmt.Errorf("secret: %w", store.ErrLeased), 409, "busy", "", ""},
		{"something outside is down", arrow.Again(errors.New("secret")), 503, "again", "", ""},
		{"it says when to ask again, in full seconds",
			fmt.Errorf("secret: %w", &arrow.AgainError{Err: errors.New("secret"), After: 1001 * time.Millisecond}), 503, "again", "2", ""},
		{"the store is down", fmt.Errorf("secret: %w", store.ErrUnavailable), 503, "again", "", ""},
		{"data breaks its schema", fmt.Errorf("secret: %w", schema), 500, "schema", "", schema.Error()},
		{"nobody knows the type", fmt.Errorf("%w %q", events.ErrUnknown, "x"), 500, "unknown-event", "", `unknown event type "x"`},
		{"the function does not take it", fmt.Errorf("book: %w: x", arrow.ErrUnroutable), 500, "unknown-event", "", "book: function does not take this event: x"},
		{"the handler panicked", fmt.Errorf("secret: %w", &arrow.PanicError{Value: "secret"}), 500, "failed", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := deliver(func(context.Context, event.Event) (*event.Event, error) { return nil, c.err },
				post(strings.NewReader(valid), "application/cloudevents+json"))
			detail := wantProblem(t, w, c.status, c.kind)
			if got := w.Header().Get("Retry-After"); got != c.retryAfter {
				t.Errorf("Retry-After %q, want %q", got, c.retryAfter)
			}
			if c.detail != "" && detail != c.detail {
				t.Errorf("detail %q, want %q", detail, c.detail)
			}
			if w.Header().Get("Ce-Id") != "" {
				t.Error("a problem came with attributes of an event")
			}
		})
	}
}

func TestHandler_RefusesWhatIsNoCloudEvent(t *testing.T) {
	for _, c := range []struct {
		name   string
		r      *http.Request
		status int
		kind   string
	}{
		{"plain JSON", post(strings.NewReader(`{"secret":1}`), "application/json"), 400, "not-a-cloudevent"},
		{"a batch", post(strings.NewReader("[]"), "application/cloudevents-batch+json"), 400, "batch-not-supported"},
		{"another format", post(strings.NewReader(""), "application/cloudevents+xml"), 400, "format-not-supported"},
		{"no id", post(strings.NewReader(`{"specversion":"1.0"}`), "application/cloudevents+json"), 400, "missing-attribute"},
		// Events, however broken: a 4xx would have one broker drop them.
		{"a bad time", post(strings.NewReader(`{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"secret"}`),
			"application/cloudevents+json"), 500, "invalid-cloudevent"},
		{"more than a mebibyte", post(strings.NewReader(strings.Repeat(" ", 1<<20+1)), "application/cloudevents+json"), 500, "too-large"},
		{"a body that breaks off", post(iotest.ErrReader(errors.New("secret")), "application/cloudevents+json"), 503, "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := deliver(func(context.Context, event.Event) (*event.Event, error) {
				t.Error("it came to the receiver")
				return nil, nil
			}, c.r)
			wantProblem(t, w, c.status, c.kind)
		})
	}
}

func TestHandler_OutlivesAPanic(t *testing.T) {
	logged := logTo(t)
	w := deliver(func(context.Context, event.Event) (*event.Event, error) { panic("secret") },
		post(strings.NewReader(valid), "application/cloudevents+json"))
	wantProblem(t, w, http.StatusInternalServerError, "failed")
	if s := logged.String(); strings.Contains(s, "secret") || !strings.Contains(s, "function=test") || !strings.Contains(s, "receive_test.go") {
		t.Errorf("logged %s", s)
	}
}

// logTo catches what is logged by default.
func logTo(t *testing.T) *bytes.Buffer {
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &b
}

func TestHandler_ProbesAndMethods(t *testing.T) {
	var g functions.Gate
	h := functions.Handler("test", silent, &g)
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		for _, method := range []string{"GET", "HEAD"} {
			if w := ask(method, path); w.Code != http.StatusOK {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		w := ask("POST", path)
		wantProblem(t, w, http.StatusMethodNotAllowed, "method-not-allowed")
		if got := w.Header().Get("Allow"); got != "GET, HEAD" {
			t.Errorf("Allow %q", got)
		}
	}
	for _, method := range []string{"GET", "PUT", "OPTIONS", "DELETE"} {
		w := ask(method, "/")
		wantProblem(t, w, http.StatusMethodNotAllowed, "method-not-allowed")
		if got := w.Header().Get("Allow"); got != "POST" {
			t.Errorf("Allow %q", got)
		}
	}
	g.Stop()
	if live, ready := ask("GET", "/healthz").Code, ask("GET", "/readyz").Code; live != 200 || ready != 503 {
		t.Errorf("stopping: healthz %d, readyz %d", live, ready)
	}
}

func TestFramework_RefusesAnUnknownTarget(t *testing.T) {
	t.Setenv("FUNCTION_TARGET", "nobody")
	if h, err := functions.Framework(); err == nil || h != nil {
		t.Errorf("%v, %v", h, err)
	}
}

func TestFramework_PrintsNothing(t *testing.T) {
	t.Setenv("K_SERVICE", "quiet")
	functions.Register(target(t), silent, new(functions.Gate))
	h, err := functions.Framework()
	if err != nil {
		t.Fatal(err)
	}
	call := func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, post(strings.NewReader(valid), "application/cloudevents+json"))
		if w.Code != http.StatusNoContent {
			t.Errorf("status %d", w.Code)
		}
	}
	if got := printed(t, call); got != "" {
		t.Errorf("printed %q", got)
	}
	// Were this not so, Framework would have no need to meddle.
	os.Setenv("K_SERVICE", "loud")
	if got := printed(t, call); got == "" {
		t.Error("the framework prints nothing of its own; leave K_SERVICE alone")
	}
}

// printed returns what call writes to standard output and error.
func printed(t *testing.T, call func()) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = f, f
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()
	call()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
