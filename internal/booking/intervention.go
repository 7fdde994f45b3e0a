package booking

import "time"

// Deed is what an operator did.
type Deed string

// The deeds. Each but the last is about one booking, or about what was said of
// one.
const (
	DeedRetry      Deed = "retry"
	DeedCancel     Deed = "cancel"
	DeedCompensate Deed = "compensate"
	DeedDrop       Deed = "drop"  // a dead letter
	DeedErase      Deed = "erase" // a customer's contact data
)

// Intervention is the record of one wish of an operator: what was done, by
// whom and why. The wish asked twice is the wish as it was asked first.
type Intervention struct {
	Deed     Deed    `json:"deed"`
	Who      string  `json:"who"`
	Why      string  `json:"why,omitempty"`
	Booking  Booking `json:"booking,omitzero"`     // which the deed is about
	Customer string  `json:"customer,omitempty"`   // erase: the customer's id, a keyed hash
	Letter   string  `json:"letter,omitempty"`     // drop: the letter's name
	Dropped  string  `json:"dropped,omitempty"`    // drop: the event's name, where it is of the vocabulary
	Said     *Said   `json:"intervened,omitempty"` // that it was done
}

// Intervene takes the wish, unless it was taken before.
func (i Intervention) Intervene(with Intervention, now time.Time) Intervention {
	if i.Said != nil {
		return i
	}
	with.Said = &Said{Version: 1, At: now, Status: with.Booking.Status}
	return with
}
