package request_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/web"
)

// at is a complaint about one field.
func at(pointer, detail string) []web.Field { return []web.Field{{Pointer: pointer, Detail: detail}} }

// bad are requests for a booking that cannot be taken.
var bad = []struct {
	name, body string
	headers    []string
	code       int
	kind       string
	fields     []web.Field
}{
	{"no body", "", nil, 415, "media-type", nil},
	{"an empty body", "", []string{"Content-Type", "application/json"}, 400, "not-json", nil},
	{"no JSON", "seats=2", nil, 400, "not-json", nil},
	{"half of it", `{"seats":2`, nil, 400, "not-json", nil},
	{"something after it", camille + "{}", nil, 400, "not-json", nil},
	{"the same field twice", `{"seats":2,"seats":3}`, nil, 400, "not-json", nil},
	{"the same field twice, deep inside", wanting("customer", `{"name":"A","n\u0061me":"B"}`), nil, 400, "not-json", nil},
	{"what is not UTF-8", strings.Replace(camille, "Camille", "Camill\xe9", 1), nil, 400, "not-json", nil},
	{"a list", "[" + camille + "]", nil, 422, "invalid", at("", "is not an object")},
	{"null", "null", nil, 422, "invalid", at("", "is not an object")},
	{"a form", "a=b", []string{"Content-Type", "", "Content-Type", "application/x-www-form-urlencoded"}, 415, "media-type", nil},
	{"text", camille, []string{"Content-Type", "", "Content-Type", "text/plain"}, 415, "media-type", nil},
	{"two types", camille, []string{"Content-Type", "application/json"}, 415, "media-type", nil},
	{"another charset", camille, []string{"Content-Type", "", "Content-Type", "application/json; charset=latin1"}, 415, "media-type", nil},
	{"what is compressed", camille, []string{"Content-Encoding", "gzip"}, 415, "media-type", nil},
	{"ten megabytes", `{"a":"` + strings.Repeat("x", 10<<20) + `"}`, nil, 413, "too-large", nil},
	{"a deep pile", strings.Repeat("[", 20_000), nil, 400, "not-json", nil},

	{"nothing", "{}", nil, 422, "invalid", []web.Field{
		{Pointer: "/customer", Detail: "is missing"}, {Pointer: "/departureId", Detail: "is missing"},
		{Pointer: "/payment", Detail: "is missing"}, {Pointer: "/seats", Detail: "is missing"},
	}},
	{"a field missing", wanting("seats", ""), nil, 422, "invalid", at("/seats", "is missing")},
	{"a field unknown", wanting("Seats", "2"), nil, 422, "invalid", at("/Seats", "is unknown")},
	{"a field whose name may be data", wanting("camille@example.com", "2"), nil, 422, "invalid", at("", "has a field that is unknown")},
	{"an id of its own", wanting("bookingId", `"q7Xw2LrT9vKcMz4J"`), nil, 422, "invalid", at("/bookingId", "is unknown")},
	{"an id alone", `{"bookingId":"q7Xw2LrT9vKcMz4J"}`, nil, 422, "invalid", at("/bookingId", "is unknown")},
	{"a try", wanting("try", `1`), nil, 422, "invalid", at("/try", "is unknown")},
	{"another type", wanting("seats", `"2"`), nil, 422, "invalid", at("/seats", "is of type string, want integer")},
	{"no seats", wanting("seats", "0"), nil, 422, "invalid", at("/seats", "is below 1")},
	{"seats below none", wanting("seats", "-1"), nil, 422, "invalid", at("/seats", "is below 1")},
	{"half a seat", wanting("seats", "1.5"), nil, 422, "invalid", at("/seats", "is of type number, want integer")},
	{"a stadium", wanting("seats", "1001"), nil, 422, "invalid", at("/seats", "is above 1000")},
	{"seats beyond all bounds", wanting("seats", "1e99999999"), nil, 422, "invalid", at("", "has a number beyond all bounds")},
	{"seats of many digits", wanting("seats", strings.Repeat("9", 65)), nil, 422, "invalid", at("", "has a number beyond all bounds")},
	{"seats beyond what a float holds", wanting("seats", "1e999"), nil, 422, "invalid", at("/seats", "is above 1000")},
	{"a departure that cannot be", wanting("departureId", `"{s017}"`), nil, 422, "invalid", at("/departureId", "does not match ^[a-z0-9][a-z0-9-]{0,63}$")},
	{"a departure that is a number", wanting("departureId", `9`), nil, 422, "invalid", at("/departureId", "is of type number, want string")},
	{"no such flow", wanting("flow", `"chaos"`), nil, 422, "invalid", at("/flow", "is none of [orchestration choreography]")},
	{"a national phone number", wanting("customer", `{"name":"A","email":"a@example.com","phone":"0199000000"}`), nil, 422, "invalid",
		at("/customer/phone", `does not match ^\+[1-9][0-9]{6,14}$`)},
	{"no mail address", wanting("customer", `{"name":"A","email":"camille"}`), nil, 422, "invalid", at("/customer/email", "is not a valid email")},
	{"a mail address of nobody", wanting("customer", `{"name":"A","email":"@example.com"}`), nil, 422, "invalid", at("/customer/email", noMail)},
	{"a mail address at no domain", wanting("customer", `{"name":"A","email":"a@localhost"}`), nil, 422, "invalid", at("/customer/email", noMail)},
	{"a mail address at a machine", wanting("customer", `{"name":"A","email":"a@[127.0.0.1]"}`), nil, 422, "invalid", at("/customer/email", noMail)},
	{"a customer without a name", wanting("customer", `{"email":"a@example.com"}`), nil, 422, "invalid", at("/customer/name", "is missing")},
	{"no card", wanting("payment", `{"token":""}`), nil, 422, "invalid", at("/payment/token", "does not match ^[!-~]{1,255}$")},
}

func TestDoor_BadInput(t *testing.T) {
	h := opened(t, 4)
	commits, published := h.store.count(), len(h.broker.names())
	for _, c := range bad {
		h.run(t, c.name+" is refused, and changes nothing", func(t *testing.T) {
			r := h.must(c.code, h.ask("POST", "/bookings", c.body, c.headers...))
			if diff := cmp.Diff(problem{Type: c.kind, Errors: c.fields}, r.problem(t)); diff != "" {
				t.Error(diff)
			}
			if r.header.Get("Content-Type") != "application/problem+json" || r.header.Get("Location") != "" {
				t.Errorf("headers %v", r.header)
			}
			for _, secret := range personal {
				if strings.Contains(r.body, secret) {
					t.Errorf("%s quotes %q", r.body, secret)
				}
			}
			if h.store.count() != commits || len(h.broker.names()) != published {
				t.Error("it writes, or publishes")
			}
		})
	}
	h.run(t, "and the same, sent right, is taken", func(t *testing.T) { h.books(camille) })
}

const noMail = `does not match ^[^@"\s]+@[^@"\s\[\]]+\.[A-Za-z][A-Za-z0-9-]*$`

// cut is a body that ends too early.
type cut struct{ io.Reader }

// Read reads, and fails at the end.
func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestDoor_Streams sends bodies that do not tell their length.
func TestDoor_Streams(t *testing.T) {
	h := opened(t, 4)
	commits := h.store.count()
	for _, c := range []struct {
		name string
		body io.Reader
		code int
	}{
		{"one without a length and end is refused", io.MultiReader(strings.NewReader(`{"a":"`), endless{}), 413},
		{"one that ends early is refused", cut{strings.NewReader(camille)}, 400},
		{"one byte too many is refused", strings.NewReader(`"` + strings.Repeat("x", 65535) + `"`), 413},
	} {
		for _, path := range []string{"/bookings", "/events"} {
			h.run(t, c.name+" at "+path, func(t *testing.T) {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, c.body)
				r.ContentLength = -1
				r.Header.Set("Content-Type", "application/json")
				for i, ce := 0, ceHeaders("order-1"); i < len(ce); i += 2 {
					r.Header.Set(ce[i], ce[i+1])
				}
				w := httptest.NewRecorder()
				h.mux.ServeHTTP(w, r)
				if path == "/bookings" && w.Code != c.code || w.Code < 400 || w.Code > 499 {
					t.Errorf("got %d %s, want %d", w.Code, w.Body, c.code)
				}
				if h.store.count() != commits {
					t.Error("it writes")
				}
			})
			if _, again := c.body.(*strings.Reader); again {
				break // it is read once
			}
		}
	}
}

// endless is a body without an end.
type endless struct{}

// Read reads more.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
