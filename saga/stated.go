package saga

import "tourbillon/events"

// Stated is a fact that the keeper has stated, and the id of the event that it
// was stated on.
type Stated struct {
	events.Answer
	Cause string
}

// Stated returns the facts that the record remembers: every ending, and the
// newest saga.stuck.
func (r Record) Stated() []Stated {
	var all []Stated
	for _, e := range r.Ends {
		all = append(all, Stated{e.answer(r), e.Cause})
	}
	if r.Stuck != nil {
		all = append(all, Stated{r.stuckAnswer(), r.StuckBy})
	}
	return all
}
