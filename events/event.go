package events

import (
	"time"

	"tourbillon/internal/booking"
)

// Kind tells commands from facts.
type Kind string

// The two kinds of event.
const (
	Command Kind = "command"
	Fact    Kind = "fact"
)

// Event is one event of the vocabulary, decoded. Attributes and data are
// those of the newest version of its name. What its pointers and slices point
// to may be shared, with a record for one: it is never written through.
type Event struct {
	ID      string
	Source  string // /tourbillon/<record> on facts, /tourbillon/<function> on commands
	Subject string // the booking's id; for departures and tours theirs
	Name    Name
	Time    time.Time // UTC; always set on what we say

	To            string // commands: the function addressed
	Step          bool   // facts: whether the keeper must hear it (extension saga=step)
	Record        string // facts: the kind of record that spoke
	RecordVersion uint64 // the how-manieth of its record's facts this is
	CausationID   string // id of the event that this one answers
	Trace         string // W3C traceparent

	Data
}

// Data is an event's data: the booking as it stood, and what this event adds.
// Which fields a name carries is said by its schema in events/schema.
type Data struct {
	booking.Booking

	Reason  booking.Reason `json:"reason,omitempty"`
	As      booking.Status `json:"as,omitempty"`     // booking.close
	By      string         `json:"by,omitempty"`     // booking.cancel: customer or operator; saga.wake: operator, or nobody
	AskedAt time.Time      `json:"askedAt,omitzero"` // booking.close: when a person wished it
	Attempt int            `json:"attempt,omitempty"`
	Try     int            `json:"try,omitempty"`    // commands of the keeper: the how-manieth of its saga this is
	Amount  *booking.Money `json:"amount,omitempty"` // moved by this fact, or owed back
	Intent  string         `json:"paymentId,omitempty"`
	Code    string         `json:"declineCode,omitempty"`
	Moved   int            `json:"seatsMoved,omitempty"`
	Stock   *booking.Stock `json:"availability,omitempty"`

	Charges []booking.Attempt `json:"charges,omitempty"` // payments: the attempts to charge, as they stood
	Command string            `json:"command,omitempty"` // the catalog's facts: source and id of the command that it answers

	Occurrence string       `json:"occurrence,omitempty"` // notifications: what happened, by an ending's name or a fact's id
	Template   string       `json:"template,omitempty"`   // notifications: the words for it
	CustomerID string       `json:"customerId,omitempty"` // a keyed hash
	Channel    string       `json:"channel,omitempty"`
	Recipient  string       `json:"recipient,omitempty"`      // a keyed hash, never an address
	Among      int          `json:"among,omitempty"`          // notifications: how many were to tell of it
	Until      time.Time    `json:"until,omitzero"`           // notification.deferred
	Message    string       `json:"notificationId,omitempty"` // notification.wake: the record
	Was        *booking.Was `json:"was,omitempty"`            // what of a changed departure is another now

	Preferences *booking.Preferences `json:"preferences,omitempty"` // customer.preferences.changed

	RequestedAt time.Time `json:"requestedAt,omitzero"` // a saga's end: when the booking was asked for, as far as was heard by then

	Deed    booking.Deed `json:"deed,omitempty"` // operator.intervened: what was done
	Who     string       `json:"who,omitempty"`  // operator.intervened: the operator's name
	Why     string       `json:"why,omitempty"`
	Letter  string       `json:"letter,omitempty"`  // operator.intervened: the dead letter that was dropped
	Dropped string       `json:"dropped,omitempty"` // operator.intervened: the name of the event in it, where it has one

	Step   string         `json:"step,omitempty"` // saga.stuck: the command unanswered
	Cursor string         `json:"cursor,omitempty"`
	Terms  *booking.Terms `json:"departure,omitempty"`
	Tour   *booking.Tour  `json:"tour,omitempty"`

	Customer *booking.Customer `json:"customer,omitempty"` // booking.request only, never published
	Payment  *booking.Token    `json:"payment,omitempty"`  // booking.request only, never published
}
