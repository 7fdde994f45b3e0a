package arrow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
)

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		says  string
		err   error
		code  int
		after time.Duration
	}{
		{"nothing is wrong", nil, 200, 0},
		{"somebody else is at it", store.ErrLeased, 409, 0},
		{"data is not as its schema says", &events.SchemaError{Name: events.SpotsReserve, Version: 1}, 500, 0},
		{"the type is not of the vocabulary", events.ErrUnknown, 500, 0},
		{"the function does not take it", arrow.ErrUnroutable, 500, 0},
		{"it can never work", arrow.Never(errors.New("another request")), 500, 0},
		{"it can never work, says what is outside", arrow.Again(arrow.Never(errors.New("no template"))), 500, 0},
		{"something outside is down", arrow.Again(errors.New("down")), 503, 0},
		{"something outside is down for a known time", &arrow.AgainError{Err: errors.New("down"), After: time.Minute}, 503, time.Minute},
		{"the same, marked again", arrow.Again(fmt.Errorf("charge: %w", &arrow.AgainError{Err: errors.New("down"), After: time.Minute})), 503, time.Minute},
		{"an effect is not there yet", events.ErrNothingSaid, 503, 0},
		{"the store is down", store.ErrUnavailable, 503, 0},
		{"others were faster", store.ErrConflict, 503, 0},
		{"time ran out", context.DeadlineExceeded, 503, 0},
		{"the asker left", context.Canceled, 503, 0},
		{"a handler panicked", &arrow.PanicError{Value: "secret"}, 500, 0},
		{"a decision panicked", &store.PanicError{Value: "secret"}, 500, 0},
		{"anything else", errors.New("no idea"), 503, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			for _, err := range []error{c.err, fmt.Errorf("reserve: %w", c.err), errors.Join(errors.New("first"), c.err)} {
				if c.err == nil {
					err = nil
				}
				if code, after := arrow.Status(err); code != c.code || after != c.after {
					t.Errorf("%v: got %d after %v, want %d after %v", err, code, after, c.code, c.after)
				}
			}
			if code, _ := arrow.Status(c.err); code >= 400 && code < 500 && code != 409 {
				t.Errorf("%d counts as delivered to a broker", code)
			}
		})
	}
}

func TestAgainError(t *testing.T) {
	down := errors.New("down")
	if err := arrow.Again(down); !errors.Is(err, down) || err.Error() != "down" {
		t.Errorf("got %v", err)
	}
}

func TestPanicError(t *testing.T) {
	for _, err := range []error{&arrow.PanicError{Value: "ada@example.com"}, &store.PanicError{Value: "ada@example.com"}} {
		if strings.Contains(err.Error(), "ada") {
			t.Errorf("%T tells what it panicked with: %v", err, err)
		}
	}
}

func TestShort(t *testing.T) {
	for long, want := range map[string]string{id: short, "12345678": "12345678", "b1": "b1", "": ""} {
		if got := arrow.Short(long); got != want {
			t.Errorf("%q is shortened to %q", long, got)
		}
	}
}
