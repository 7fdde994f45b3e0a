package booking

import "time"

// Status is a booking's state in the words of the trade's open standard
// (OCTO), plus StatusCompleted, which is ours.
type Status string

// The statuses. StatusConfirmed ends a booking well and may still be followed
// by StatusCancelled or StatusCompleted; the others after it are final, but for
// a completed booking whose departure was moved, and is cancelled after all.
const (
	StatusPending   Status = "PENDING"
	StatusOnHold    Status = "ON_HOLD"
	StatusConfirmed Status = "CONFIRMED"
	StatusRejected  Status = "REJECTED"
	StatusCancelled Status = "CANCELLED"
	StatusExpired   Status = "EXPIRED"
	StatusCompleted Status = "COMPLETED"
)

// Closed reports whether the status is one that closes a booking for good
// without its tour having been taken.
func (s Status) Closed() bool {
	return s == StatusRejected || s == StatusCancelled || s == StatusExpired
}

// Flow says how a booking's steps are driven: see package saga.
type Flow string

// The two flows of one plan.
const (
	Orchestration Flow = "orchestration"
	Choreography  Flow = "choreography"
)

// Reason says why something was refused or undone. The list is closed:
// clients and message templates switch on it.
type Reason string

// The reasons. The first group is why a departure refuses seats, the second
// why a payment fails, the third why a booking is closed, the fourth why a
// wish comes too late, the last why the catalog refuses.
const (
	ReasonSoldOut            Reason = "sold_out"
	ReasonDepartureUnknown   Reason = "departure_unknown"
	ReasonDepartureClosed    Reason = "departure_closed"
	ReasonDepartureCancelled Reason = "departure_cancelled"
	ReasonDeparted           Reason = "departed"

	ReasonCardDeclined      Reason = "card_declined"
	ReasonInsufficientFunds Reason = "insufficient_funds"

	ReasonTimeout  Reason = "timeout"
	ReasonCustomer Reason = "customer"
	ReasonOperator Reason = "operator"

	ReasonTooLate Reason = "too_late"
	ReasonEnded   Reason = "ended"

	ReasonExists        Reason = "exists"
	ReasonTourUnknown   Reason = "tour_unknown"
	ReasonCapacityTaken Reason = "capacity_taken"
	ReasonMinimumParty  Reason = "minimum_party"
)

// Reaches reports whether the reason may close a booking that was already
// confirmed: a person's wish and a departure that does not run do, a clock or
// a late decline does not.
func (r Reason) Reaches() bool {
	switch r {
	case ReasonCustomer, ReasonOperator, ReasonDepartureCancelled:
		return true
	}
	return false
}

// Booking is what every event tells of a booking: who, where, how many, for
// how much, and how it stood. It holds nothing that identifies a person.
// Price, StartsAt, TimeZone, TourID and Policy are there from the moment the
// seats are held; they are kept as bought.
type Booking struct {
	ID          string    `json:"bookingId,omitempty"`
	DepartureID string    `json:"departureId,omitempty"`
	TourID      string    `json:"tourId,omitempty"`
	Seats       int       `json:"seats,omitempty"`
	Flow        Flow      `json:"flow,omitempty"`
	Status      Status    `json:"status,omitempty"`
	ExpiresAt   time.Time `json:"expiresAt,omitzero"` // the hold's end
	Price       Money     `json:"price,omitzero"`     // for all seats
	StartsAt    time.Time `json:"startsAt,omitzero"`
	TimeZone    string    `json:"timeZone,omitempty"` // IANA
	Policy      Policy    `json:"policy,omitempty"`
}

// kept is the booking as a record keeps it: without the status that an event
// told, for how the booking stands is what the record's own facts say.
func (b Booking) kept() Booking {
	b.Status = ""
	return b
}

// Said is what a record remembers of one fact that it stated: the version,
// the time and the few numbers, enough to state it again word for word.
type Said struct {
	Version uint64    `json:"v"`           // the how-manieth fact of its record
	At      time.Time `json:"at"`          // when it was first said
	Attempt int       `json:"n,omitempty"` // business attempt; 0 stands for 1
	Status  Status    `json:"status,omitempty"`
	Reason  Reason    `json:"why,omitempty"`
	Code    string    `json:"code,omitempty"`   // a provider's decline code
	Intent  string    `json:"intent,omitempty"` // a provider's payment id
	Amount  *Money    `json:"amount,omitempty"` // money moved, or owed back
	Seats   int       `json:"seats,omitempty"`  // seats moved
	Stock   *Stock    `json:"stock,omitempty"`  // the departure's counters then
}

// Statuses returns every status, in the order of a booking's way.
func Statuses() []Status {
	return []Status{
		StatusPending, StatusOnHold, StatusConfirmed, StatusRejected,
		StatusCancelled, StatusExpired, StatusCompleted,
	}
}
