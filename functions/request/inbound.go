package request

import (
	"errors"
	"net/http"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/web"
)

// The longest attributes that the door takes: they name a booking for ever.
const (
	maxEventID = 255
	maxSource  = 1024
)

// hear takes on the booking that a stranger's CloudEvent asks for: the same
// source and id is the same booking.
func (d Door) hear(w http.ResponseWriter, r *http.Request) error {
	ce, err := events.ReadHTTP(r, web.MaxBody)
	if err != nil {
		return unread(err)
	}
	name, version, err := events.ParseType(ce.Type())
	switch {
	case err != nil || name != events.BookingRequest:
		return web.Problem{
			Kind: "event-type", Title: "Event is not taken here", Status: http.StatusUnprocessableEntity,
			Detail: "Send " + events.BookingRequest.Type(1) + " or " + events.BookingRequest.Type(2) + ".",
		}
	case strings.HasPrefix(ce.Source(), "/tourbillon/"), len(ce.Source()) > maxSource, len(ce.ID()) > maxEventID:
		return web.Problem{
			Kind: "event-source", Title: "Event is not a stranger's", Status: http.StatusUnprocessableEntity,
			Detail: "Send a source of your own, of at most 1024 bytes and not below /tourbillon/, and an id of at most 255.",
		}
	}
	if ct := ce.DataContentType(); ct != "" && web.CheckMedia([]string{ct}) != nil { // unsaid it is JSON
		return web.MediaType("Send the event's data as JSON in UTF-8, with the content type application/json.")
	}
	b, err := web.ParseObject(ce.Data())
	if err != nil {
		return err
	}
	trace := events.Trace(ce)
	if !tracePattern.MatchString(trace) {
		trace = ""
	}
	took, err := d.take(r.Context(), asking{
		event: requestEvent(strangers, d.event(ce.Source(), ce.ID()), version, b.Raw, trace), body: b, known: true, reused: eventReused,
	})
	if err != nil {
		return err
	}
	took.write(w, http.StatusAccepted)
	return nil
}

// unread is the problem of a message that is not a CloudEvent we can take.
func unread(err error) error {
	var he *events.HTTPError
	if !errors.As(err, &he) {
		return err
	}
	p := web.Problem{Kind: string(he.Problem), Title: "Not a CloudEvent that can be taken", Status: he.Status, Detail: he.Advice}
	if he.Problem == events.HTTPBatch || he.Problem == events.HTTPFormat {
		p.Status = http.StatusUnsupportedMediaType
	}
	return p
}
