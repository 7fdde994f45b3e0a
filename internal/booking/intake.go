package booking

import (
	"log/slog"
	"time"
)

// Customer is who asks for a booking. It enters by the door, is kept in the
// intake record, can be erased there, and is in no event that we publish.
type Customer struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	Phone  string `json:"phone,omitempty"`  // E.164
	Locale string `json:"locale,omitempty"` // BCP 47
}

// Token is a payment provider's token for a card.
type Token struct {
	Token string `json:"token"`
}

// String hides the customer from logs and error texts.
func (Customer) String() string { return "(customer)" }

// GoString hides the customer from logs and error texts.
func (Customer) GoString() string { return "(customer)" }

// LogValue hides the customer from a log that is written as JSON.
func (c Customer) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String hides the token from logs and error texts.
func (Token) String() string { return "(token)" }

// GoString hides the token from logs and error texts.
func (Token) GoString() string { return "(token)" }

// LogValue hides the token from a log that is written as JSON.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Intake is the record of a request: what was asked, and by whom. Hash is over
// the whole request, so that one key used for two bodies is noticed.
type Intake struct {
	Booking    Booking   `json:"booking"`
	Hash       string    `json:"hash"`
	CustomerID string    `json:"customerId"`
	Customer   *Customer `json:"customer,omitempty"`
	Token      *Token    `json:"token,omitempty"`
	Requested  *Said     `json:"requested,omitempty"`
}

// Request takes the request in, unless one was taken in before.
func (i Intake) Request(with Intake, now time.Time) Intake {
	if i.Requested != nil {
		return i
	}
	with.Requested = &Said{Version: 1, At: now, Status: StatusPending}
	return with
}

// Erase forgets who asked, and the card. The hash stays, so that the same
// request asked again is known and brings nothing back; it is over the card's
// token too, without which nobody finds what it is of.
func (i Intake) Erase() Intake {
	i.Customer, i.Token = nil, nil
	return i
}

// Private reports whether the intake holds what can be erased.
func (i Intake) Private() bool { return i.Customer != nil || i.Token != nil }
