// Package audit hears every fact that is archived and holds it against the
// rules of conservation, as it comes: the counters of departures, the amounts
// of payments, and, when a saga says that it has ended, the seats and the money
// of its booking, which are then read once. It has no record and says nothing:
// what it finds is logged and counted.
//
// The rules are those of `tourbillon audit verify`, which sees more: what takes
// more than one fact, such as counters that leap or a version that is missing,
// and whether a record is what was said of it.
package audit

import (
	"context"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/audit"
)

// Function is the check. violated is called with the rule that each violation
// is of; nil: nobody counts.
func Function(violated func(rule string)) arrow.Function {
	if violated == nil {
		violated = func(string) {}
	}
	return function{violated}
}

type function struct{ violated func(rule string) }

// Names returns every fact.
func (function) Names() (names []events.Name) {
	for _, s := range events.Vocabulary() {
		if s.Kind == events.Fact {
			names = append(names, s.Name)
		}
	}
	return names
}

// Handle says nothing, whatever it finds.
func (f function) Handle(ctx context.Context, p arrow.Ports, e events.Event) (*events.Event, error) {
	found := audit.Check(e)
	if e.Name == events.SagaCompleted || e.Name == events.SagaCompensated {
		more, err := audit.Settled(ctx, p.Records, e.Booking, p.Now())
		if err != nil {
			return nil, arrow.Again(err)
		}
		found = append(found, more...)
	}
	for _, v := range found {
		f.violated(string(v.Rule))
		p.Log.ErrorContext(ctx, "audit", "rule", v.Rule, "says", v.Says, "name", e.Name, "event", e.ID,
			"booking", arrow.Short(e.Data.ID), "departure", e.DepartureID)
	}
	return nil, nil
}
