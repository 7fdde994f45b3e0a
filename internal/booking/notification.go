package booking

import "time"

// Notification is the record of one message to one recipient by one channel:
// what happened, and whether it was said.
type Notification struct {
	Booking    Booking `json:"booking"`
	Occurrence string  `json:"occurrence"` // the ending's name, booking.confirmed
	Channel    string  `json:"channel"`
	Recipient  string  `json:"recipient"` // keyed hash of the address
	Reason     Reason  `json:"reason,omitempty"`
	Amount     *Money  `json:"amount,omitempty"`
	Sent       *Said   `json:"sent,omitempty"`
	Failed     *Said   `json:"failed,omitempty"`
}

// Receipt is a message provider's answer: its own id for the message, or why
// it will never send it.
type Receipt struct {
	ID      string
	Refused string
}

// Next decides a notification's next step: send it (true), or nothing, when
// the outcome is in its fields.
func (n Notification) Next(as Notification, word *Receipt, now time.Time) (Notification, bool) {
	if n.Sent != nil || n.Failed != nil {
		return n, false
	}
	n = as
	said := Said{Version: 1, At: now, Status: as.Booking.Status, Reason: as.Reason, Amount: as.Amount}
	switch {
	case word == nil:
		return n, true
	case word.Refused != "":
		said.Code = word.Refused
		n.Failed = &said
	default:
		n.Sent = &said
	}
	return n, false
}
