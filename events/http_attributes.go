package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"mime"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

const specVersion = "1.0"

// assemble makes an event of its attributes, by their canonical strings, and
// data.
func assemble(attrs map[string]string, data []byte) (event.Event, error) {
	ctx, err := core(attrs)
	if err != nil {
		return event.Event{}, err
	}
	for name, value := range attrs {
		if _, ours := cores[name]; ours {
			continue
		}
		if ctx.Extensions == nil {
			ctx.Extensions = make(map[string]any, len(attrs)-4) // four at least are none
		}
		if word, ok := words[value]; ok {
			ctx.Extensions[name] = word
		} else {
			ctx.Extensions[name] = value
		}
	}
	ce := event.Event{Context: ctx}
	if len(data) > 0 {
		ce.DataEncoded = data
		// What cannot stand in a JSON event as it is must be marked, or a
		// transport in structured mode would spoil it.
		ce.DataBase64 = !utf8.Valid(data) || isJSON(ce.DataContentType()) && !json.Valid(data)
	}
	return ce, nil
}

// core reads the attributes that are not extensions. It is where the rules of
// the specification are kept, for both modes and for both directions, and for
// extensions too.
func core(attrs map[string]string) (*event.EventContextV1, error) {
	ctx, err := inOrder(attrs, func(names iter.Seq[string]) (*event.EventContextV1, error) {
		return new(event.EventContextV1), checkAttributes(attrs, names)
	})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"specversion", "id", "source", "type"} {
		if strings.TrimSpace(attrs[name]) == "" {
			return nil, refuse(HTTPMissing, "set the attribute %s", name)
		}
	}
	for _, name := range []string{"specversion", "id", "type", "source", "datacontenttype", "dataschema", "subject", "time"} {
		if value, ok := attrs[name]; ok {
			if err := cores[name](ctx, value); err != nil {
				return nil, err
			}
		}
	}
	return ctx, nil
}

func checkAttributes(attrs map[string]string, names iter.Seq[string]) error {
	for name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		if !validText(attrs[name]) {
			return refuse(HTTPInvalid, "attribute %s: leave out control characters and what Unicode keeps for itself", name)
		}
	}
	return nil
}

// cores are the attributes that are not extensions, and how each is read.
var cores = map[string]func(*event.EventContextV1, string) error{
	"specversion": setVersion, "id": setID, "type": setType, "source": setSource,
	"datacontenttype": setContentType, "dataschema": setSchema, "subject": setSubject, "time": setTime,
}

func setVersion(_ *event.EventContextV1, s string) error {
	if s != specVersion {
		return refuse(HTTPInvalid, "attribute specversion: send version %s", specVersion)
	}
	return nil
}

func setID(ctx *event.EventContextV1, s string) error {
	ctx.ID = s
	return nil
}

func setType(ctx *event.EventContextV1, s string) error {
	ctx.Type = s
	return nil
}

func setSource(ctx *event.EventContextV1, s string) error {
	u, ok := uriReference(s)
	if !ok {
		return refuse(HTTPInvalid, "attribute source: write a URI-reference, percent-encoded where it needs to be")
	}
	ctx.Source = types.URIRef{URL: u}
	return nil
}

func setContentType(ctx *event.EventContextV1, s string) error {
	s = strings.TrimSpace(s)
	if s == "application/json" {
		ctx.DataContentType = &s
		return nil
	}
	visible := !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	if _, _, err := mime.ParseMediaType(s); err != nil || !visible {
		return refuse(HTTPInvalid, "attribute datacontenttype (header Content-Type): write a media type, as application/json")
	}
	if strings.HasPrefix(mediaType(s), cloudEvents) {
		return refuse(HTTPInvalid, "attribute datacontenttype: an event inside of an event cannot be told from the event; "+
			"give it another media type")
	}
	ctx.DataContentType = &s
	return nil
}

func setSchema(ctx *event.EventContextV1, s string) error {
	if ours, ok := dataschemas[s]; ok {
		ctx.DataSchema = ours
		return nil
	}
	u, ok := uriReference(s)
	if !ok || !u.IsAbs() {
		return refuse(HTTPInvalid, "attribute dataschema: write an absolute URI, percent-encoded where it needs to be")
	}
	ctx.DataSchema = &types.URI{URL: u}
	return nil
}

func setSubject(ctx *event.EventContextV1, s string) error {
	if strings.TrimSpace(s) == "" {
		return refuse(HTTPInvalid, "attribute subject: leave it out where there is none")
	}
	ctx.Subject = &s
	return nil
}

func setTime(ctx *event.EventContextV1, s string) error {
	var t time.Time
	s = strings.ToUpper(s) // RFC 3339 allows small t and z
	err := t.UnmarshalText([]byte(s))
	t = t.UTC()
	// Package time takes more than the RFC: an hour of one digit, and a comma
	// before the fraction.
	lax := err == nil && (s[len("2006-01-02T15")] != ':' || s[len("2006-01-02T15:04:05")] == ',')
	if err != nil || lax || t.Year() < 0 || t.Year() > 9999 {
		return refuse(HTTPInvalid, "attribute time: write it as RFC 3339 has it, as 2026-03-01T09:30:00Z")
	}
	ctx.Time = &types.Timestamp{Time: t}
	return nil
}

// toAttributes is the reverse of assemble: every attribute as its canonical
// string.
func toAttributes(ce event.Event) (map[string]string, error) {
	if ce.Context == nil {
		return nil, errors.New("the event is empty")
	}
	if len(ce.FieldErrors) > 0 {
		return nil, errors.New("the event refused a value that it was given")
	}
	ctx := ce.Context.AsV1()
	attrs := make(map[string]string, len(ctx.Extensions)+8)
	attrs["specversion"], attrs["id"], attrs["source"], attrs["type"] = specVersion, ctx.ID, Source(ce), ctx.Type
	if ctx.DataContentType != nil {
		attrs["datacontenttype"] = strings.TrimSpace(*ctx.DataContentType)
	}
	if ctx.DataSchema != nil {
		attrs["dataschema"] = ctx.DataSchema.String()
	}
	if ctx.Subject != nil {
		attrs["subject"] = *ctx.Subject
	}
	if ctx.Time != nil {
		attrs["time"] = types.FormatTime(ctx.Time.Time)
	}
	for name, value := range ctx.Extensions {
		s, err := types.Format(value)
		if _, twice := attrs[name]; twice || err != nil {
			return nil, fmt.Errorf("extension %s has no canonical string of its own", name)
		}
		attrs[name] = s
	}
	return attrs, nil
}

// checkName keeps the rule for attributes' names. A name that breaks it is not
// repeated: it is the sender's data.
func checkName(name string) error {
	if headerOf[name] != "" {
		return nil
	}
	odd := strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if name == "" || odd || name == "data" {
		return refuse(HTTPInvalid, "name attributes with the letters a to z and digits alone, and none of them data")
	}
	return nil
}

// validText keeps the rule for a CloudEvents String.
func validText(s string) bool {
	plain := 0
	for plain < len(s) && s[plain] >= ' ' && s[plain] <= '~' {
		plain++
	}
	if plain == len(s) {
		return true
	}
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		control := r < 0x20 || r >= 0x7f && r <= 0x9f
		nobody := r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe
		return control || nobody
	})
}

// uriReference reads a URI-reference of RFC 3986. Its form is the one that it
// keeps when it is written and read again.
func uriReference(s string) (url.URL, bool) {
	if ours, ok := speakers[s]; ok {
		return ours.URL, true
	}
	const marks = "-._~:/?#[]@!$&'()*+,;="
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune(marks, rune(c)) && !escapeAt(s, i) {
			return url.URL{}, false
		}
	}
	first, err := url.Parse(s)
	if err != nil {
		return url.URL{}, false
	}
	form := first.String()
	again, err := url.Parse(form)
	if err != nil || form == "" || again.String() != form {
		return url.URL{}, false
	}
	return *again, true
}
