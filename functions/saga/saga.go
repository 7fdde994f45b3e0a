// Package saga is the keeper: it hears the facts of every booking, keeps one
// record each, and says the next command when it is due. What it says is
// decided by package saga's plan.
package saga

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// Function is the arrow over sagas.
func Function(plans saga.Plans) arrow.Function {
	keep := func(h arrow.None, r saga.Record, e events.Event, now time.Time) (arrow.None, saga.Record, events.Answer) {
		r, answer := plans.Decide(r, e, now)
		return h, r, answer
	}
	does := arrow.Table[arrow.None, saga.Record]{
		events.SagaWake:      keep,
		events.BookingCancel: keep,
	}
	for _, s := range events.Vocabulary() {
		if s.Step {
			does[s.Name] = keep
		}
	}
	return record.Saga("saga", does)
}
