package operator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
)

type letters struct {
	DeadLetters []struct {
		Event           map[string]any
		Trigger, Reason string
		Tries           int
		At              time.Time
	}
	Next string
}

// raw is an event with this data, whatever it is.
func raw(id, contentType, data string) event.Event {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("https://shop.example")
	ce.SetType("tourbillon.booking.request.v1")
	if contentType != "" {
		ce.SetDataContentType(contentType)
	}
	ce.DataEncoded = []byte(data)
	return ce
}

func TestLetters_List(t *testing.T) {
	w := newWorld(t)
	t.Run("none is a list", func(t *testing.T) {
		if a := w.ask(w.Events(), "GET /dead-letters"); a.body != `{"deadLetters":[]}` {
			t.Error(a.body)
		}
	})
	var want []string
	for i := range 7 {
		id := fmt.Sprint("letter-", i)
		at := noon.Add(time.Duration(i/3) * time.Second) // some at the same moment
		w.dead = append(w.dead, events.DeadLetter{Event: raw(id, "", `{"seats":2}`), Subscription: "command-book", Reason: "schema", Tries: i, At: at})
		want = append(want, id)
	}
	for _, limit := range []int{1, 2, 3, 7, 200} {
		t.Run(fmt.Sprintf("all come, the oldest first, by pages of %d", limit), func(t *testing.T) {
			got := map[string]int{}
			var last time.Time
			for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
				var l letters
				w.gets(w.Events(), fmt.Sprintf("/dead-letters?limit=%d&cursor=%s", limit, cursor), &l)
				for _, d := range l.DeadLetters {
					id := d.Event["id"].(string)
					got[id]++
					if d.At.Before(last) || d.Trigger != "command-book" || d.Reason != "schema" || fmt.Sprint("letter-", d.Tries-1) != id {
						t.Errorf("got %+v after %v", d, last)
					}
					last = d.At
				}
				if cursor = l.Next; len(l.DeadLetters) == 0 || pages > 10 {
					t.Fatalf("page %d: %+v", pages, l)
				}
			}
			for _, id := range want {
				if got[id] != 1 {
					t.Errorf("%s comes %d times", id, got[id])
				}
			}
		})
	}
	t.Run("what the broker keeps stays as it was", func(t *testing.T) {
		if w.dead[0].Event.ID() != "letter-0" || string(w.dead[0].Event.Data()) != `{"seats":2}` {
			t.Errorf("got %v", w.dead[0])
		}
	})
}

// secrets are what must be seen by nobody.
var secrets = []string{"Camille", "camille", "example.com", "+33612345678", "tok_visa", "4242"}

func TestLetters_AreRedacted(t *testing.T) {
	for says, c := range map[string]struct {
		contentType, data string
		want              any // nil: its size
	}{
		"version 1 of a request, flat": {"application/json",
			`{"departureId":"lyon","seats":2,"customerName":"Camille","customerEmail":"camille@example.com","customerPhone":"+33612345678","paymentToken":"tok_visa"}`,
			map[string]any{"departureId": "lyon", "seats": 2., "customerName": "(hidden)", "customerEmail": "(hidden)", "customerPhone": "(hidden)", "paymentToken": "(hidden)"}},
		"version 2, nested": {"application/json",
			`{"seats":2,"customer":{"name":"Camille"},"payment":{"token":"tok_visa"}}`,
			map[string]any{"seats": 2., "customer": "(hidden)", "payment": "(hidden)"}},
		"at any depth, in lists too, in any case": {"",
			`{"a":[{"b":{"Email":"x","PHONE":"+33612345678","cardNumber":4242,"accessToken":["tok_visa"]}}]}`,
			map[string]any{"a": []any{map[string]any{"b": map[string]any{"Email": "(hidden)", "PHONE": "(hidden)", "cardNumber": "(hidden)", "accessToken": "(hidden)"}}}}},
		"an address under another name, or as a name": {"application/json; charset=utf-8",
			`{"departureId":"camille@example.com","notes":["write to camille@example.com"],"custmer":{"contact":"camille@example.com"}}`,
			map[string]any{"departureId": "(hidden)", "notes": []any{"(hidden)"}, "custmer": map[string]any{"contact": "(hidden)"}}},
		"the provider's name for a payment is shown": {"application/json",
			`{"paymentId":"pi_1","amount":{"amount":9007199254740993,"currency":"EUR"}}`,
			map[string]any{"paymentId": "pi_1", "amount": map[string]any{"amount": 9007199254740993., "currency": "EUR"}}},
		"another media type that is JSON":    {"Application/Vnd.Shop+JSON", `{"email":"camille@example.com"}`, map[string]any{"email": "(hidden)"}},
		"what is no JSON":                    {"application/json", `{"customer":"Camille"`, nil},
		"two objects":                        {"application/json", `{"seats":1}{"customer":"Camille"}`, nil},
		"a text":                             {"text/plain", `Camille, camille@example.com`, nil},
		"a JSON text":                        {"application/json", `"tok_visa"`, nil},
		"a list":                             {"application/json", `["tok_visa"]`, nil},
		"bytes":                              {"application/octet-stream", "\x00\xffCamille", nil},
		"a content type that is none at all": {"\x00;;;", `Camille`, nil},
		"too deep to be read":                {"application/json", strings.Repeat(`{"a":`, 20_000) + `"Camille"` + strings.Repeat(`}`, 20_000), nil},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld(t)
			w.dead = []events.DeadLetter{{Event: raw("letter", c.contentType, c.data), Reason: "not for camille@example.com", At: noon}}
			w.dead[0].Event.SetExtension("customeremail", "camille@example.com")
			w.dead[0].Event.SetExtension("partitionkey", "camille@example.com")
			a := w.ask(w.Events(), "GET /dead-letters")
			for _, s := range secrets {
				if strings.Contains(a.body, s) {
					t.Errorf("%s is shown: %s", s, a.body)
				}
			}
			var l letters
			a.into(t, &l)
			if c.want == nil {
				c.want = fmt.Sprintf("(hidden: %d bytes)", len(c.data))
			}
			if diff := cmp.Diff(c.want, l.DeadLetters[0].Event["data"]); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("numbers are shown as they were written", func(t *testing.T) {
		w := newWorld(t)
		w.dead = []events.DeadLetter{{Event: raw("letter", "", `{"amount":9007199254740993}`), At: noon}}
		if a := w.ask(w.Events(), "GET /dead-letters"); !strings.Contains(a.body, "9007199254740993") {
			t.Error(a.body)
		}
	})
	t.Run("an event that is none is named as far as it goes", func(t *testing.T) {
		w := newWorld(t)
		w.dead = []events.DeadLetter{{Event: event.Event{DataEncoded: []byte("Camille")}}, {Event: event.New()}}
		var l letters
		w.gets(w.Events(), "/dead-letters", &l)
		if len(l.DeadLetters) != 2 {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("a history that holds requests hides them too", func(t *testing.T) {
		w := newWorld(t)
		if err := w.facts.Publish(t.Context(), raw("event-1", "", `{"customerEmail":"camille@example.com"}`)); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/events", "/events/event-1"} {
			if a := w.ask(w.Events(), "GET "+path); a.code != 200 || strings.Contains(a.body, "camille") || !strings.Contains(a.body, "(hidden)") {
				t.Errorf("%s: %d %s", path, a.code, a.body)
			}
		}
	})
}

// FuzzShow shows any data as JSON, and never what is under a private name.
func FuzzShow(f *testing.F) {
	f.Add("application/json", `{"a":{"b":[1,"x",null,true,{"c":1e400}]}}`)
	f.Add("", `{"a":1,"a":2}`)
	f.Add("text/plain", "\xff")
	f.Fuzz(func(t *testing.T, contentType, data string) {
		w := newWorld(t)
		inner, err := json.Marshal(data)
		if err != nil {
			t.Skip(err)
		}
		w.dead = []events.DeadLetter{
			{Event: raw("letter", contentType, data), At: noon},
			{Event: raw("letter", contentType, `{"x":[{"Customer":"do not show","y":`+string(inner)+`}]}`), At: noon},
		}
		a := w.ask(w.Events(), "GET /dead-letters")
		if a.code != 200 || !json.Valid([]byte(a.body)) || strings.Contains(a.body, "do not show") && !strings.Contains(data, "do not show") {
			t.Errorf("%d %s", a.code, a.body)
		}
	})
}
