package events

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
)

// The content types of the HTTP binding. Everything that begins with the first
// is a CloudEvent in some format; all else is data in binary mode.
const (
	cloudEvents     = "application/cloudevents"
	cloudEventsJSON = cloudEvents + "+json"
	cloudEventBatch = cloudEvents + "-batch"
)

// HTTPProblem is what is wrong with an HTTP message that should have been a
// CloudEvent. Its text is made to be the end of an RFC 9457 problem type.
type HTTPProblem string

// The problems.
const (
	HTTPNotEvent HTTPProblem = "not-a-cloudevent"     // bears no mark of one
	HTTPBatch    HTTPProblem = "batch-not-supported"  // several events at once
	HTTPFormat   HTTPProblem = "format-not-supported" // a format, charset or compression that we do not speak
	HTTPMissing  HTTPProblem = "missing-attribute"    // id, source, type or specversion
	HTTPInvalid  HTTPProblem = "invalid-cloudevent"   // an attribute or data that breaks the specification
	HTTPTooLarge HTTPProblem = "too-large"            // more than the reader takes
	HTTPUnread   HTTPProblem = "unreadable"           // the sender went away or was too slow
)

// HTTPError is an HTTP message that is not a CloudEvent we can take. Advice
// says what to do about it and quotes nothing of the message, which may be
// somebody's address. Status is what to answer an outsider; a function that
// speaks to a broker has reasons to answer otherwise.
type HTTPError struct {
	Problem HTTPProblem
	Status  int
	Advice  string
}

// Error is the problem in words, and the advice.
func (e *HTTPError) Error() string {
	return strings.ReplaceAll(string(e.Problem), "-", " ") + ": " + e.Advice
}

func refuse(p HTTPProblem, format string, args ...any) error {
	status := http.StatusBadRequest
	if p == HTTPTooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	return &HTTPError{Problem: p, Status: status, Advice: fmt.Sprintf(format, args...)}
}

// ReadHTTP reads the CloudEvent in a request, by [ReadMessage].
func ReadHTTP(r *http.Request, limit int64) (event.Event, error) {
	return ReadMessage(r.Header, r.Body, limit)
}

// ReadMessage reads the CloudEvent in the headers and body of a request or a
// response, as the CloudEvents 1.0 HTTP binding has it: binary mode, with
// percent-encoded headers, or structured mode in JSON. limit is the most bytes
// of body that it takes. It does not close the body.
//
// Data is kept byte for byte. Both modes give the same event: extensions are
// their canonical strings, time is UTC. Its errors are all *[HTTPError].
func ReadMessage(h http.Header, body io.Reader, limit int64) (event.Event, error) {
	types := h.Values("Content-Type")
	if len(types) > 1 {
		return event.Event{}, refuse(HTTPInvalid, "send the header Content-Type once")
	}
	contentType := strings.Join(types, "")
	structured, err := mode(contentType)
	if err != nil {
		return event.Event{}, err
	}
	var attrs map[string]string
	if !structured {
		if attrs, err = fromHeaders(h); err != nil {
			return event.Event{}, err
		}
		if contentType != "" {
			attrs["datacontenttype"] = contentType
		}
	}
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return event.Event{}, refuse(HTTPFormat, "send the body without Content-Encoding")
	}
	data, err := readBody(body, limit)
	if err != nil {
		return event.Event{}, err
	}
	if structured {
		// Headers may repeat the attributes; the body is what counts.
		if attrs, data, err = fromJSON(data); err != nil {
			return event.Event{}, err
		}
	}
	return assemble(attrs, data)
}

// mode tells structured from binary, by the content type alone.
func mode(contentType string) (structured bool, err error) {
	media := mediaType(contentType)
	switch {
	case strings.HasPrefix(media, cloudEventBatch):
		return false, refuse(HTTPBatch, "send each event by itself, as %s or in binary mode", cloudEventsJSON)
	case !strings.HasPrefix(media, cloudEvents):
		return false, nil
	case media != cloudEventsJSON:
		return false, refuse(HTTPFormat, "send the event as %s or in binary mode", cloudEventsJSON)
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false, refuse(HTTPFormat, "write Content-Type as %s; charset=utf-8", cloudEventsJSON)
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return false, refuse(HTTPFormat, "send JSON in the charset utf-8")
	}
	return true, nil
}

func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func readBody(body io.Reader, limit int64) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		// The cause is the connection's and says nothing to who is at its other end.
		return nil, refuse(HTTPUnread, "the body ended early; send it again")
	}
	if int64(len(data)) > limit {
		return nil, refuse(HTTPTooLarge, "send at most %d bytes, and what is larger by reference", limit)
	}
	return data, nil
}

// fromHeaders reads the attributes of binary mode, all but the content type.
// There is at least one, or the message is no CloudEvent.
func fromHeaders(h http.Header) (map[string]string, error) {
	attrs := make(map[string]string)
	for _, key := range slices.Sorted(maps.Keys(h)) { // sorted, so that the same message gets the same complaint
		name, ok := strings.CutPrefix(strings.ToLower(key), "ce-")
		if !ok || len(h[key]) == 0 {
			continue
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
		if name == "datacontenttype" {
			return nil, refuse(HTTPInvalid, "send datacontenttype as the header Content-Type, not as ce-datacontenttype")
		}
		if _, twice := attrs[name]; twice || len(h[key]) > 1 {
			return nil, refuse(HTTPInvalid, "send the header ce-%s once", name)
		}
		value, ok := decodeHeader(h[key][0])
		if !ok {
			return nil, refuse(HTTPInvalid, "header ce-%s: write a percent sign as %%25, and everything outside of "+
				"printable ASCII as its bytes in UTF-8, each as %%XX", name)
		}
		attrs[name] = value
	}
	if len(attrs) == 0 {
		return nil, refuse(HTTPNotEvent, "send the attributes as headers ce-id, ce-source, ce-type and ce-specversion, "+
			"or the whole event as %s", cloudEventsJSON)
	}
	return attrs, nil
}

// WriteHTTP puts the event into h in binary mode, for a request or a response
// alike, and returns the body to send. Attributes are percent-encoded. It fails
// on an event that [ReadHTTP] would not take, and then leaves h as it was.
func WriteHTTP(h http.Header, ce event.Event) (body []byte, err error) {
	attrs, err := toAttributes(ce)
	if err == nil {
		_, err = assemble(maps.Clone(attrs), nil)
	}
	if err != nil {
		return nil, fmt.Errorf("write CloudEvent: %w", err)
	}
	// A nil value keeps net/http from guessing a type that the event does not have.
	h["Content-Type"] = nil
	for name, value := range attrs {
		if name == "datacontenttype" {
			h.Set("Content-Type", value)
			continue
		}
		h.Set("ce-"+name, encodeHeader(value))
	}
	return ce.Data(), nil
}

// encodeHeader percent-encodes space, double quote, percent and everything
// outside of printable ASCII.
func encodeHeader(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == '%' || c >= 0x7f {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// decodeHeader undoes encodeHeader, and before it the quoting that older
// versions of the binding used. It reports false on a percent sign that begins
// no escape, an open quote, and what is not UTF-8 in the end. Bytes outside of
// ASCII are taken as they are if they are UTF-8: sdk-go, and so Knative's
// brokers, send them so.
func decodeHeader(s string) (string, bool) {
	s = strings.Trim(s, " \t")
	if strings.HasPrefix(s, `"`) {
		var ok bool
		if s, ok = unquoteHeader(s); !ok {
			return "", false
		}
	}
	if strings.Contains(s, "%") {
		b := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				b = append(b, s[i])
				continue
			}
			if !escapeAt(s, i) {
				return "", false
			}
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		}
		s = string(b)
	}
	return s, utf8.ValidString(s)
}

// unquoteHeader reads a quoted-string of RFC 9110 that fills the whole value.
func unquoteHeader(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i == len(s)-1
		case '\\':
			if i++; i == len(s) {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}

// escapeAt reports whether a percent sign and two hexadecimal digits are at i.
func escapeAt(s string, i int) bool {
	return i+2 < len(s) && s[i] == '%' && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}
