package arrow_test

import (
	"context"
	"regexp"
	"testing"

	"tourbillon/events"
	"tourbillon/internal/arrow"
)

const (
	trace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent = "00f067aa0ba902b7"
)

// traced returns the trace under which the function works on an event that came
// with the one given.
func traced(t *testing.T, function, eventID, came string) (got string) {
	t.Helper()
	e := asks(events.SpotsReserve)
	e.ID, e.Trace = eventID, came
	f := reserves(func(_ context.Context, e events.Event) (*events.Event, error) { got = e.Trace; return nil, nil })
	if _, err := arrow.Serve(function, newDesk(t).Ports, f)(t.Context(), encoded(t, e)); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`).MatchString(got) {
		t.Errorf("%q is no traceparent", got)
	}
	return got
}

func TestServe_traces(t *testing.T) {
	came := "00-" + trace + "-" + parent + "-00"
	first := traced(t, "reserve", "e1", came)
	t.Run("a trace is continued, with this delivery as the parent", func(t *testing.T) {
		if first[3:35] != trace || first[36:52] == parent || first[53:] != "00" {
			t.Errorf("%s was continued as %s", came, first)
		}
	})
	t.Run("a redelivery is the same span, another function or event is another", func(t *testing.T) {
		if again := traced(t, "reserve", "e1", came); again != first {
			t.Errorf("got %s, then %s", first, again)
		}
		for _, other := range []string{traced(t, "book", "e1", came), traced(t, "reserve", "e2", came)} {
			if other[36:52] == first[36:52] || other[3:35] != trace {
				t.Errorf("got %s, then %s", first, other)
			}
		}
	})
	begun := traced(t, "reserve", "e1", "")
	if begun != traced(t, "reserve", "e1", "") || begun[3:35] == trace || begun[53:] != "01" {
		t.Errorf("without one it began %s", begun)
	}
	for says, bad := range map[string]string{
		"not one at all":        "hello",
		"in capitals":           "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + parent + "-01",
		"too long":              came + "-more",
		"of another version":    "ff-" + trace + "-" + parent + "-01",
		"one whose id is none":  "00-00000000000000000000000000000000-" + parent + "-01",
		"one with no parent id": "00-" + trace + "-0000000000000000-01",
	} {
		t.Run("a trace that is "+says+" is not continued", func(t *testing.T) {
			if got := traced(t, "reserve", "e1", bad); got != begun {
				t.Errorf("%q was continued as %s, want %s", bad, got, begun)
			}
		})
	}
	t.Run("the answer carries it", func(t *testing.T) {
		d := newDesk(t)
		e := asks(events.SpotsReserve)
		e.ID, e.Trace = "e1", came
		reply, err := arrow.Serve("reserve", d.Ports, seats())(t.Context(), encoded(t, e))
		if err != nil {
			t.Fatal(err)
		}
		if ext := reply.Extensions(); ext["traceparent"] != first || ext["trace"] != first {
			t.Errorf("got %v and %v, want %s", ext["traceparent"], ext["trace"], first)
		}
	})
}
