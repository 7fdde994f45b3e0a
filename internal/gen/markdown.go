package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.yaml.in/yaml/v3"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

//go:embed events.md.tmpl
var page string

// markdown writes the page. Its prose is in the template, its tables are
// computed here.
func (c *catalog) markdown() ([]byte, error) {
	t, err := template.New("events.md").Option("missingkey=error").Funcs(template.FuncMap{
		"code": code, "command": func(s spoken) bool { return s.Kind == events.Command },
		"attributes": func() []attribute { return attributes }, "required": func() []string { return headers().Required },
		"routed": routed,
		"always": version.always, "may": version.may,
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, c)
	return b.Bytes(), err
}

// code writes names as code, with commas; a dash for none.
func code(of any) string {
	var names []string
	switch v := of.(type) {
	case []string:
		names = v
	case []events.Name:
		names = texts(v)
	default:
		names = append(names, fmt.Sprint(of))
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	if len(names) == 0 {
		return "–"
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// From is who says it, functions and others.
func (s spoken) From() string {
	switch {
	case s.Outside == "":
		return code(s.By)
	case len(s.By) == 0:
		return s.Outside
	}
	return s.Outside + "; " + code(s.By)
}

// bookings are the fields that tell of the booking itself.
var bookings = []string{
	"bookingId", "departureId", "tourId", "seats", "flow", "status", "expiresAt", "price", "startsAt", "timeZone", "policy",
}

// always words the fields without which the event is refused.
func (v version) always() string {
	if alone := items(get(v.Schema, "if", "required")); len(alone) > 0 {
		return code(items(get(v.Schema, "else", "required"))) + "; or " + code(alone) + " alone"
	}
	return code(items(get(v.Schema, "required")))
}

// may words the other fields; those of a booking by one word, where it has
// them all.
func (v version) may() string {
	all := keys(get(v.Schema, "properties"))
	must := slices.Concat(items(get(v.Schema, "required")), items(get(v.Schema, "else", "required")), items(get(v.Schema, "if", "required")))
	whole := !slices.ContainsFunc(bookings, func(f string) bool { return !slices.Contains(all, f) })
	rest := slices.DeleteFunc(all, func(f string) bool {
		return slices.Contains(must, f) || whole && slices.Contains(bookings, f)
	})
	switch {
	case !whole:
		return code(rest)
	case len(rest) == 0:
		return "*the booking*"
	}
	return "*the booking*, " + code(rest)
}

// field is one field of data.
type field struct{ Name, Form, Means string }

// meanings are said here where the schemas only tell the form.
var meanings = map[string]string{
	"amount":    "The money that this event is about: charged, given back or owed back.",
	"expiresAt": "When the hold ends, if the booking is not confirmed by then.",
	"price":     "The price of all seats, as bought.",
	"startsAt":  "When the departure starts.",
}

// Booking are the fields of a booking, and Other all else that data may hold.
func (c *catalog) Booking() ([]field, error) { return c.fields(bookings) }

// Other are the fields of the newest versions that are not the booking's.
func (c *catalog) Other() ([]field, error) {
	var names []string
	for _, s := range c.Events {
		names = union(names, keys(get(s.Newest().Schema, "properties")))
	}
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(bookings, n) })
	slices.Sort(names)
	return c.fields(names)
}

func (c *catalog) fields(names []string) ([]field, error) {
	var all []field
	for _, name := range names {
		def := c.definition(name)
		if def == nil {
			return nil, fmt.Errorf("no schema has the field %s", name)
		}
		f := field{Name: name, Form: form(def), Means: meanings[name]}
		if f.Means == "" {
			f.Means = get(def, "description").Value
		}
		f.Means += c.narrower(name, def)
		all = append(all, f)
	}
	return all, nil
}

// routed are the attributes that routes go by.
func routed() []string {
	by := make(map[string]bool)
	for _, r := range saga.V1().Routes() {
		for name := range r.Filter {
			by[name] = true
		}
	}
	return slices.Sorted(maps.Keys(by))
}

// Attempts is how often a charge is tried.
func (c *catalog) Attempts() int { return booking.MaxAttempts }

// definition is what is shared under the field's own name, else what the first
// newest schema that has the field refers to.
func (c *catalog) definition(field string) *yaml.Node {
	if def := get(c.Defs, field); def != nil {
		return def
	}
	for _, s := range c.Events {
		if to := get(s.Newest().Schema, "properties", field, "$ref"); to != nil {
			return get(c.Defs, definition(to.Value))
		}
	}
	return nil
}

// narrower names the events that take fewer values of a list than others do.
func (c *catalog) narrower(field string, def *yaml.Node) string {
	var words string
	for _, s := range c.Events {
		to := get(s.Newest().Schema, "properties", field, "$ref")
		if to == nil {
			continue
		}
		if one := get(c.Defs, definition(to.Value)); one != def && get(one, "enum") != nil {
			words += fmt.Sprintf(" In %s only %s.", code(s.Name), code(items(get(one, "enum"))))
		}
	}
	return words
}

// form words what a value looks like.
func form(def *yaml.Node) string {
	if one := items(get(def, "enum")); len(one) > 0 {
		return "one of " + code(one)
	}
	kind := get(def, "type").Value
	if inner := keys(get(def, "properties")); len(inner) > 0 {
		return kind + " of " + code(inner)
	}
	if inner := keys(get(def, "items", "properties")); len(inner) > 0 {
		return kind + " of " + code(inner)
	}
	return kind
}

// Whole is one event with all its attributes, in structured mode.
func (c *catalog) Whole() (string, error) {
	cause := events.Event{
		ID: events.EffectID("the page's example"), Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	}
	e, err := c.example(events.BookingConfirmed, 1)
	if err != nil {
		return "", err
	}
	at := time.Date(2026, 5, 2, 8, 31, 7, 0, time.UTC)
	said := &booking.Said{Version: 2, At: at}
	speaker := events.Speaker{Function: "book", Record: "booking", ID: e.Data.ID}
	ce, err := events.Encode(events.BookingConfirmed.As(e.Booking, said).Render(speaker, cause))
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(ce)
	return indented(raw), err
}

// Upcast is the data of the first version of booking.request, and the same as
// the newest.
func (c *catalog) Upcast() (map[string]string, error) {
	e, err := c.example(events.BookingRequest, 1)
	if err != nil {
		return nil, err
	}
	ce, err := events.Encode(e)
	if err != nil {
		return nil, err
	}
	old, err := c.data(events.BookingRequest, 1)
	return map[string]string{"Old": indented(old), "New": indented(ce.Data())}, err
}

// example reads the stored example of a version, as a function would.
func (c *catalog) example(n events.Name, v int) (events.Event, error) {
	raw, err := c.data(n, v)
	if err != nil {
		return events.Event{}, err
	}
	ce := event.New()
	ce.SetID("example")
	ce.SetSource("/tourbillon/example")
	ce.SetType(n.Type(v))
	ce.DataEncoded = raw
	return events.Decode(ce)
}

func (c *catalog) data(n events.Name, v int) ([]byte, error) {
	for _, s := range c.Events {
		if s.Name == n && v <= len(s.Versions) {
			return s.Versions[v-1].Published, nil
		}
	}
	return nil, errors.New("no such event: " + n.Type(v))
}

// indented writes JSON over several lines.
func indented(raw []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
