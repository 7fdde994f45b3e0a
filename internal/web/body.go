package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"tourbillon/events"
)

// MaxBody is the most bytes of body that a door takes.
const MaxBody = 64 << 10

// Body is a JSON object as it was sent. What is in it was not checked, but it
// is well-formed, and no name is in any object twice.
type Body struct {
	Raw    []byte
	Fields map[string]json.RawMessage
}

// ReadObject reads a request's body, which must be one JSON object.
func ReadObject(w http.ResponseWriter, r *http.Request) (Body, error) {
	if err := checkEncoding(r.Header); err != nil {
		return Body{}, err
	}
	if err := CheckMedia(r.Header.Values("Content-Type")); err != nil {
		return Body{}, err
	}
	raw, err := readAll(w, r)
	if err != nil {
		return Body{}, err
	}
	return ParseObject(raw)
}

// ReadNothing wants no body, or an empty object.
func ReadNothing(w http.ResponseWriter, r *http.Request) error {
	if err := checkEncoding(r.Header); err != nil {
		return err
	}
	raw, err := readAll(w, r)
	if err != nil || len(raw) == 0 {
		return err
	}
	if err := CheckMedia(r.Header.Values("Content-Type")); err != nil {
		return err
	}
	b, err := ParseObject(raw)
	if err != nil {
		return err
	}
	return b.Only()
}

func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, Problem{
			Kind: "too-large", Title: "Body is too large", Status: http.StatusRequestEntityTooLarge, Detail: "Send at most 65536 bytes.",
		}
	case err != nil:
		return nil, Problem{
			Kind: "unreadable", Title: "Body cannot be read", Status: http.StatusBadRequest, Detail: "It ended early. Send it again, whole.",
		}
	}
	return raw, nil
}

func checkEncoding(h http.Header) error {
	if e := strings.Join(h.Values("Content-Encoding"), ","); e != "" && !strings.EqualFold(e, "identity") {
		return MediaType("Send the body without Content-Encoding.")
	}
	return nil
}

// CheckMedia wants JSON in UTF-8, by the values of the header Content-Type.
func CheckMedia(types []string) error {
	media, params, err := mime.ParseMediaType(strings.Join(types, ","))
	if charset, ok := params["charset"]; err != nil || media != "application/json" || ok && !strings.EqualFold(charset, "utf-8") {
		return MediaType("Send JSON in UTF-8, with Content-Type: application/json.")
	}
	return nil
}

// MediaType is the problem of content that is not of the type that is read.
func MediaType(advice string) Problem {
	return Problem{Kind: "media-type", Title: "Content is of another type", Status: http.StatusUnsupportedMediaType, Detail: advice}
}

// ParseObject reads one JSON object.
func ParseObject(raw []byte) (Body, error) {
	switch {
	case !utf8.Valid(raw):
		return Body{}, notJSON("Send JSON in UTF-8.")
	case !json.Valid(raw):
		return Body{}, notJSON("Send one JSON object, and nothing after it.")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // one that no float holds is no error here
	if twice(dec) {
		return Body{}, notJSON("Send each name of an object once.")
	}
	b := Body{Raw: raw}
	if err := json.Unmarshal(raw, &b.Fields); err != nil || b.Fields == nil {
		return Body{}, Invalid(Field{Detail: "is not an object"})
	}
	return b, nil
}

func notJSON(advice string) Problem {
	return Problem{Kind: "not-json", Title: "Body is not JSON", Status: http.StatusBadRequest, Detail: advice}
}

// twice reports whether in the valid JSON that dec reads, at any depth, a name
// comes twice in an object: readers differ in which of the two counts.
func twice(dec *json.Decoder) bool {
	t, _ := dec.Token()
	open, ok := t.(json.Delim)
	if !ok {
		return false
	}
	seen := make(map[string]bool)
	for dec.More() {
		if open == '{' {
			t, _ := dec.Token()
			name, _ := t.(string)
			if seen[name] {
				return true
			}
			seen[name] = true
		}
		if twice(dec) {
			return true
		}
	}
	_, _ = dec.Token()
	return false
}

// Without refuses the fields named, which a body does not have though the
// event that is made of it may.
func (b Body) Without(names ...string) error {
	var fields []Field
	for _, name := range names {
		if _, ok := b.Fields[name]; ok {
			c := events.Unknown("", name)
			fields = append(fields, Field{Pointer: c.At, Detail: c.Problem})
		}
	}
	if len(fields) > 0 {
		return Invalid(fields...)
	}
	return nil
}

// Only refuses every field but those named.
func (b Body) Only(names ...string) error {
	return b.Without(slices.DeleteFunc(slices.Sorted(maps.Keys(b.Fields)), func(n string) bool { return slices.Contains(names, n) })...)
}

// Text is the field as a string, or "".
func (b Body) Text(name string) (s string) {
	_ = json.Unmarshal(b.Fields[name], &s) // what is no string is complained of by the schema
	return s
}

// Invalid is a body whose fields are to be mended.
func Invalid(fields ...Field) Problem {
	return Problem{
		Kind: "invalid", Title: "Body cannot be taken", Status: http.StatusUnprocessableEntity,
		Detail: "Mend what is listed under errors, and send it again.", Fields: fields,
	}
}
