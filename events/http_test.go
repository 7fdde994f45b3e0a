package events_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

const limit = 1 << 10

// request is a valid event in binary mode, with changes: "name: value" sets a
// header, "name:" alone takes it out, "+name: value" adds a second one.
func request(body string, changes ...string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header = http.Header{
		"Ce-Specversion": {"1.0"}, "Ce-Id": {"e1"}, "Ce-Source": {"/tourbillon/booking"}, "Ce-Type": {"a.b.v1"},
		"Content-Type": {"application/json"},
	}
	for _, c := range changes {
		name, value, _ := strings.Cut(c, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case strings.HasPrefix(name, "+"):
			r.Header.Add(name[1:], value)
		case value == "":
			r.Header.Del(name)
		default:
			r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		}
	}
	return r
}

func structured(body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=UTF-8")
	return r
}

// member returns a structured event with more members.
func member(more string) *http.Request {
	return structured(`{"specversion":"1.0","id":"e1","source":"/s","type":"t"` + more + `}`)
}

func read(t *testing.T, r *http.Request) event.Event {
	t.Helper()
	ce, err := events.ReadHTTP(r, limit)
	if err != nil {
		t.Fatal(err)
	}
	return ce
}

func TestReadHTTP_Binary(t *testing.T) {
	ce := read(t, request(" {\"a\": 1}\n", "ce-subject: Z%C3%bcrich%20%F0%9F%98%80", "ce-partitionkey: b%31",
		"ce-dataschema: urn:tourbillon:booking.created:v1", "Content-Type: application/json; charset=utf-8",
		"traceparent: not-an-attribute"))
	got := []string{ce.SpecVersion(), ce.ID(), ce.Source(), ce.Type(), ce.Subject(), ce.DataSchema(), ce.DataContentType(), string(ce.Data())}
	want := []string{"1.0", "e1", "/tourbillon/booking", "a.b.v1", "Zürich 😀", "urn:tourbillon:booking.created:v1",
		"application/json; charset=utf-8", " {\"a\": 1}\n"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{"partitionkey": "b1"}, ce.Extensions()); d != "" {
		t.Error(d)
	}
	if err := ce.Validate(); err != nil {
		t.Error(err)
	}
}

func TestReadHTTP_HeaderValues(t *testing.T) {
	for _, c := range []struct{ name, wire, want string }{
		{"the example of the specification", "Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"},
		{"a quoted string of an older version", `"say \"hi\" \\ 100%25"`, `say "hi" \ 100%`},
		{"one round of decoding only", "%2541", "%41"},
		{"raw UTF-8, as sdk-go sends it", "Zürich", "Zürich"},
		{"a space and a quote inside, as sdk-go sends them", `a "b" c`, `a "b" c`},
		{"white space around it", " \tx\t ", "x"},
		{"an escaped space at its end", "x%20", "x "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, request("", "ce-subject: "+c.wire)).Subject(); got != c.want {
				t.Errorf("subject %q, want %q", got, c.want)
			}
		})
	}
	t.Run("header names in any case", func(t *testing.T) {
		r := request("", "ce-id:")
		r.Header["cE-iD"] = []string{"x"}
		if got := read(t, r).ID(); got != "x" {
			t.Errorf("id %q", got)
		}
	})
}

func TestReadHTTP_Time(t *testing.T) {
	for wire, want := range map[string]string{
		"2026-03-01T09:30:00Z":                "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00.123456789+02:00": "2026-03-01T07:30:00.123456789Z",
		"2026-03-01t09:30:00z":                "2026-03-01T09:30:00Z",
		"0001-01-01T00:00:00Z":                "0001-01-01T00:00:00Z",
		"2026-03-01":                          "",
		"2026-03-01 09:30:00Z":                "",
		"2026-03-01T9:30:00Z":                 "",
		"2026-03-01T09:30:00,5Z":              "",
		"2026-03-01T09:30:00":                 "",
		"2026-02-30T09:30:00Z":                "",
		"0000-01-01T00:00:00+01:00":           "",
		"1772357400":                          "",
	} {
		t.Run(wire, func(t *testing.T) {
			ce, err := events.ReadHTTP(request("", "ce-time: "+wire), limit)
			if want == "" {
				wantProblem(t, err, events.HTTPInvalid)
				return
			}
			if err != nil || ce.Time().Format(time.RFC3339Nano) != want {
				t.Errorf("time %v, %v; want %s", ce.Time(), err, want)
			}
		})
	}
}

func TestReadHTTP_Structured(t *testing.T) {
	for _, c := range []struct{ name, more, contentType, data string }{
		{"JSON stands as it was sent", `,"datacontenttype":"application/json","data": {"b" : 1.0, "a":"\u00fc"}`, "application/json", `{"b" : 1.0, "a":"\u00fc"}`},
		{"an unsaid content type is JSON, and is said", `,"data":"x"`, "application/json", `"x"`},
		{"null is JSON too", `,"data":null`, "application/json", "null"},
		{"a suffix makes it JSON", `,"datacontenttype":"application/x+json","data":[1]`, "application/x+json", "[1]"},
		{"a string is the text of other types", `,"datacontenttype":"text/xml","data":"<a b=\"c\"/>"`, "text/xml", `<a b="c"/>`},
		{"base64 is bytes", `,"datacontenttype":"image/png","data_base64":"AP8="`, "image/png", "\x00\xff"},
		{"base64 may hold JSON", `,"datacontenttype":"application/json","data_base64":"e30="`, "application/json", "{}"},
		{"no data", `,"subject":null,"data_base64":null`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ce := read(t, member(c.more))
			if ce.DataContentType() != c.contentType || string(ce.Data()) != c.data {
				t.Errorf("%s %q, want %s %q", ce.DataContentType(), ce.Data(), c.contentType, c.data)
			}
		})
	}
	t.Run("extensions are their canonical strings", func(t *testing.T) {
		ce := read(t, member(`,"a":true,"b":-5,"c":"x","d":null`))
		if d := cmp.Diff(map[string]any{"a": "true", "b": "-5", "c": "x"}, ce.Extensions()); d != "" {
			t.Error(d)
		}
	})
	t.Run("the body counts, not the headers that repeat it", func(t *testing.T) {
		r := member("")
		r.Header.Set("ce-id", "other%")
		if got := read(t, r).ID(); got != "e1" {
			t.Errorf("id %q", got)
		}
	})
}

func TestReadHTTP_GivesWhatCanGoOnStructured(t *testing.T) {
	for _, c := range []struct{ contentType, data string }{
		{"application/json", `{"a":1}`},
		{"application/json", "not JSON"},
		{"text/plain", "Zürich"},
		{"text/plain", "\xff"},
	} {
		first := read(t, request(c.data, "Content-Type: "+c.contentType))
		body, err := first.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, structured(string(body))); string(got.Data()) != c.data {
			t.Errorf("%s %q became %q", c.contentType, c.data, got.Data())
		}
	}
}

func TestReadHTTP_TakesABodyOfExactlyTheLimit(t *testing.T) {
	if n := len(read(t, request(strings.Repeat("x", limit))).Data()); n != limit {
		t.Errorf("%d bytes", n)
	}
}

func TestReadMessage_TakesAMessageWithoutBody(t *testing.T) {
	if ce, err := events.ReadMessage(request("").Header, nil, limit); err != nil || ce.Data() != nil {
		t.Errorf("%q, %v", ce.Data(), err)
	}
}
