package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tourbillon/events"
	"tourbillon/internal/web"
)

// maxBody is the most bytes of body that the door takes.
const maxBody = 64 << 10

// body is a JSON object as it was sent. What is in it was not checked, but it
// is well-formed, and no name is in any object twice.
type body struct {
	raw    []byte
	fields map[string]json.RawMessage
}

// readObject reads a request's body, which must be one JSON object.
func readObject(w http.ResponseWriter, r *http.Request) (body, error) {
	if err := checkEncoding(r.Header); err != nil {
		return body{}, err
	}
	if err := checkMedia(r.Header.Values("Content-Type")); err != nil {
		return body{}, err
	}
	raw, err := readAll(w, r)
	if err != nil {
		return body{}, err
	}
	return parse(raw)
}

// readNothing wants no body, or an empty object.
func readNothing(w http.ResponseWriter, r *http.Request) error {
	if err := checkEncoding(r.Header); err != nil {
		return err
	}
	raw, err := readAll(w, r)
	if err != nil || len(raw) == 0 {
		return err
	}
	if err := checkMedia(r.Header.Values("Content-Type")); err != nil {
		return err
	}
	b, err := parse(raw)
	if err != nil {
		return err
	}
	return b.without(slices.Sorted(maps.Keys(b.fields))...)
}

func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, web.Problem{
			Kind: "too-large", Title: "Body is too large", Status: http.StatusRequestEntityTooLarge, Detail: "Send at most 65536 bytes.",
		}
	case err != nil:
		return nil, web.Problem{
			Kind: "unreadable", Title: "Body cannot be read", Status: http.StatusBadRequest, Detail: "It ended early. Send it again, whole.",
		}
	}
	return raw, nil
}

func checkEncoding(h http.Header) error {
	if e := strings.Join(h.Values("Content-Encoding"), ","); e != "" && !strings.EqualFold(e, "identity") {
		return mediaType("Send the body without Content-Encoding.")
	}
	return nil
}

func checkMedia(types []string) error {
	media, params, err := mime.ParseMediaType(strings.Join(types, ","))
	if charset, ok := params["charset"]; err != nil || media != "application/json" || ok && !strings.EqualFold(charset, "utf-8") {
		return mediaType("Send JSON in UTF-8, with Content-Type: application/json.")
	}
	return nil
}

func mediaType(advice string) web.Problem {
	return web.Problem{Kind: "media-type", Title: "Content is of another type", Status: http.StatusUnsupportedMediaType, Detail: advice}
}

// parse reads one JSON object.
func parse(raw []byte) (body, error) {
	switch {
	case !utf8.Valid(raw):
		return body{}, notJSON("Send JSON in UTF-8.")
	case !json.Valid(raw):
		return body{}, notJSON("Send one JSON object, and nothing after it.")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if twice, absurd := odd(dec); twice {
		return body{}, notJSON("Send each name of an object once.")
	} else if absurd {
		return body{}, invalid(web.Field{Detail: "has a number beyond all bounds"})
	}
	b := body{raw: raw}
	if err := json.Unmarshal(raw, &b.fields); err != nil || b.fields == nil {
		return body{}, invalid(web.Field{Detail: "is not an object"})
	}
	return b, nil
}

func notJSON(advice string) web.Problem {
	return web.Problem{Kind: "not-json", Title: "Body is not JSON", Status: http.StatusBadRequest, Detail: advice}
}

// odd reports whether in the valid JSON that dec reads, at any depth, a name
// comes twice in an object, for readers differ in which of the two counts; and
// whether a number is absurd, which costs dearly to compare with anything.
func odd(dec *json.Decoder) (twice, absurd bool) {
	t, _ := dec.Token()
	if n, ok := t.(json.Number); ok {
		return false, absurdNumber.MatchString(n.String())
	}
	open, ok := t.(json.Delim)
	if !ok {
		return false, false
	}
	seen := make(map[string]bool)
	for dec.More() && !twice {
		if open == '{' {
			t, _ := dec.Token()
			name, _ := t.(string)
			twice = seen[name]
			seen[name] = true
		}
		t, a := odd(dec)
		twice, absurd = twice || t, absurd || a
	}
	_, _ = dec.Token()
	return twice, absurd
}

// absurdNumber is one of more than 64 characters, or with an exponent of more
// than three digits.
var absurdNumber = regexp.MustCompile(`.{65}|[eE][+-]?0*[1-9][0-9]{3}`)

// without refuses the fields named, which a body does not have though the
// event that is made of it may.
func (b body) without(names ...string) error {
	var fields []web.Field
	for _, name := range names {
		if _, ok := b.fields[name]; ok {
			c := events.Unknown("", name)
			fields = append(fields, web.Field{Pointer: c.At, Detail: c.Problem})
		}
	}
	if len(fields) > 0 {
		return invalid(fields...)
	}
	return nil
}

// text is the field as a string, or "".
func (b body) text(name string) (s string) {
	_ = json.Unmarshal(b.fields[name], &s) // what is no string is complained of by the schema
	return s
}

// as is the body as the part of an event's data that is called name. Its id,
// where id is not empty, is beside it under that name.
func (b body) as(name, id string) map[string]json.RawMessage {
	data := make(map[string]json.RawMessage)
	rest := maps.Clone(b.fields)
	if v, ok := rest["id"]; ok && id != "" {
		data[id] = v
		delete(rest, "id")
	}
	raw, err := json.Marshal(rest)
	if err != nil {
		panic(err) // it was read as JSON
	}
	data[name] = raw
	return data
}
