package arrow

import (
	"errors"
	"net/http"
	"time"

	"tourbillon/events"
	"tourbillon/internal/store"
)

// AgainError asks for the same event again: something outside is down.
type AgainError struct {
	Err   error
	After time.Duration // not before, where known; else 0
}

// Error is the cause's text.
func (e *AgainError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *AgainError) Unwrap() error { return e.Err }

// Again marks err as one that may be gone when asked again. Where err knows
// when, that is kept.
func Again(err error) error {
	var known *AgainError
	if errors.As(err, &known) {
		return &AgainError{Err: err, After: known.After}
	}
	return &AgainError{Err: err}
}

// NeverError is an event that can never be handled, however often it comes: it
// goes to the dead letters, whole.
type NeverError struct{ Err error }

// Error is the cause's text.
func (e *NeverError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NeverError) Unwrap() error { return e.Err }

// Never marks err as one that asking again does not mend.
func Never(err error) error { return &NeverError{Err: err} }

// ErrUnroutable is an event that the function addressed does not take.
var ErrUnroutable = errors.New("function does not take this event")

// Status is the one table from an error to what goes back to a broker, as an
// HTTP status. It is never a 4xx that a broker counts as delivered: 409 is
// retried by every one of them.
func Status(err error) (code int, after time.Duration) {
	var (
		again    *AgainError
		never    *NeverError
		schema   *events.SchemaError
		panicked *PanicError
		member   *store.PanicError
	)
	switch {
	case err == nil:
		return http.StatusOK, 0
	case errors.Is(err, store.ErrLeased):
		return http.StatusConflict, 0
	case errors.As(err, &schema), errors.Is(err, events.ErrUnknown), errors.Is(err, ErrUnroutable),
		errors.As(err, &never), errors.As(err, &panicked), errors.As(err, &member):
		return http.StatusInternalServerError, 0
	case errors.As(err, &again):
		return http.StatusServiceUnavailable, again.After
	}
	// A store or a context that failed, and an effect that is not there yet,
	// may be better next time; it is not asked for ever either.
	return http.StatusServiceUnavailable, 0
}

// PanicError is a handler that panicked.
type PanicError struct{ Value any }

// Error says that it panicked, and not with what: that may hold data.
func (e *PanicError) Error() string { return "handler panicked" }
