package events

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

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

// WriteHTTP puts the event into h in binary mode, for a request or a response
// alike, and returns the body to send. Attributes are percent-encoded. It fails
// on an event that [ReadHTTP] would not take, and then leaves h as it was.
func WriteHTTP(h http.Header, ce event.Event) (body []byte, err error) {
	attrs, err := toAttributes(ce)
	if err == nil {
		_, err = core(attrs)
	}
	if err != nil {
		return nil, fmt.Errorf("write CloudEvent: %w", err)
	}
	// A nil value keeps net/http from guessing a type that the event does not have.
	h["Content-Type"] = nil
	values := make([]string, 0, len(attrs)) // one piece of memory for all
	for name, value := range attrs {
		key, ours := headerOf[name]
		switch {
		case name == "datacontenttype":
			key = "Content-Type"
		case ours:
			value = encodeHeader(value)
		default:
			key, value = http.CanonicalHeaderKey("ce-"+name), encodeHeader(value)
		}
		values = append(values, value)
		h[key] = values[len(values)-1 : len(values) : len(values)]
	}
	return ce.Data(), nil
}
