package audit

import (
	"fmt"
	"strings"
)

// Kind says what a [Finding] is.
type Kind string

// The kinds of finding. The first three are wrong, the others are told.
const (
	Differs Kind = "differs" // archive and record say different things
	Missing Kind = "missing" // the record has said what the archive lacks
	Broken  Kind = "broken"  // seats, money or endings do not add up
	Lag     Kind = "lag"     // the archive will have it in a moment
	Noted   Kind = "noted"   // nobody can know it any more, and nothing hangs on it
)

// Finding is one thing that was found.
type Finding struct {
	Kind      Kind   `json:"kind"`
	Record    string `json:"record"`              // the record's kind
	ID        string `json:"id"`                  // and id
	Entry     string `json:"entry,omitempty"`     // a departure's or a tour's: which of its entries
	Field     string `json:"field,omitempty"`     // where they differ, as closed.amount; or the fact that is missing
	Event     string `json:"event,omitempty"`     // the id of the fact that is missing
	Overtaken bool   `json:"overtaken,omitempty"` // missing: a later fact of the record was said instead, when this was asked for again
	Archive   string `json:"archive,omitempty"`
	Store     string `json:"store,omitempty"`
	Rule      string `json:"rule,omitempty"` // which rule is broken: see [Rules]
	Says      string `json:"says,omitempty"` // for a person
}

// Wrong reports whether somebody has to do something about it.
func (f Finding) Wrong() bool { return f.Kind == Differs || f.Kind == Missing || f.Kind == Broken }

// String is the finding on one line.
func (f Finding) String() string {
	s := fmt.Sprintf("%s %s %s %s %s", f.Kind, f.Record, f.ID, f.Entry, f.Field)
	if f.Kind == Differs {
		s += fmt.Sprintf(": archive %s, record %s", f.Archive, f.Store)
	}
	return strings.Join(strings.Fields(s+" "+f.Rule+" "+f.Says), " ")
}

// String is what was looked at and found, on one line.
func (s Summary) String() string {
	return fmt.Sprintf("%d facts of %d bookings, %d departures and %d tours: %d wrong, %d on their way to the archive, %d noted",
		s.Facts, s.Bookings, s.Departures, s.Tours, s.Wrong, s.Lag, s.Noted)
}
