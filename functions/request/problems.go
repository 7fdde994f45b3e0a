package request

import (
	"errors"
	"net/http"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// The problems that are the same wherever they occur. The list of kinds is
// closed: openapi.yaml has it.
var (
	notFound = web.Problem{
		Kind: "not-found", Title: "Not found", Status: http.StatusNotFound,
		Detail: "There is nothing at this path: mend the id, where it has one. GET /openapi.yaml says what there is.",
	}
	unavailable = web.Problem{
		Kind: "again", Title: "Cannot be done now", Status: http.StatusServiceUnavailable, After: retryAfter,
		Detail: "Nothing is known to be taken on. Send the same request again later, with the same Idempotency-Key if it had one.",
	}
	failed = web.Problem{
		Kind: "failed", Title: "Something is broken here", Status: http.StatusInternalServerError,
		Detail: "The log says more. Asking again will not mend it.",
	}
	keyReused = web.Problem{
		Kind: "idempotency-key-reused", Title: "Key was used for another request", Status: http.StatusUnprocessableEntity,
		Detail: "Send the body that the Idempotency-Key was first used with, or use a new key.",
	}
	keyExpired = web.Problem{
		Kind: "idempotency-key-expired", Title: "Key is too old", Status: http.StatusConflict,
		Detail: "The booking that this Idempotency-Key made is too long ago for the key to be used again. Use a new key to make another.",
	}
	eventReused = web.Problem{
		Kind: "event-reused", Title: "Event was sent with other data", Status: http.StatusUnprocessableEntity,
		Detail: "Another event has the same source and id. Give each event an id of its own.",
	}
)

// parameter is a query parameter or header that cannot be taken.
func parameter(name, advice string) web.Problem {
	return web.Problem{
		Kind: "parameter", Title: "Parameter cannot be taken", Status: http.StatusBadRequest, Detail: name + ": " + advice,
	}
}

// broken is a body that breaks its schema. move brings pointers into an
// event's data back to the body that was sent.
func broken(e *events.SchemaError, move func(string) string) web.Problem {
	told := e.Fields
	if len(told) == 0 {
		told = []events.Complaint{{At: e.At, Problem: e.Problem}}
	}
	var fields []web.Field
	for _, c := range told {
		fields = append(fields, web.Field{Pointer: move(c.At), Detail: c.Problem})
	}
	return web.Invalid(fields...)
}

func asSchema(err error) (schema *events.SchemaError) {
	errors.As(err, &schema)
	return schema
}

func unmoved(at string) string { return at }

// untaken is why the function request did not take a request in. reused is
// the problem of one that was made before with another body.
func untaken(err error, reused web.Problem) error {
	schema := asSchema(err)
	switch code, _ := arrow.Status(err); {
	case schema != nil:
		return broken(schema, unmoved)
	case errors.Is(err, ErrOtherRequest):
		return reused
	case code == http.StatusInternalServerError:
		return failed // its log line is the function's
	}
	return untilAgain(err)
}

// untilAgain is the problem of what is down, with when to ask again where that
// is known.
func untilAgain(err error) web.Problem {
	p := unavailable
	_, after := arrow.Status(err)
	p.After = max(p.After, after)
	return p
}

// refused is the record's own no.
func refused(why booking.Reason) web.Problem {
	p := web.Problem{
		Kind: "refused", Title: "Refused", Status: http.StatusConflict, Reason: string(why),
		Detail: because[why],
	}
	if why == booking.ReasonDepartureUnknown || why == booking.ReasonTourUnknown {
		p.Kind, p.Title, p.Status = "not-found", "Not found", http.StatusNotFound
	}
	if p.Detail == "" {
		p.Detail = "It is refused: " + strings.ReplaceAll(string(why), "_", " ") + "."
	}
	return p
}

// because says what to make of a refusal.
var because = map[booking.Reason]string{
	booking.ReasonTooLate:            "The departure has left: the booking cannot be cancelled any more.",
	booking.ReasonEnded:              "The tour was taken: there is nothing to cancel.",
	booking.ReasonExists:             "The id is taken. Change what has it with PUT, or choose another.",
	booking.ReasonTourUnknown:        "There is no such tour. Make it with POST /tours.",
	booking.ReasonDepartureUnknown:   "There is no such departure. Open it with POST /departures.",
	booking.ReasonDepartureCancelled: "The departure was cancelled, for good.",
	booking.ReasonDeparted:           "The departure has left.",
	booking.ReasonCapacityTaken:      "More seats than that are held and sold. Choose a capacity that is not below them.",
}
