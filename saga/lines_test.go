package saga_test

import (
	"testing"

	"tourbillon/events"
	"tourbillon/saga"
)

func TestDue(t *testing.T) {
	for _, c := range []struct {
		line string
		name events.Name
		dep  string
	}{
		{saga.WakeLine(id), events.SagaWake, ""},
		{saga.HoldLine(id, "lyon-0900"), events.SagaWake, "lyon-0900"},
		{saga.LookLine(id), events.PaymentSettle, ""},
		{saga.LateLine(id), events.PaymentSettle, ""},
	} {
		name, d, ours := saga.Due(c.line)
		if name != c.name || d.ID != id || d.DepartureID != c.dep || !ours {
			t.Errorf("%s is %q of %q at %q, %v", c.line, name, d.ID, d.DepartureID, ours)
		}
	}
	name, d, ours := saga.Due(saga.FanoutLine("lyon-0900"))
	if name != events.FanoutNext || d.ID != "" || d.DepartureID != "lyon-0900" || d.Cursor != "" || !ours {
		t.Errorf("a fan-out is %q of %+v, %v", name, d, ours)
	}
	if line := saga.FanoutLine("lyon-0900"); line != "fanout::lyon-0900" {
		t.Errorf("its line is %s", line)
	}
	seen := map[string]bool{}
	for _, line := range []string{saga.WakeLine(id), saga.HoldLine(id, "x"), saga.LookLine(id), saga.LateLine(id), saga.FanoutLine(id)} {
		if seen[line] {
			t.Errorf("two kinds share the line %s", line)
		}
		seen[line] = true
	}
	for _, line := range []string{"", "wake", ":" + id, "wake2:" + id, "archive:" + id} {
		if name, _, ours := saga.Due(line); ours != (line == "wake") {
			t.Errorf("%q is %q, %v", line, name, ours)
		}
	}
}
