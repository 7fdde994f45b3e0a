package events_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// secret stands for whatever a person wrote where it does not belong.
const secret = "ann.secret@example.com"

// complaint is why Decode refuses the data; none where it takes it.
func complaint(t testing.TB, n events.Name, version int, data string) *events.SchemaError {
	t.Helper()
	_, err := events.Decode(bare(n, version, []byte(data)))
	if err == nil {
		return nil
	}
	var e *events.SchemaError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a SchemaError", err, err)
	}
	return e
}

// asking is a booking.request of version 2 with one field replaced; an empty
// value leaves the field out.
func asking(field, value string) string {
	all := map[string]json.RawMessage{
		"departureId": json.RawMessage(`"lyon-0900"`), "seats": json.RawMessage(`2`),
		"customer": json.RawMessage(`{"name":"A","email":"a@example.com"}`), "payment": json.RawMessage(`{"token":"tok"}`),
	}
	all[field] = json.RawMessage(value)
	if value == "" {
		delete(all, field)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func askedBy(email, more string) string {
	return asking("customer", `{"name":"A","email":"`+email+`"`+more+`}`)
}

// again is the beginning of data that has nothing wrong but the rest.
const again = `{"bookingId":"q7Xw2LrT9vKcMz4J"`

// wrong is data of booking.request version 2, and what is told of it.
var wrong = []struct {
	name, data, at, problem string
}{
	{"nothing at all", ``, "", "not JSON"},
	{"half an object", `{"seats":`, "", "not JSON"},
	{"two values", `{} {}`, "", "not JSON"},
	{"an array", `[]`, "", "is of type array, want object"},
	{"null", `null`, "", "is of type null, want object"},
	{"an empty object", `{}`, "", "missing departureId, seats, customer, payment"},
	{"one field missing", asking("payment", ""), "", "missing payment"},
	{"a misspelt field", asking("departureID", `"lyon"`), "", "unknown field departureID"},
	{"an id beside the request", asking("bookingId", `"q7Xw2LrT9vKcMz4J"`), "/customer", "is not allowed here"},
	{"an id with seats", again + `,"seats":2}`, "/seats", "is not allowed here"},
	{"a try without an id", asking("try", `1`), "/try", "is not allowed here"},
	{"an id that is too short", `{"bookingId":"q7"}`, "/bookingId", "does not match ^[A-Za-z0-9_-]{8,64}$"},
	{"no seats", asking("seats", `0`), "/seats", "is below 1"},
	{"too many seats", asking("seats", `1001`), "/seats", "is above 1000"},
	{"half a seat", asking("seats", `1.5`), "/seats", "is of type number, want integer"},
	{"seats beyond all bounds", asking("seats", `1e99999999`), "", "has a number beyond all bounds"},
	{"seats in words", asking("seats", `"two"`), "/seats", "is of type string, want integer"},
	{"seats that are null", asking("seats", `null`), "/seats", "is of type null, want integer"},
	{"no such flow", asking("flow", `"chaos"`), "/flow", "is none of [orchestration choreography]"},
	{"no e-mail address", askedBy("ann", ""), "/customer/email", "is not a valid email"},
	{"a line break in an address", askedBy(`\"a\r\nBcc: b\"@example.com`, ""), "/customer/email", `does not match ^[^@"\s]+@[^@"\s\[\]]+\.[A-Za-z][A-Za-z0-9-]*$`},
	{"a national phone number", askedBy("a@example.com", `,"phone":"0199000000"`), "/customer/phone",
		`does not match ^\+[1-9][0-9]{6,14}$`},
	{"a locale with an underscore", askedBy("a@example.com", `,"locale":"fr_FR"`), "/customer/locale",
		"does not match ^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"},
	{"an empty name", asking("customer", `{"name":"","email":"a@example.com"}`), "/customer/name", "is shorter than 1"},
	{"a long name", asking("customer", `{"name":"`+strings.Repeat("é", 201)+`","email":"a@example.com"}`), "/customer/name",
		"is longer than 200"},
	{"an empty token", asking("payment", `{"token":""}`), "/payment/token", "does not match ^[!-~]{1,255}$"},
}

// fieldsAside leaves the single complaints to a test of their own.
var fieldsAside = cmpopts.IgnoreFields(events.SchemaError{}, "Fields")

func TestSchemaError_Fields(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []events.Complaint
	}{
		{"what is not JSON has no fields", `{`, nil},
		{"what is no object is itself at fault", `[]`, []events.Complaint{{"", "is of type array, want object"}}},
		{"each missing field is named", `{"seats":2,"departureId":"lyon-0900","customer":{"email":"a@example.com"}}`, []events.Complaint{
			{"/customer/name", "is missing"}, {"/payment", "is missing"},
		}},
		{"each unknown field that has a name", asking("Seats", `1`), []events.Complaint{{"/Seats", "is unknown"}}},
		{"and none that may be somebody's data", asking(secret, `1`), []events.Complaint{{"", "has a field that is unknown"}}},
		{"several at once, in order", strings.Replace(asking("seats", `0`), "{", `{"flow":"chaos",`, 1), []events.Complaint{
			{"/flow", "is none of [orchestration choreography]"}, {"/seats", "is below 1"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, complaint(t, events.BookingRequest, 2, tt.data).Fields); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("and no more than a person reads", func(t *testing.T) {
		tiers := strings.TrimSuffix(strings.Repeat(`{"percent":"x","hoursBefore":-1},`, 40), ",")
		got := complaint(t, events.BookingCreated, 1, again+`,"status":"ON_HOLD","policy":[`+tiers+`]}`)
		if len(got.Fields) != 20 {
			t.Errorf("got %d complaints", len(got.Fields))
		}
	})
}

func TestSchemaError_Text(t *testing.T) {
	for _, tt := range wrong {
		t.Run(tt.name+" is told apart", func(t *testing.T) {
			want := &events.SchemaError{Name: events.BookingRequest, Version: 2, At: tt.at, Problem: tt.problem}
			if diff := cmp.Diff(want, complaint(t, events.BookingRequest, 2, tt.data), fieldsAside); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the text says which event, where and what", func(t *testing.T) {
		got := complaint(t, events.BookingRequest, 2, asking("seats", "0")).Error()
		if want := `data of tourbillon.booking.request.v2: at "/seats": is below 1`; got != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a wrong content type is told", func(t *testing.T) {
		ce := bare(events.ClockTick, 1, []byte("{}"))
		ce.SetDataContentType("text/xml")
		_, err := events.Decode(ce)
		if err == nil || !strings.HasSuffix(err.Error(), "datacontenttype is not application/json") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("too long a policy is told", func(t *testing.T) {
		tiers := strings.TrimSuffix(strings.Repeat(`{"hoursBefore":1,"percent":1},`, 17), ",")
		got := complaint(t, events.BookingCreated, 1, again+`,"status":"ON_HOLD","policy":[`+tiers+`]}`)
		if got == nil || got.At != "/policy" || got.Problem != "has more than 16 items" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("of many complaints the same one is told every time", func(t *testing.T) {
		const bad = `{"departureID":"","Seats":0,"flow":"x","seats":0,"customer":{"email":1},"payment":{}}`
		first := complaint(t, events.BookingRequest, 2, bad).Error()
		if want := `at "": missing departureId; unknown field Seats, departureID`; !strings.HasSuffix(first, want) {
			t.Errorf("got %s, want %s", first, want)
		}
		for range 100 {
			if got := complaint(t, events.BookingRequest, 2, bad).Error(); got != first {
				t.Fatalf("got %s, then %s", first, got)
			}
		}
	})
}

func TestSchemaError_NeverQuotes(t *testing.T) {
	tell := func(t *testing.T, n events.Name, v int, data string) {
		t.Helper()
		_, err := events.Decode(bare(n, v, []byte(data)))
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the text quotes the data: %v", err)
		}
	}
	ever(func(n events.Name, v int, file string) {
		t.Run("no value of "+file, func(t *testing.T) {
			for _, put := range []any{secret, map[string]any{secret: secret}, []any{secret}} {
				eachMutation(object(t, example(t, n, v)), put, func(data string) { tell(t, n, v, data) })
			}
		})
	})
	t.Run("nor what is no JSON", func(t *testing.T) { tell(t, events.BookingRequest, 2, secret) })
	t.Run("nor a field's name that looks like none", func(t *testing.T) {
		got := complaint(t, events.BookingRequest, 2, asking(secret, `1`))
		if got == nil || got.Problem != "unknown field (not a name)" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("nor more names than one reads", func(t *testing.T) {
		got := complaint(t, events.DepartureClose, 1, `{"departureId":"lyon","a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}`)
		if got == nil || got.Problem != "unknown field a, b, c, d, e, ..." {
			t.Errorf("got %v", got)
		}
	})
}

// eachMutation calls do with the object's JSON once for every value in it,
// that value replaced by put.
func eachMutation(o map[string]any, put any, do func(data string)) {
	var walk func(v any)
	emit := func() {
		raw, err := json.Marshal(o)
		if err != nil {
			panic(err)
		}
		do(string(raw))
	}
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				was := v[k]
				v[k] = put
				emit()
				v[k] = was
				walk(was)
			}
		case []any:
			for i, was := range v {
				v[i] = put
				emit()
				v[i] = was
				walk(was)
			}
		}
	}
	walk(o)
}

func TestDecode_WhatWasChecked(t *testing.T) {
	t.Run("of a key that comes twice only the last is read", func(t *testing.T) {
		e := decode(t, bare(events.BookingRequest, 2, []byte(`{"departureId":"lyon","seats":1,"payment":{"token":"tok"},`+
			`"customer":{"name":"A","email":"a@example.com","phone":"not a number"},"customer":{"name":"B","email":"b@example.com"}}`)))
		if diff := cmp.Diff(&booking.Customer{Name: "B", Email: "b@example.com"}, e.Customer); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a whole number may be written with a point or an exponent", func(t *testing.T) {
		e := decode(t, bare(events.BookingCreated, 1, []byte(`{"bookingId":"q7Xw2LrT9vKcMz4J","status":"ON_HOLD","seats":2.0,`+
			`"price":{"amount":9e3,"currency":"EUR"},"policy":[{"hoursBefore":24.00,"percent":5E1}]}`)))
		if e.Seats != 2 || e.Price.Amount != 9000 || e.Policy[0] != (booking.Tier{HoursBefore: 24, Percent: 50}) {
			t.Errorf("got %d seats, %v, %v", e.Seats, e.Price, e.Policy)
		}
	})
	t.Run("a tick's data is free and not read", func(t *testing.T) {
		e := decode(t, bare(events.ClockTick, 1, []byte(`{"seats":"many","bookingId":"x","message":{"a":[1]}}`)))
		if diff := cmp.Diff(events.Data{}, e.Data); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("the largest amount of money is read", func(t *testing.T) {
		e := decode(t, bare(events.BookingCreated, 1,
			[]byte(`{"bookingId":"q7Xw2LrT9vKcMz4J","status":"ON_HOLD","price":{"amount":9223372036854775807,"currency":"JPY"}}`)))
		if e.Price.Amount != 9223372036854775807 {
			t.Errorf("got %d", e.Price.Amount)
		}
	})
}
