package booking

import "time"

// Notification is the record of one message to one recipient by one channel:
// what happened, and whether it was said.
type Notification struct {
	Booking    Booking  `json:"booking"`
	Occurrence string   `json:"occurrence"`           // what happened: an ending's name, or a fact's id
	Template   string   `json:"template"`             // the words for it
	Category   Category `json:"category,omitempty"`   // of those
	CustomerID string   `json:"customerId,omitempty"` // who is told
	Channel    string   `json:"channel"`
	Recipient  string   `json:"recipient"`       // keyed hash of the address
	Among      int      `json:"among,omitempty"` // messages that were said to tell of it
	Reason     Reason   `json:"reason,omitempty"`
	Amount     *Money   `json:"amount,omitempty"`
	Was        *Was     `json:"was,omitempty"`
	Stock      *Stock   `json:"stock,omitempty"`

	At       time.Time `json:"at,omitzero"`      // when it was first asked for
	Begun    int       `json:"begun,omitempty"`  // times that its sending was begun
	Look     time.Time `json:"look,omitzero"`    // when it is to be begun again, if nothing is known by then
	Open     bool      `json:"open,omitempty"`   // the last of them may have sent it
	Sent     *Said     `json:"sent,omitempty"`   // Said.Code: "unconfirmed" where that is not known for sure
	Failed   *Said     `json:"failed,omitempty"` // Said.Code tells why
	Deferred *Said     `json:"deferred,omitempty"`
	Until    time.Time `json:"until,omitzero"`  // deferred until then
	Waits    bool      `json:"waits,omitempty"` // and waits still
	Version  uint64    `json:"v,omitempty"`     // facts said so far

	Delivered *Mark `json:"delivered,omitempty"`
	Bounced   *Mark `json:"bounced,omitempty"`
}

// Mark is what a provider told of a message later.
type Mark struct {
	At   time.Time `json:"at"`
	Code string    `json:"code,omitempty"`
}

// Unconfirmed is the code of a message that is taken for sent, because nobody
// knows and its category errs that way.
const Unconfirmed = "unconfirmed"

// Why a provider refuses a message for good, because of who it is for.
const (
	BadAddress       = "bad_address"       // there is nobody at it, or it is none
	OptedOut         = "opted_out"         // who is there wants no more of them
	EndpointDisabled = "endpoint_disabled" // the device takes no more of them
)

// Sending is one attempt to send a message.
type Sending struct {
	Key   string // the notification's id
	Turn  bool   // it takes one of the customer's turns
	Taken bool   // it is not asked for again, but taken for sent
	Tries int    // the how-manieth since it was begun, or was put off last
}

// Receipt is a message provider's answer: its own id for the message, or why
// it will never send it, or until when it is not to be sent.
type Receipt struct {
	ID      string
	Refused string
	Until   time.Time
	Why     string // it is not to be sent before Until

	Unconfirmed bool // it is taken for sent: nobody knows
}

// Why a message is put off.
const (
	DeferredQuiet    = "quiet_hours"
	DeferredLimit    = "limit"    // the customer was told so much of the kind
	DeferredProvider = "provider" // nobody takes it now
)

// deferrable is for how long a message is put off, from when it was first asked
// for: what nobody took by then has failed.
const deferrable = 72 * time.Hour

// Next decides a notification's next step: send it, or nothing, when the outcome
// is in its fields. as is what is asked for, which a record that knows already
// does not look at.
func (n Notification) Next(as Notification, word *Receipt, now time.Time) (Notification, *Sending) {
	if n.Sent != nil || n.Failed != nil {
		return n, nil
	}
	if n.Occurrence == "" {
		n = as
	}
	if word != nil {
		return n.heard(*word, now), nil
	}
	turn := n.Begun == 0
	switch {
	case n.Delivered != nil, n.Bounced != nil: // so it was sent, whoever lost that answer
		return n.heard(Receipt{}, now), nil
	case n.Waits && now.Before(n.Until):
		return n, nil
	case n.Waits: // who was put off by a provider has taken their turn
		turn, n.Waits, n.Begun = n.Deferred.Code != DeferredProvider, false, 0
	case n.Open && n.Category.Rule().Errs == ErrOnce:
		return n, &Sending{Taken: true} // by whoever has the lease: somebody may be at it
	}
	n.Begun, n.Open, n.Look = n.Begun+1, true, now.Add(min(max(now.Sub(n.At), lookSoonest), lookLatest))
	return n, &Sending{Turn: turn, Tries: n.Begun}
}

// A message whose sending came to no end is begun again by the clock, if nobody
// else does: soon at first, then less and less often.
const (
	lookSoonest = 2 * time.Minute
	lookLatest  = 15 * time.Minute
)

// Due is when the message is to be begun again though nobody asks for it, or
// zero.
func (n Notification) Due() time.Time {
	switch {
	case n.Sent != nil, n.Failed != nil:
		return time.Time{}
	case n.Waits:
		return n.Until
	case n.Look.Sub(n.At) > deferrable:
		return time.Time{}
	}
	return n.Look
}

func (n Notification) heard(word Receipt, now time.Time) Notification {
	n.Open, n.Waits, n.Look = false, false, time.Time{}
	switch {
	case word.Refused != "":
		n.Failed = n.say(now, Said{Code: word.Refused})
	case !word.Until.IsZero() && word.Until.Sub(n.At) > deferrable:
		n.Failed = n.say(now, Said{Code: word.Why})
	case !word.Until.IsZero():
		times := 1
		if n.Deferred != nil {
			times += n.Deferred.Attempt
		}
		n.Deferred, n.Until, n.Waits = n.say(now, Said{Attempt: times, Code: word.Why}), word.Until, true
	case word.Unconfirmed:
		n.Sent = n.say(now, Said{Code: Unconfirmed})
	default:
		n.Sent = n.say(now, Said{})
	}
	return n
}

// NotSent is the notification after an attempt that has certainly not sent it.
func (n Notification) NotSent() Notification {
	n.Open = false
	return n
}

// Reached takes what a provider told later: that it was delivered. Told again it
// changes nothing, nor where the message is not known.
func (n Notification) Reached(at time.Time) Notification {
	if n.Occurrence != "" && n.Delivered == nil {
		n.Delivered = &Mark{At: at}
	}
	return n
}

// CameBack is [Notification.Reached] for a message that was not.
func (n Notification) CameBack(code string, at time.Time) Notification {
	if n.Occurrence != "" && n.Bounced == nil {
		n.Bounced = &Mark{At: at, Code: code}
	}
	return n
}

// State is how a message fares, in one word: sending, deferred, failed, sent,
// delivered, bounced. What came back was not delivered, whoever said it was.
func (n Notification) State() string {
	switch {
	case n.Bounced != nil:
		return "bounced"
	case n.Delivered != nil:
		return "delivered"
	case n.Sent != nil:
		return "sent"
	case n.Failed != nil:
		return "failed"
	case n.Waits:
		return "deferred"
	}
	return "sending"
}

func (n *Notification) say(now time.Time, s Said) *Said {
	n.Version++
	s.Version, s.At, s.Status, s.Reason, s.Amount = n.Version, now, n.Booking.Status, n.Reason, n.Amount
	return &s
}
