package events_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
)

func ofType(contentType string, data []byte) event.Event {
	ce := event.New()
	ce.SetID("e1")
	ce.SetSource("/tourbillon/booking")
	ce.SetType("a.b.v1")
	if contentType != "" {
		ce.SetDataContentType(contentType)
	}
	ce.DataEncoded = data
	return ce
}

func TestWriteHTTP_OverARealConnection(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ce, err := events.ReadHTTP(r, limit)
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		body, err := events.WriteHTTP(w.Header(), ce)
		if err != nil {
			panic(err)
		}
		w.Write(body)
	}))
	defer echo.Close()

	full := ofType("application/json", []byte(" {\"a\":1}"))
	full.SetSubject("Zürich 100% \"heute\" ~ 😀")
	full.SetDataSchema("urn:x:y")
	full.SetTime(time.Date(2026, 3, 1, 9, 30, 0, 5, time.UTC))
	full.SetExtension("traceparent", "00-a-b-01")
	typed := ofType("application/json", []byte("1"))
	typed.SetExtension("count", 7)
	for name, ce := range map[string]event.Event{
		"everything":               full,
		"a number as an extension": typed,
		"no content type":          ofType("", []byte("<html>")),
		"bytes":                    ofType("application/octet-stream", []byte{0, 0xff}),
		"no data":                  ofType("", nil),
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequest("POST", echo.URL, nil)
			body, err := events.WriteHTTP(r.Header, ce)
			if err != nil {
				t.Fatal(err)
			}
			want, err := events.ReadMessage(r.Header, bytes.NewReader(body), limit)
			if err != nil {
				t.Fatal(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			resp, err := echo.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := events.ReadMessage(resp.Header, resp.Body, limit)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v\nwant %v", got, err, want)
			}
			if got.Subject() != ce.Subject() || got.DataContentType() != ce.DataContentType() || !bytes.Equal(got.Data(), ce.Data()) {
				t.Errorf("got %v\nwant %v", got, ce)
			}
		})
	}
}

func TestWriteHTTP_RefusesWhatNobodyWouldTake(t *testing.T) {
	for name, spoil := range map[string]func(*event.Event){
		"no id":              func(ce *event.Event) { ce.SetID("") },
		"no context":         func(ce *event.Event) { ce.Context = nil },
		"a line break":       func(ce *event.Event) { ce.SetSubject("a\r\nSet-Cookie: b") },
		"a bad content type": func(ce *event.Event) { ce.SetDataContentType("a\r\nb") },
		"a name in capitals": func(ce *event.Event) { ce.Context.(*event.EventContextV1).Extensions = map[string]any{"A": "x"} },
		"an attribute twice": func(ce *event.Event) { ce.Context.(*event.EventContextV1).Extensions = map[string]any{"id": "x"} },
		"an odd value":       func(ce *event.Event) { ce.Context.(*event.EventContextV1).Extensions = map[string]any{"a": []int{1}} },
	} {
		t.Run(name, func(t *testing.T) {
			ce := ofType("application/json", nil)
			spoil(&ce)
			h := http.Header{}
			if _, err := events.WriteHTTP(h, ce); err == nil || len(h) > 0 {
				t.Errorf("error %v, headers %v", err, h)
			}
		})
	}
}

func FuzzReadHTTP(f *testing.F) {
	f.Add("application/json", "ce-id: 1\nce-source: /s\nce-type: t\nce-specversion: 1.0\nce-subject: \"a%20b\"\nce-time: 2026-03-01T09:30:00Z", []byte("{}"))
	f.Add("", "ce-id: 1\nce-source: HTTP://u:p@H/%c3?#\nce-type: t\nce-specversion: 1.0\nce-dataschema: urn:x", []byte("\xff"))
	f.Add("application/cloudevents+json", "", []byte(`{"specversion":"1.0","id":"1","source":"//s:","type":"t","n":-0,"data":{"a":1}}`))
	f.Add("application/cloudevents+json", "", []byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":" text/plain ","data_base64":"AP8="}`))
	f.Fuzz(func(t *testing.T, contentType, headers string, body []byte) {
		h := http.Header{}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		for line := range strings.Lines(headers) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			h.Add(name, strings.TrimPrefix(value, " "))
		}
		first, err := events.ReadMessage(h, bytes.NewReader(body), limit)
		if err != nil {
			if he := new(events.HTTPError); !errors.As(err, &he) {
				t.Fatalf("error of another type: %v", err)
			}
			return
		}
		if err := first.Validate(); err != nil {
			t.Fatalf("accepted, but invalid: %v", err)
		}
		wire := http.Header{}
		out, err := events.WriteHTTP(wire, first)
		if err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		second, err := events.ReadMessage(wire, bytes.NewReader(out), limit)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("written %v\nread again %v, %v", first, second, err)
		}
	})
}

func ExampleWriteHTTP() {
	ce := event.New()
	ce.SetID("9f86d081884c7d65")
	ce.SetSource("/tourbillon/departure")
	ce.SetType("tourbillon.tour.spots.reserved.v1")
	ce.SetSubject("Zürich, 9 o'clock")
	ce.SetData("application/json", map[string]int{"seats": 2})

	h := http.Header{}
	body, err := events.WriteHTTP(h, ce)
	if err != nil {
		fmt.Println(err)
		return
	}
	var lines []string
	for name := range h {
		lines = append(lines, name+": "+h.Get(name))
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
	fmt.Println(string(body))
	// Output:
	// Ce-Id: 9f86d081884c7d65
	// Ce-Source: /tourbillon/departure
	// Ce-Specversion: 1.0
	// Ce-Subject: Z%C3%BCrich,%209%20o'clock
	// Ce-Type: tourbillon.tour.spots.reserved.v1
	// Content-Type: application/json
	// {"seats":2}
}

func ExampleReadHTTP() {
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"specversion":"1.0","id":"1","type":"a.b.v1","data":{}}`))
	r.Header.Set("Content-Type", "application/cloudevents+json")
	_, err := events.ReadHTTP(r, 1<<20)
	fmt.Println(err)
	// Output: missing attribute: set the attribute source
}
